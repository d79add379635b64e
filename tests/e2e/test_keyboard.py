"""Everything by keys alone, and always with the focus in sight."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.desk import shown_step, until, visit, zone
from tests.e2e.script import Script

FOCUS_IS_SEEN = """() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return false;
    const style = getComputedStyle(focused);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1)
        || style.boxShadow !== 'none';
}"""


@pytest.mark.slow
def test_example_unit_lens_and_clock_by_keys_alone(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 300)
    visit(page, f"{script.address}/b/{run}")

    tab_to(page, zone(page, "Data").get_by_role("button", name="Pin example"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    until(page, lambda: "ex=" in page.url)

    tab_to(page, zone(page, "Network").locator("button[data-key][aria-pressed=true]"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, lambda: "node=" in page.url)
    assert page.evaluate(FOCUS_IS_SEEN)

    tab_to(page, zone(page, "Lens").get_by_role("tab", name="Arithmetic"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(zone(page, "Lens").get_by_role("tab", name="Hidden space")).to_have_attribute(
        "aria-selected", "true"
    )
    assert page.evaluate(FOCUS_IS_SEEN)

    tab_to(page, page.get_by_role("slider", name="Step", exact=True))
    page.keyboard.press("ArrowLeft")
    until(page, lambda: shown_step(page) < 300)
    page.keyboard.press("End")
    until(page, lambda: shown_step(page) == 300)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it is there; on the way the focus is seen at every stop."""
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate(FOCUS_IS_SEEN), page.evaluate("document.activeElement.outerHTML")
        if target.evaluate_all("all => all.includes(document.activeElement)"):
            return
    raise AssertionError(f"Tab does not lead to {target}")


@pytest.mark.slow
def test_the_palette_sets_the_learning_rate(page: Page, script: Script) -> None:
    run = script.create("mlp-circles")
    visit(page, f"{script.address}/b/{run}")
    page.keyboard.press("Control+k")
    page.keyboard.type("eta 0.1")
    page.keyboard.press("Enter")
    until(page, lambda: script.job(run)["optimizer"]["lr"] == 0.1)


@pytest.mark.slow
def test_the_sheet_of_keys_opens_and_closes(page: Page, script: Script) -> None:
    visit(page, f"{script.address}/b/{script.create('mlp-circles')}")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("Play or pause")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


@pytest.mark.slow
def test_space_trains_and_pauses(page: Page, script: Script) -> None:
    run = script.create("mlp-circles", steps=50_000)
    visit(page, f"{script.address}/b/{run}")
    page.keyboard.press("Space")
    until(page, lambda: script.run(run)["state"] == "running")
    until(page, lambda: shown_step(page) > 3)
    page.keyboard.press("Space")
    until(page, lambda: script.run(run)["state"] == "paused")
