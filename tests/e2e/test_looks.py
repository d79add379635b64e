"""The checklist of the finished page, as far as a ruler can judge it."""

from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e import eye
from tests.e2e.desk import ZONES, still, until, visit, zone
from tests.e2e.script import Script

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LECTURE: ViewportSize = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def run(script: Script) -> str:
    """A finished run, which no test here changes."""
    return script.trained("mlp-circles", 400)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)], ids=["1440x900", "1280x720"])
def test_six_zones_in_sight_none_over_another_nothing_cut(
    page: Page, script: Script, run: str, size: tuple[int, int]
) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    visit(page, f"{script.address}/b/{run}")
    still(page)

    boxes = {}
    for name in ZONES:
        box = zone(page, name).bounding_box()
        assert box is not None, name
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width + 0.5, name
        assert box["y"] + box["height"] <= height + 0.5, name
        boxes[name] = box
    for (name, a), (other, b) in combinations(boxes.items(), 2):
        across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
        down = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
        assert min(across, down) <= 1, f"{name} lies over {other}"
    if height >= 900:
        assert page.evaluate(eye.CUTS) == []
        assert page.evaluate(eye.STRAYS) == []


@pytest.mark.slow
def test_few_controls_one_step_and_no_small_print(page: Page, script: Script, run: str) -> None:
    visit(page, f"{script.address}/b/{run}")
    still(page)
    controls = page.evaluate(eye.CONTROLS)
    assert len(controls) <= 32, controls
    assert page.evaluate(eye.LARGE_STEPS, "step 400") == 1
    assert page.evaluate(eye.SMALL_TEXTS, 11) == []


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_and_names_in_both_themes(
    browser: Browser, script: Script, run: str, theme: str
) -> None:
    # The content policy forbids strange scripts, and axe is one.
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        visit(page, f"{script.address}/b/{run}?theme={theme}")
        still(page)
        page.add_script_tag(path=AXE)
        assert page.evaluate(eye.CONTRAST) == []


@pytest.mark.slow
def test_gradients_keep_the_layout_to_the_pixel(page: Page, script: Script, run: str) -> None:
    visit(page, f"{script.address}/b/{run}?lens=arithmetic")
    still(page)
    things = "section, aside, main, [data-key], .heading, [role=tab], [role=slider]"
    network = zone(page, "Network")
    values = page.evaluate(eye.BOXES, things)
    before = network.screenshot()

    page.keyboard.press("v")
    expect(network.get_by_role("button", name="Gradients")).to_have_attribute(
        "aria-pressed", "true"
    )
    still(page)
    assert page.evaluate(eye.BOXES, things) == values
    assert network.screenshot() != before
    assert network.locator("svg.back").count() == 1  # dashed wires
    dashes = "path => getComputedStyle(path).strokeDasharray"
    assert network.locator("svg.back .under path").first.evaluate(dashes) != "none"


@pytest.mark.slow
def test_a_presenter_is_read_at_the_back_of_the_room(page: Page, script: Script, run: str) -> None:
    page.set_viewport_size(LECTURE)
    visit(page, f"{script.address}/b/{run}")
    page.keyboard.press("p")
    until(page, lambda: "present=1" in page.url)
    caption = zone(page, "What is seen")
    expect(caption).to_be_visible()
    still(page)

    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert caption.locator("p").evaluate(size) >= 24
    assert page.evaluate(eye.SMALL_TEXTS, 16) == []
    for name in ("Network", "Clock"):
        box = zone(page, name).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= LECTURE["height"] + 0.5
    assert page.evaluate(eye.CUTS) == []
    for key in zone(page, "Network").locator("[data-key]").all():
        box = key.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= LECTURE["width"]


@pytest.mark.slow
def test_a_phone_scrolls_one_way_and_fits_a_finger(
    browser: Browser, script: Script, run: str
) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        visit(page, f"{script.address}/b/{run}")
        still(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        clock = zone(page, "Clock").bounding_box()
        assert clock is not None
        assert abs(clock["y"] + clock["height"] - 844) <= 1
        assert page.evaluate(eye.SMALL_TEXTS, 12) == []
        assert page.evaluate(eye.SMALL_TARGETS) == []
