"""The network as a graph that is edited: what a person sees and does on its canvas."""

import re

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.desk import comes, until

NOTCH = 14
"""Pixels by which a number is dragged to change by one."""


def open_canvas(page: Page, address: str) -> Locator:
    """Open a run's network as a graph, and wait until it is tidy."""
    page.goto(f"{address}{'&' if '?' in address else '?'}edit=1&layout=graph")
    canvas = page.get_by_role("group", name="Network as a graph, for editing")
    comes(canvas)
    tidied(page)
    return canvas


def tidied(page: Page, times: int = 1) -> None:
    """Wait until the worker has laid the network out so many times."""
    marks = "performance.getEntriesByName('canvas-tidied').length"
    until(page, lambda: int(page.evaluate(marks)) >= times)


def settled(page: Page) -> None:
    """Wait until everything that was placed is tidied: from then on no card moves by itself."""
    count = "performance.getEntriesByName('canvas-{}').length"
    both = f"{count.format('placed')} === {count.format('tidied')}"
    until(page, lambda: bool(page.evaluate(both)))


def fit(page: Page) -> None:
    """Look at all of it, once it has its place."""
    settled(page)
    page.get_by_role("button", name="Fit", exact=True).click()


def card(page: Page, path: str) -> Locator:
    return page.locator(f'[data-face="{path}"]')


def port(page: Page, path: str, handle: str) -> Locator:
    """A port by its card and its name: `out:output`, `in:0`."""
    return page.locator(f'[data-nodeid="{path}"][data-handleid="{handle}"]')


def setting(page: Page, name: str, of: str) -> Locator:
    return page.get_by_role("spinbutton", name=re.compile(f"^{name} of {of}"))


def options(page: Page) -> Locator:
    """The rows of the list over the canvas."""
    return page.get_by_role("listbox").get_by_role("option")


def option(page: Page, name: str) -> Locator:
    """A row of the list, by the name that it begins with."""
    rows = page.get_by_role("listbox")
    return rows.get_by_role("option", name=re.compile(f"^{re.escape(name)}( |$)"))


def middle(place: Locator) -> tuple[float, float]:
    place.scroll_into_view_if_needed()
    box: FloatRect | None = place.bounding_box()
    assert box is not None, f"{place} is not seen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag with the pointer, as a hand does: in several moves."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def turn(page: Page, number: Locator, to: int) -> None:
    """Drag a number of the form up or down until it is what is wanted."""
    by = to - int(number.get_attribute("aria-valuenow") or 0)
    if by:
        x, y = middle(number)
        drag(page, (x, y), (x + (by + (0.5 if by > 0 else -0.5)) * NOTCH, y))
    expect(number).to_have_attribute("aria-valuenow", str(to))
