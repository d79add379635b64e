"""Weights and points are taken in the hand."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.desk import rest_pointer, still, until, visit, write, zone
from tests.e2e.script import Script

ANSWER = "The answer over the plane"
DOMAIN = (-3.0, 3.0)


@pytest.mark.slow
def test_a_weight_written_into_the_lens_is_the_networks(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 200)
    visit(page, f"{script.address}/b/{run}?node=hidden2.1&lens=arithmetic")
    field = zone(page, "Lens").get_by_label("Weight from hidden 1 · unit 2 to hidden 2 · unit 1")
    before = {"answer": answer(page), "lens": zone(page, "Lens").inner_text()}
    other = script.weights(run, "hidden2.weight")[0][0]

    write(field, "-2.5")

    until(page, lambda: script.weights(run, "hidden2.weight")[0][1] == -2.5)
    expect(field).to_have_value("−2.5000")
    assert zone(page, "Lens").inner_text() != before["lens"]
    assert script.run(run)["step"] == 200
    assert script.weights(run, "hidden2.weight")[0][0] == other
    until(page, lambda: answer(page) != before["answer"])


@pytest.mark.slow
def test_a_weight_is_set_on_its_wire(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 200)
    visit(page, f"{script.address}/b/{run}")
    before = answer(page)
    weights = script.weights(run, "hidden2.weight")

    wire = zone(page, "Network").locator(".touch path").nth(9)
    middle = wire.evaluate(
        "path => { const at = path.getPointAtLength(path.getTotalLength() * 0.35);"
        " const to = path.getScreenCTM(); return [at.x + to.e, at.y + to.f]; }"
    )
    page.mouse.click(*middle)
    card = page.get_by_role("dialog")
    write(card.get_by_role("spinbutton"), 3)

    def changed() -> list[float]:
        now = script.weights(run, "hidden2.weight") + script.weights(run, "hidden1.weight")
        old = weights + script.weights(run, "hidden1.weight", step=0)
        return [
            value
            for row, was in zip(now, old, strict=True)
            for value, before in zip(row, was, strict=True)
            if value == 3 and value != before
        ]

    until(page, lambda: changed() == [3.0])
    until(page, lambda: answer(page) != before)
    card.get_by_role("button", name="Close").click()
    expect(card).to_be_hidden()


@pytest.mark.slow
def test_points_are_dragged_nudged_relabelled_added_and_deleted(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 100)
    visit(page, f"{script.address}/b/{run}")
    plane = page.get_by_role("application")
    points = script.points(run)
    # A point with room around it: the one that is farthest out.
    chosen = max(points, key=lambda point: points[point]["x"] ** 2 + points[point]["y"] ** 2)

    start, end = pixel(plane, points[chosen]["x"], points[chosen]["y"]), pixel(plane, 0.0, 0.0)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()
    rest_pointer(page)
    until(page, lambda: abs(script.points(run)[chosen]["x"]) < 0.05)
    assert abs(script.points(run)[chosen]["y"]) < 0.05

    expect(zone(page, "Data")).to_contain_text("(0.0")  # the page knows, too
    plane.focus()
    at = script.points(run)[chosen]
    page.keyboard.press("ArrowRight")
    until(page, lambda: near(script.points(run)[chosen]["x"], at["x"] + 0.1))
    page.keyboard.press("ArrowUp")
    until(page, lambda: near(script.points(run)[chosen]["y"], at["y"] + 0.1))

    label = points[chosen]["label"]
    page.get_by_role("button", name="Relabel").click()
    until(page, lambda: script.points(run)[chosen]["label"] != label)

    page.mouse.click(*pixel(plane, 2.8, 2.8))
    until(page, lambda: len(script.points(run)) == len(points) + 1)
    added = next(point for point in script.points(run) if point not in points)
    assert near(script.points(run)[added]["x"], 2.8)
    zone(page, "Data").get_by_role("button", name="Delete").click()
    until(page, lambda: added not in script.points(run))

    assert script.run(run)["step"] == 100
    still(page)


def answer(page: Page) -> bytes:
    return page.get_by_role("img", name=ANSWER).screenshot()


def pixel(plane: Locator, x: float, y: float) -> tuple[float, float]:
    """Where a place of the plane is on the screen."""
    box = plane.bounding_box()
    assert box is not None
    low, high = DOMAIN
    inner = box["width"] - 2  # without its border
    return (
        box["x"] + 1 + (x - low) / (high - low) * inner,
        box["y"] + 1 + (high - y) / (high - low) * inner,
    )


def near(a: float, b: float) -> bool:
    return abs(a - b) < 0.06
