"""Beginning with nothing: the page of a network that has only what the data ask for, reached by pointer or by keys."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.desk import comes, until, zone
from tests.e2e.script import Script


def new_network(page: Page, script: Script) -> str:
    """Ask for a new network with the pointer; say which run it is."""
    run = opened(page, script)
    models(page).click()
    page.get_by_role("button", name="New network").click()
    return begun(page, run)


def new_network_by_keys(page: Page, script: Script) -> str:
    """Ask for a new network by keys alone; say which run it is."""
    run = opened(page, script)
    tab_until(page, models(page))
    page.keyboard.press("Enter")
    tab_until(page, page.get_by_role("button", name="New network"))
    page.keyboard.press("Enter")
    return begun(page, run)


def opened(page: Page, script: Script) -> str:
    """Open digits with a network of their own."""
    run = script.create("lenet5", steps=5000)
    page.goto(f"{script.address}/b/{run}")
    comes(zone(page, "Network"))
    return run


def models(page: Page) -> Locator:
    """What says which network is on the bench, and opens the list of all."""
    return (
        page.get_by_role("button", name=re.compile("^LeNet-5"))
        .or_(page.get_by_role("button", name="Models"))
        .first
    )


def begun(page: Page, before: str) -> str:
    """Wait for the editor of another run: one row of pixels, and ten classes."""
    until(page, lambda: id_of(page) != before, 30)
    stack = page.get_by_role("list", name="Layers from input to output")
    comes(stack)
    for layer in ("flatten", "output"):
        expect(stack.get_by_role("button", name=layer, exact=True)).to_be_visible()
    expect(stack.locator("[data-path]")).to_have_count(2)
    return id_of(page)


def id_of(page: Page) -> str:
    """The run that the page shows."""
    found = re.search(r"/b/([a-z0-9]+)", page.url)
    assert found
    return found[1]


WAY = """wanted => {
    const there = document.activeElement;
    if (wanted === there || !wanted.isConnected) return wanted === there ? 'there' : 'anew';
    return wanted.compareDocumentPosition(there) & Node.DOCUMENT_POSITION_FOLLOWING ? 'Shift+Tab' : 'Tab';
}"""


def tab_until(page: Page, target: Locator) -> None:
    """Press Tab, or Shift and Tab to what lies before, until it is there."""
    handle = target.element_handle()
    key = ""
    for _ in range(120):
        way = handle.evaluate(WAY)
        if way == "there":
            return
        if way == "anew":  # it was drawn once more
            handle = target.element_handle()
            continue
        key = key or way
        page.keyboard.press(key)
    raise AssertionError(f"Tab does not lead to {target}")
