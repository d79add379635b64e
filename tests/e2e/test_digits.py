"""Images: drawn, picked, taken apart into numbers; and how the answers to them came about."""

import base64
import re
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import eye
from tests.e2e.desk import (
    becomes,
    comes,
    rest_pointer,
    shown_step,
    slider,
    still,
    until,
    visit,
    zone,
)
from tests.e2e.script import Script

STEPS = 200
PATIENT = 60_000
FIRST_DRAWING = 100_000
FOUR = [[(0.3, 0.15), (0.25, 0.55), (0.75, 0.55)], [(0.62, 0.15), (0.6, 0.85)]]
"""Two strokes in a square of side 1."""


@pytest.fixture(scope="module")
def run(script: Script) -> str:
    """A trained run that no test here changes."""
    return trained(script)


def trained(script: Script) -> str:
    made: list[str] = []

    def is_made() -> bool:
        # A worker that is busy with its first network may ask to be asked again.
        answer = script.http.post("/runs", json={"preset": "lenet5"}, timeout=PATIENT / 1000)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            made.append(str(answer.json()["id"]))
        return bool(made)

    script.until(is_made, seconds=PATIENT / 1000)
    (run,) = made
    script.post(f"/runs/{run}/step", {"count": STEPS})
    script.until(lambda: script.stands(run, STEPS), seconds=PATIENT / 1000)
    return run


def open_at(page: Page, address: str) -> None:
    """Open the workbench and wait for its slowest picture."""
    page.goto(address)
    rows = zone(page, "Answer").locator("dl dd.number")
    rows.first.wait_for(state="attached", timeout=PATIENT)
    zone(page, "Data").get_by_role("group", name="Hardest now").wait_for(state="attached")


def draw(page: Page, strokes: list[list[tuple[float, float]]]) -> None:
    pad = page.get_by_role("application", name="Draw here").bounding_box()
    assert pad is not None
    for stroke in strokes:
        for number, (x, y) in enumerate(stroke):
            page.mouse.move(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"], steps=8)
            if not number:
                page.mouse.down()
        page.mouse.up()


def drawings(script: Script, run: str) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = script.job(run)["dataset"]["drawings"]
    return kept


def pixels(drawing: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The image that the network is given of a drawing."""
    ink = np.frombuffer(base64.b64decode(drawing["pixels"]), np.uint8).reshape(28, 28) / 255
    return np.pad(ink, 2)


def says(script: Script, run: str, image: np.ndarray[Any, Any]) -> list[float]:
    answer = script.post(f"/runs/{run}/predict", {"inputs": {"x": [[image.tolist()]]}})
    shares: list[float] = answer["outputs"]["probability"][0]
    return shares


def first_said(page: Page) -> tuple[str, float]:
    """The class that is said of the drawing, and its share."""
    rows = zone(page, "Data").get_by_label("What the network says")
    name = rows.locator("dt").first.inner_text()
    return name, float(rows.locator("dd.number").first.inner_text() or 0)


@pytest.mark.slow
def test_a_drawn_digit_is_answered_while_it_is_drawn_and_while_it_trains(
    page: Page, script: Script
) -> None:
    run = trained(script)
    open_at(page, f"{script.address}/b/{run}")
    page.get_by_role("button", name="Draw one").click()
    draw(page, FOUR)
    until(page, lambda: len(drawings(script, run)) == 1, PATIENT / 1000)
    until(page, lambda: f"ex={FIRST_DRAWING}" in page.url)
    page.get_by_label("What should it be?").select_option("4")
    until(page, lambda: drawings(script, run)[0]["label"] == 4, PATIENT / 1000)

    # In the middle, as large as the data are, and the answer is that of the network to just this image.
    image = pixels(drawings(script, run)[0])
    rows, columns = (np.flatnonzero((image > 0.1).any(axis=axis)) for axis in (1, 0))
    assert abs(rows[0] + rows[-1] - 31) <= 2
    assert abs(columns[0] + columns[-1] - 31) <= 2
    assert max(np.ptp(rows), np.ptp(columns)) >= 24
    shares = says(script, run, image)
    until(page, lambda: abs(first_said(page)[1] - max(shares)) < 0.02)
    assert first_said(page)[0] == str(int(np.argmax(shares)))
    assert script.stands(run, STEPS)  # drawing teaches nothing, and starts nothing

    # What the network says goes on while it learns.
    before = first_said(page)
    script.play(run, pace=20)
    until(page, lambda: first_said(page) != before, PATIENT / 1000)
    script.pause(run)

    # A second one is kept beside it; the first one is thrown away.
    page.get_by_role("button", name="Another one").click()
    draw(page, [[(0.5, 0.1), (0.5, 0.9)]])
    until(page, lambda: len(drawings(script, run)) == 2, PATIENT / 1000)
    page.keyboard.press("Escape")
    kept = zone(page, "Data").get_by_role("group", name="Drawn by hand")
    kept.get_by_role("button").first.click()
    until(page, lambda: f"ex={FIRST_DRAWING}" in page.url)
    second = drawings(script, run)[1]
    zone(page, "Data").get_by_role("button", name="Delete").click()
    until(page, lambda: drawings(script, run) == [second], PATIENT / 1000)
    expect(kept.get_by_role("button")).to_have_count(1)


@pytest.mark.slow
def test_who_has_no_pointer_draws_with_arrows(page: Page, script: Script) -> None:
    run = trained(script)
    open_at(page, f"{script.address}/b/{run}")
    page.get_by_role("button", name="Draw one").press("Enter")
    pad = page.get_by_role("application", name="Draw here")
    pad.focus()
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    page.keyboard.press(" ")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    assert drawings(script, run) == []  # the pen is still down
    page.keyboard.press(" ")
    until(page, lambda: len(drawings(script, run)) == 1, PATIENT / 1000)
    image = pixels(drawings(script, run)[0])
    inked = image > 0.5
    assert np.ptp(np.flatnonzero(inked.any(axis=1))) > 3 * np.ptp(np.flatnonzero(inked.any(axis=0)))
    assert shown_step(page) == STEPS  # the arrows were the pen's, not the clock's

    page.keyboard.press("Delete")
    until(page, lambda: drawings(script, run) == [], PATIENT / 1000)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Draw one")).to_be_visible()


@pytest.mark.slow
def test_a_cell_of_the_matrix_opens_its_images(page: Page, script: Script, run: str) -> None:
    counts = np.array(script.numbers(run, "answer", "confusion"))
    wrong = counts - np.diag(np.diag(counts))
    truth, said = (int(place) for place in np.unravel_index(wrong.argmax(), wrong.shape))
    expected = script.numbers(run, "mistakes", "id", truth=truth, said=said)
    open_at(page, f"{script.address}/b/{run}")

    name = f"Said {said}, is {truth}: {wrong.max()}"
    zone(page, "Answer").get_by_role("button", name=name).press("Enter")
    gallery = zone(page, "Data").get_by_role("region", name="Images of one cell")
    expect(gallery).to_contain_text(f"Said {said}, is {truth}: {wrong.max()} example")
    images = gallery.get_by_role("button", name=re.compile("^Pin example"))
    expect(images).to_have_count(len(expected))
    images.first.press("Enter")
    until(page, lambda: f"ex={expected[0]}" in page.url)
    expect(zone(page, "Data")).to_contain_text(f"This is a {truth} #{expected[0]:,}")

    page.keyboard.press("Escape")
    expect(gallery).to_have_count(0)
    expect(zone(page, "Data").get_by_role("group", name="This minibatch")).to_be_visible()


@pytest.mark.slow
def test_on_a_phone_a_cell_of_the_matrix_fits_a_finger(
    browser: Browser, script: Script, run: str
) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.goto(f"{script.address}/b/{run}")
        matrix = zone(page, "Answer").get_by_role("group", name="Confusion matrix of 10 classes")
        comes(matrix, PATIENT / 1000)
        boxes = [cell.bounding_box() for cell in matrix.get_by_role("button").all()]
        sizes = [(box["width"], box["height"]) for box in boxes if box is not None]
        assert len(sizes) == 100
        # Ten columns in 390 pixels; between two cells a press still meets one of them.
        assert min(width for width, _ in sizes) >= 30
        assert min(height for _, height in sizes) >= 41.9
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
def test_the_minibatch_is_that_of_the_step(page: Page, script: Script, run: str) -> None:
    ids = script.numbers(run, "batch", "id")
    open_at(page, f"{script.address}/b/{run}")
    shown = zone(page, "Data").get_by_role("group", name="This minibatch").get_by_role("button")
    expect(shown).to_have_count(min(64, len(ids)))
    names = [button.get_attribute("aria-label") or "" for button in shown.all()]
    assert [int(re.findall(r"#([\d,]+)", name)[0].replace(",", "")) for name in names] == ids[:64]
    shown.nth(5).click()
    until(page, lambda: f"ex={ids[5]}" in page.url)


@pytest.mark.slow
def test_every_pixel_is_a_number_and_fewer_of_them_are_answered_too(
    page: Page, script: Script, run: str
) -> None:
    example = int(script.probe(run, "value")["example"])
    image = np.array(script.numbers(run, "value", "output", node="x", example=example))[0]
    open_at(page, f"{script.address}/b/{run}?ex={example}")
    page.get_by_role("button", name="See the image as numbers").first.click()
    sheet = page.get_by_role("dialog")
    grid = sheet.get_by_role("application")
    expect(grid.locator("span")).to_have_count(32 * 32)
    written = np.array([int(text) for text in grid.locator("span").all_inner_texts()])
    assert np.abs(written - 255 * image.ravel()).max() <= 1

    sheet.get_by_role("button", name="8", exact=True).click()
    expect(grid.locator("span")).to_have_count(8 * 8)
    means = image.reshape(8, 4, 8, 4).mean(axis=(1, 3))
    shares = says(script, run, np.kron(means, np.ones((4, 4))))
    answers = sheet.get_by_label("What the network says")
    expect(answers).to_have_count(2)
    until(page, lambda: answers.nth(1).locator("dt").count() > 0)
    assert answers.nth(1).locator("dt").first.inner_text() == str(int(np.argmax(shares)))
    assert float(answers.nth(1).locator("dd.number").first.inner_text()) == pytest.approx(
        max(shares), abs=5e-3
    )
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


@pytest.mark.slow
def test_the_start_and_back_is_the_same_picture(page: Page, script: Script, run: str) -> None:
    open_at(page, f"{script.address}/b/{run}")
    rest_pointer(page)
    end = still(page, PATIENT / 1000)
    slider(page).focus()
    page.keyboard.press("Home")
    until(page, lambda: shown_step(page) == 0)
    wrong = script.probe(run, "answer", step=0)["details"]["validation_wrong"]
    expect(zone(page, "Answer")).to_contain_text(f"{wrong} of 359 wrong", timeout=PATIENT)
    page.keyboard.press("End")
    until(page, lambda: shown_step(page) == STEPS)
    page.evaluate("document.activeElement.blur()")
    becomes(page, end, PATIENT / 1000)


@pytest.mark.slow
def test_a_step_between_snapshots_is_compared_bit_by_bit(
    page: Page, script: Script, run: str
) -> None:
    step = next(step for step in range(100, STEPS) if step not in script.run(run)["snapshots"])
    start = max(known for known in script.run(run)["snapshots"] if known < step)
    open_at(page, f"{script.address}/b/{run}?step={step}")
    expect(zone(page, "Clock")).to_contain_text(
        f"Step {step} was recomputed from step {start}: bit-identical", timeout=PATIENT
    )
    assert script.probe(run, "replay", step=step)["details"]["identical"] is True

    # The strip of answers goes to the step of a column.
    strip = zone(page, "Answer").get_by_role("slider", name="The answer of the pinned example")
    expect(strip).not_to_have_attribute("aria-valuemax", "0", timeout=PATIENT)
    strip.focus()
    page.keyboard.press("ArrowLeft")
    steps = script.numbers(run, "answers", "step")
    until(page, lambda: shown_step(page) in steps and shown_step(page) < step)


@pytest.mark.slow
def test_a_phone_has_everything_in_one_column(browser: Browser, script: Script, run: str) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        open_at(page, f"{script.address}/b/{run}")
        still(page, PATIENT / 1000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        clock = zone(page, "Clock").bounding_box()
        assert clock is not None
        assert abs(clock["y"] + clock["height"] - 844) <= 1
        assert small_targets(page, "Data") == small_targets(page, "Answer") == []
        page.get_by_role("button", name="Draw one").tap()
        assert small_targets(page, "Data") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def small_targets(page: Page, name: str) -> list[str]:
    inside = f"document.querySelector('section[aria-label={name}]').querySelectorAll"
    found: list[str] = page.evaluate(eye.SMALL_TARGETS.replace("document.querySelectorAll", inside))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Data", "Answer"])
def test_at_a_desk_nothing_is_cut(page: Page, script: Script, run: str, name: str) -> None:
    open_at(page, f"{script.address}/b/{run}")
    still(page, PATIENT / 1000)
    cut = "element => element.scrollHeight - element.clientHeight"
    assert zone(page, name).evaluate(cut) <= 1


def test_points_have_no_images(page: Page, script: Script) -> None:
    """The same zones, asked about axes alone: what is a plane stays one."""
    visit(page, f"{script.address}/b/{script.trained('mlp-circles', 100)}")
    expect(page.get_by_role("button", name="Draw one")).to_have_count(0)
    expect(
        zone(page, "Answer").get_by_role("img", name="The answer over the plane")
    ).to_be_visible()
