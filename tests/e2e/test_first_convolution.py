"""The whole way with a network of maps, on three screens: train, draw, follow one cell back, and go back in time."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.desk import becomes, rest_pointer, shown_step, slider, still, until, zone
from tests.e2e.script import Script
from tests.e2e.test_digits import FIRST_DRAWING, FOUR, PATIENT, draw, drawings, open_at
from tests.e2e.test_images import SIZES, box

PATIENCE = PATIENT / 1000
MINUS = "\u2212"


@pytest.fixture(params=SIZES)
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """One of the three screens."""
    with browser.new_context(**SIZES[request.param], reduced_motion="reduce") as context:
        yield context.new_page()


def numbers(text: str) -> list[float]:
    """Every number that is written somewhere."""
    found = re.findall(r"[+\u2212]?\d[\d,]*\.?\d*", text)
    return [float(number.replace(MINUS, "-").replace(",", "")) for number in found]


def cell_sum(script: Script, run: str, **where: Any) -> float:
    """What the server adds up for a cell."""
    return float(script.probe(run, "contrib", **where)["details"]["sum"])


def test_train_draw_choose_read_push_and_go_back(screen: Page, script: Script) -> None:
    page = screen
    run = script.create("lenet5", steps=60)
    open_at(page, f"{script.address}/b/{run}")
    zone(page, "Clock").get_by_role("button", name=re.compile("Train|Play")).first.click()
    until(page, lambda: script.run(run)["state"] == "finished", PATIENCE)
    until(page, lambda: shown_step(page) == 60, PATIENCE)

    zone(page, "Data").get_by_role("button", name="Draw one").click()
    draw(page, FOUR)
    until(page, lambda: len(drawings(script, run)) == 1, PATIENCE)
    page.keyboard.press("Escape")
    until(page, lambda: f"ex={FIRST_DRAWING}" in page.url, PATIENCE)

    tile = zone(page, "Network").locator('[data-key="conv2.7"]')
    tile.scroll_into_view_if_needed()
    place = box(tile)
    tile.click(position={"x": place["width"] * 0.45, "y": place["height"] * 0.35})
    until(page, lambda: "node=conv2.7%404,5" in page.url, said=page.url)
    lens = zone(page, "Lens")
    expect(lens).to_contain_text("cell (4, 5)")
    true = cell_sum(script, run, node="conv2", unit=6, place=34, example=FIRST_DRAWING)
    close = pytest.approx(true, rel=2e-3, abs=2e-3)
    until(page, lambda: any(n == close for n in numbers(lens.inner_text())), PATIENCE)

    page.keyboard.press("v")
    until(page, lambda: "show=gradients" in page.url)
    pushed = zone(page, "Network").locator(".loud[data-kind='up'], .loud[data-kind='down']").first
    expect(pushed).to_be_attached(timeout=PATIENT)
    page.keyboard.press("v")
    until(page, lambda: "show=gradients" not in page.url)

    page.evaluate("window.scrollTo(0, 0)")
    rest_pointer(page)
    end = still(page)
    slider(page).focus()
    page.keyboard.press("Home")
    until(page, lambda: shown_step(page) == 0, PATIENCE)
    first = cell_sum(script, run, node="conv2", unit=6, place=34, example=FIRST_DRAWING, step=0)
    begun = pytest.approx(first, rel=2e-3, abs=2e-3)
    until(page, lambda: any(n == begun for n in numbers(lens.inner_text())), PATIENCE)
    page.keyboard.press("End")
    until(page, lambda: shown_step(page) == 60, PATIENCE)
    page.evaluate("document.activeElement.blur()")
    becomes(page, end, PATIENCE)
