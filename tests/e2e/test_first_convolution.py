"""The whole way with a network of maps, on three screens: train, draw, follow one cell back, and go back in time."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.desk import shown_step, slider, until, zone
from tests.e2e.script import Script
from tests.e2e.test_digits import FIRST_DRAWING, FOUR, PATIENT, draw, drawings
from tests.e2e.test_images import SIZES, box

PATIENCE = PATIENT / 1000
MINUS = "\u2212"
STEPS = 60


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


def shows(page: Page, value: float) -> None:
    """Wait until the lens shows a number."""
    close = pytest.approx(value, rel=2e-3, abs=2e-3)
    until(page, lambda: any(n == close for n in numbers(zone(page, "Lens").inner_text())), PATIENCE)


def train(page: Page, script: Script, run: str) -> None:
    page.goto(f"{script.address}/b/{run}")
    row = zone(page, "Network").locator(".row .value").nth(9)
    row.wait_for(state="attached", timeout=PATIENT)
    zone(page, "Clock").get_by_role("button", name=re.compile("Train|Play")).first.click()
    until(page, lambda: script.run(run)["state"] == "finished", PATIENCE)
    until(page, lambda: shown_step(page) == STEPS, PATIENCE)


def choose(page: Page) -> None:
    """Press a cell of a map; a low window keeps the lens in a strip, which is unfolded first."""
    if page.viewport_size == SIZES["projector"]["viewport"]:
        zone(page, "Lens").get_by_role("button", name="Unfold Lens").click()
    tile = zone(page, "Network").locator('[data-key="conv2.7"]')
    tile.scroll_into_view_if_needed()
    place = box(tile)
    tile.click(position={"x": place["width"] * 0.45, "y": place["height"] * 0.35})
    until(page, lambda: "node=conv2.7%404,5" in page.url, said=page.url)
    expect(zone(page, "Lens")).to_contain_text("cell (4, 5)")


@pytest.mark.slow
def test_train_draw_choose_read_push_and_go_back(screen: Page, script: Script) -> None:
    page = screen
    run = script.create("lenet5", steps=STEPS)
    train(page, script, run)

    zone(page, "Data").get_by_role("button", name="Draw one").click()
    draw(page, FOUR)
    until(page, lambda: len(drawings(script, run)) == 1, PATIENCE)
    page.keyboard.press("Escape")
    until(page, lambda: f"ex={FIRST_DRAWING}" in page.url, PATIENCE)

    choose(page)
    where = {"node": "conv2", "unit": 6, "place": 34, "example": FIRST_DRAWING}
    now = cell_sum(script, run, **where)
    shows(page, now)

    page.keyboard.press("v")
    until(page, lambda: "show=gradients" in page.url)
    pushed = zone(page, "Network").locator(".loud[data-kind='up'], .loud[data-kind='down']").first
    expect(pushed).to_be_attached(timeout=PATIENT)
    page.keyboard.press("v")
    until(page, lambda: "show=gradients" not in page.url)

    # What was drawn at the end is shown to the network as it was at the beginning, too.
    slider(page).focus()
    page.keyboard.press("Home")
    until(page, lambda: shown_step(page) == 0, PATIENCE)
    then = cell_sum(script, run, **where, step=0)
    assert then != now
    shows(page, then)
    page.keyboard.press("End")
    until(page, lambda: shown_step(page) == STEPS, PATIENCE)
    shows(page, now)
