"""A network of maps: every map in its place, and every cell of it to be chosen and followed back."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement, product
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, Position, expect

from tests.e2e import eye
from tests.e2e.desk import becomes, rest_pointer, still, until, zone
from tests.e2e.script import Script

SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "projector": {"viewport": {"width": 1280, "height": 720}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
BOXES = """(network, parts) => Object.fromEntries(parts.map(part => [
    part, [...network.querySelectorAll(part)].map(each => each.getBoundingClientRect().toJSON())
]))"""
THINGS = ", ".join(
    f'[aria-label="Network"] {part}'.strip()
    for part in ("", "[data-key]", ".heading", ".foot", ".bracket", "[data-mark]")
)


@pytest.fixture(scope="module")
def run(script: Script) -> str:
    """Digits that were learned for a while; no test here changes them."""
    return script.trained("lenet5", 100)


@pytest.fixture(params=SIZES)
def seen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """The page on one of the three screens."""
    with browser.new_context(**SIZES[request.param]) as context:
        yield context.new_page()


@pytest.fixture
def page(tab: Page) -> Page:
    return tab


def width_of(page: Page) -> int:
    return (page.viewport_size or {"width": 0})["width"]


def look(page: Page, script: Script, run: str, query: str = "") -> Locator:
    """Open a run of images, and wait until its maps and classes are there."""
    presents = "present=1&" if width_of(page) == 1280 else ""
    page.goto(f"{script.address}/b/{run}?{presents}{query}")
    network = zone(page, "Network")
    network.locator(".row .value").nth(9).wait_for(state="attached")
    if width_of(page) == 1440:  # the health of all layers is what comes last
        health = zone(page, "Answer").locator("dl dd.number")
        health.first.wait_for(state="attached")
    rest_pointer(page)
    still(page)
    return network


def box(thing: Locator) -> FloatRect:
    found = thing.bounding_box()
    assert found is not None
    return found


def over(a: FloatRect, b: FloatRect, slack: float = 0.5) -> bool:
    """Whether two boxes lie over each other."""
    across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    down = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return min(across, down) > slack


@pytest.mark.slow
def test_nothing_lies_over_anything_and_all_is_read(seen: Page, script: Script, run: str) -> None:
    network = look(seen, script, run, "node=conv2.7@4,5")
    expect_order(network)
    width = width_of(seen)
    assert network.evaluate(eye.SMALL_TEXTS_IN, {1440: 11, 1280: 16, 390: 12}[width]) == []
    if width == 1280:
        caption = zone(seen, "What is seen").inner_text()
        said = r"At step 100 the network says \d, [\d.]+\u2009% sure(, and is right|; it is \d)\."
        assert re.match(said, caption), caption
        assert min(box(tile)["width"] for tile in network.locator(".tile").all()) >= 30
    if width == 390:
        assert seen.evaluate("document.documentElement.scrollWidth") <= 390
        middle = box(network.locator('[data-key="conv2.7"]'))
        assert abs(middle["x"] + middle["width"] / 2 - 195) < 60


def expect_order(network: Locator) -> None:
    """Headings, feet, maps and brackets keep apart, among themselves and from each other."""
    until(network.page, lambda: disorder(network) == [], said="parts lie over each other")


def disorder(network: Locator) -> list[tuple[str, str]]:
    """Which kinds of things lie over each other, all places taken at one moment."""
    parts = (".heading", ".foot", "[data-key]", ".bracket")
    boxes: dict[str, list[FloatRect]] = network.evaluate(BOXES, parts)
    assert all(len(boxes[part]) > 1 for part in parts if part != ".bracket")
    return [
        (first, second)
        for first, second in combinations_with_replacement(parts, 2)
        if any(
            over(a, b, 0.5 if first == second else 1.5)
            for a, b in (
                combinations(boxes[first], 2)
                if first == second
                else product(boxes[first], boxes[second])
            )
        )
    ]


@pytest.mark.slow
def test_columns_say_what_they_are(page: Page, script: Script, run: str) -> None:
    network = look(page, script, run)
    headings = [" ".join(text.split()) for text in network.locator(".heading").all_inner_texts()]
    assert headings[:6] == [
        "input 32×32 pixels",
        "conv 1 6 filters 5×5",
        "pool 1 average 2×2",
        "conv 2 16 filters 5×5",
        "pool 2 average 2×2",
        "conv 3 120 filters 5×5",
    ]
    assert headings[6].startswith("dense 1 84 units")
    assert headings[7] == "output probability, ● = true class"
    assert network.locator(".bracket").all_inner_texts() == [
        "grid kept · 2,572 parameters, 4\u2009%",
        "grid gone · 59,134 parameters, 96\u2009%",
    ]
    assert zone(page, "Recipe").inner_text().startswith("Train LeNet-5 on")
    # Areas are as large as parameters are many.
    sides = "squares => squares.map(square => Number(square.getAttribute('width')))"
    conv1, conv2, conv3, dense1, output = network.locator(".foot rect").evaluate_all(sides)
    for side, parameters in ((conv1, 156), (conv2, 2416), (dense1, 10164), (output, 850)):
        assert side**2 / conv3**2 == pytest.approx(parameters / 48120, rel=0.02)


@pytest.mark.slow
def test_the_network_of_the_paper_is_laid_out_as_well(page: Page, script: Script) -> None:
    network = look(page, script, script.create("lenet5-paper"))
    expect_order(network)
    assert "16 filters 5×5" in network.inner_text()


@pytest.mark.slow
def test_the_classes_are_written_as_probabilities(page: Page, script: Script, run: str) -> None:
    network = look(page, script, run)
    frame = script.probe(run, "answer")
    ids = script.numbers(run, "data", "id")
    example = script.probe(run, "value")["example"]
    row = ids.index(example)
    chances = next(a["data"] for a in frame["arrays"] if a["name"] == "probability")[row]
    label = script.numbers(run, "data", "label")[row]

    shown = network.locator(".row .value").all_inner_texts()
    assert [text.strip() for text in shown] == [
        f"{chance:.4f}" if chance >= 0.0005 else "" for chance in chances
    ]
    bold = network.locator(".row.strong .class")
    assert bold.inner_text().strip() == str(chances.index(max(chances)))
    true = network.locator(".row:has(.true) .class")
    assert true.inner_text().strip() == str(label)


@pytest.mark.slow
def test_a_press_chooses_the_cell_under_the_pointer(seen: Page, script: Script, run: str) -> None:
    network = look(seen, script, run, "node=conv2.1")
    tile = network.locator('[data-key="conv2.7"]')
    tile.scroll_into_view_if_needed()
    place = box(tile)
    spot: Position = {"x": place["width"] * 0.45, "y": place["height"] * 0.35}
    if width_of(seen) == 390:
        tile.tap(position=spot)
    else:
        tile.click(position=spot)
    until(seen, lambda: "node=conv2.7%404,5" in seen.url, said=seen.url)
    expect(tile).to_have_attribute("aria-pressed", "true")
    expect(network.locator('[data-mark="conv2.6"]')).to_have_count(1)
    rest_pointer(seen)
    still(seen)

    # What was multiplied is what is outlined: the cells that the arithmetic names.
    details = script.probe(run, "contrib", node="conv2", unit=6, place=34)["details"]
    cells = [divmod(unit % 196, 14) for unit in details["units"]]
    rows, columns = {row for row, _ in cells}, {column for _, column in cells}
    map3, mark3 = (
        box(network.locator(which)) for which in ('[data-key="pool1.3"]', '[data-mark="pool1.2"]')
    )
    cell = map3["width"] / 14
    assert mark3["x"] == pytest.approx(map3["x"] + min(columns) * cell, abs=1.5)
    assert mark3["y"] == pytest.approx(map3["y"] + min(rows) * cell, abs=1.5)
    assert mark3["width"] == pytest.approx(len(columns) * cell, abs=2.5)
    assert mark3["height"] == pytest.approx(len(rows) * cell, abs=2.5)
    # One outline on every map before, and on the input; none behind.
    found = network.locator("[data-mark]").evaluate_all("marks => marks.map(m => m.dataset.mark)")
    counted: dict[str, int] = defaultdict(int)
    for key in found:
        counted[key.split(".")[0]] += 1
    assert dict(counted) == {"x": 1, "conv1": 6, "pool1": 6, "conv2": 1}


@pytest.mark.slow
def test_wires_show_what_the_cell_adds_up(page: Page, script: Script, run: str) -> None:
    network = look(page, script, run, "node=conv2.7@4,5")
    frame = script.probe(run, "contrib", node="conv2", unit=6, place=34)
    products = next(a["data"] for a in frame["arrays"] if a["name"] == "product")
    sums = [0.0] * 6
    for part, unit in zip(products, frame["details"]["units"], strict=True):
        sums[unit // 196] += part
    kinds = network.locator(".loud").evaluate_all("lines => lines.map(line => line.dataset.kind)")
    assert kinds[:6] == ["positive" if total > 0 else "negative" for total in sums]
    widths = network.locator(".loud").evaluate_all(
        "lines => lines.map(line => Number(line.getAttribute('stroke-width')))"
    )
    greatest = max(map(abs, sums))
    assert widths[:6] == pytest.approx(
        [1.2 + 4.2 * abs(total) / greatest for total in sums], abs=0.02
    )


@pytest.mark.slow
def test_hovering_outlines_for_a_while_only(page: Page, script: Script, run: str) -> None:
    network = look(page, script, run, "node=conv2.7@4,5")
    before, address = still(page), page.url
    tile = network.locator('[data-key="pool2.3"]')
    place = box(tile)
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    dotted = network.locator("[data-hover]")
    expect(dotted).to_have_count(1 + 6 + 6 + 16 + 1)
    assert page.url == address
    rest_pointer(page)
    expect(dotted).to_have_count(0)
    becomes(page, before)


@pytest.mark.slow
def test_keys_walk_from_cell_to_cell(page: Page, script: Script, run: str) -> None:
    network = look(page, script, run, "node=conv2.7@4,5")
    network.locator('[data-key="conv2.7"]').focus()
    for key, cell in (
        ("Shift+ArrowRight", "4,6"),
        ("Shift+ArrowDown", "5,6"),
        ("Shift+ArrowLeft", "5,5"),
        ("Shift+ArrowUp", "4,5"),
    ):
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(rf"node=conv2\.7%40{cell}(&|$)"))
    page.keyboard.press("j")
    until(page, lambda: "node=conv2.8%404,5" in page.url, said=page.url)
    page.keyboard.press("?")
    expect(page.get_by_text("Cell above, in the chosen map")).to_be_visible()


@pytest.mark.slow
def test_gradients_of_maps_keep_the_layout(seen: Page, script: Script, run: str) -> None:
    network = look(seen, script, run, "node=conv2.7@4,5")
    before, picture = laid_out(seen), network.screenshot()
    network.get_by_role("button", name="Gradients").click()
    rest_pointer(seen)
    expect(network.locator("svg.back")).to_have_count(1)
    pushed = network.locator(".loud[data-kind='up'], .loud[data-kind='down']").first
    expect(pushed).to_be_attached(timeout=20_000)
    still(seen)
    assert laid_out(seen) == before
    assert network.screenshot() != picture
    dashes = "path => getComputedStyle(path).strokeDasharray"
    assert network.locator(".under path").first.evaluate(dashes) != "none"


def laid_out(page: Page) -> list[list[float]]:
    """Where everything stands in the network's zone, which is the first of the boxes."""
    (zone_x, zone_y, *size), *boxes = page.evaluate(eye.BOXES, THINGS)
    inner = [[round(x - zone_x, 1), round(y - zone_y, 1), *rest] for x, y, *rest in boxes]
    return [size, *inner]


@pytest.mark.slow
def test_the_scale_is_a_word_beside_the_ramp(page: Page, script: Script, run: str) -> None:
    network = look(page, script, run)
    layer = network.screenshot()
    word = network.get_by_label("Over what colours are scaled")
    expect(word).to_have_value("layer")
    word.select_option("network")
    until(page, lambda: "scale=network" in page.url)
    still(page)
    assert network.screenshot() != layer
    greatest = max(
        max(abs(array["lo"]), abs(array["hi"]))
        for array in script.probe(run, "value")["arrays"]
        if array["name"] == "output" and array["node"] not in ("x", "output")
    )
    assert f"+{greatest:.4g}" in network.locator(".ramp").inner_text()
    word.select_option("layer")
    until(page, lambda: "scale" not in page.url)


@pytest.mark.slow
def test_a_finger_drags_from_cell_to_cell(browser: Browser, script: Script, run: str) -> None:
    with browser.new_context(**SIZES["phone"]) as context:
        page = context.new_page()
        network = look(page, script, run, "node=conv2.7@4,5")
        tile = network.locator('[data-key="conv2.7"]')
        tile.scroll_into_view_if_needed()
        still(page)
        place = box(tile)

        def touch(kind: str, across: float, down: float) -> None:
            at = {
                "x": place["x"] + place["width"] * across,
                "y": place["y"] + place["height"] * down,
            }
            finger.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [] if kind == "touchEnd" else [at]},
            )

        finger = context.new_cdp_session(page)
        touch("touchStart", 0.55, 0.55)
        touch("touchMove", 0.75, 0.85)
        bubble = network.locator("output")
        expect(bubble).to_have_text("(9, 8)")
        shown = box(bubble)
        assert shown["y"] + shown["height"] / 2 == pytest.approx(
            place["y"] + place["height"] * 0.85 - 56, abs=2
        )
        touch("touchEnd", 0, 0)
        expect(bubble).to_have_count(0)
        until(page, lambda: "node=conv2.7%409,8" in page.url, said=page.url)
