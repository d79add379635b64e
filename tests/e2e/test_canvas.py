"""The graph's face of the editor: networks with branches are built by pointer alone and by keys alone, and train."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import eye
from tests.e2e.beginning import id_of, new_network, new_network_by_keys, tab_until
from tests.e2e.canvas import (
    card,
    drag,
    fit,
    middle,
    open_canvas,
    option,
    options,
    port,
    setting,
    tidied,
    turn,
)
from tests.e2e.desk import until, zone
from tests.e2e.script import Script
from tests.e2e.test_looks import AXE

pytestmark = pytest.mark.timeout(240)
IMAGE = {"axes": ["C", "H", "W"], "shape": [1, 32, 32]}
SMALL: dict[str, Any] = {
    "version": 1,
    "inputs": {"x": IMAGE},
    "nodes": [
        {"id": "small", "layer": {"kind": "AvgPool2d", "kernel_size": 4}, "inputs": ["x"]},
        {"id": "flatten", "layer": {"kind": "Flatten"}, "inputs": ["small"]},
        {"id": "output", "layer": {"kind": "Linear", "out_features": 10}, "inputs": ["flatten"]},
    ],
    "outputs": {"y": "output"},
}
"""Next to nothing: pixels in a row, and ten classes."""


def nodes_of(script: Script, run: str) -> dict[str, Any]:
    return {node["id"]: node for node in script.job(run)["graph"]["nodes"]}


def settles(page: Page) -> None:
    """Wait until the edited network is judged, without errors."""
    expect(page.get_by_role("button", name="Apply")).to_be_enabled()


def trains(page: Page, script: Script) -> None:
    run = id_of(page)
    until(page, lambda: int(script.run(run)["step"]) > 2, 60)
    assert script.run(run)["state"] != "diverged"


@pytest.fixture
def run(script: Script) -> str:
    return script.create("lenet5", graph=SMALL, steps=5000)


def focus(page: Page, path: str) -> None:
    """Go to a card by its name, as one does with keys."""
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Find a node")).to_be_focused()
    page.keyboard.type(path)
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(card(page, path)).to_be_focused()


def add_by_keys(page: Page, key: str, kind: str) -> None:
    page.keyboard.press(key)
    expect(page.get_by_role("combobox", name="Add a layer")).to_be_focused()
    page.keyboard.type(kind)
    expect(options(page).first).to_contain_text(kind)
    page.keyboard.press("Enter")


def connect_by_keys(page: Page, target: str) -> None:
    page.keyboard.press("e")
    expect(page.get_by_role("combobox", name="Connect to")).to_be_focused()
    page.keyboard.type(target)
    expect(options(page).first).to_contain_text(target)
    page.keyboard.press("Enter")


def write_by_keys(page: Page, path: str, name: str, of: str, value: int) -> None:
    tab_until(page, setting(page, name, of))
    page.keyboard.press("Control+a")
    page.keyboard.type(str(value))
    page.keyboard.press("Enter")
    expect(setting(page, name, of)).to_have_attribute("aria-valuenow", str(value))
    tab_until(page, card(page, path))


def skip_by_keys(page: Page) -> None:
    """Two convolutions that keep the size, and around the second a skip connection."""
    tab_until(page, card(page, ">x"))
    add_by_keys(page, "a", "AvgPool2d")
    expect(card(page, "pool1")).to_be_focused()
    write_by_keys(page, "pool1", "kernel size", "pool 1", 4)
    for path, title in (("conv1", "conv 1"), ("conv2", "conv 2")):
        add_by_keys(page, "a", "Conv2d")
        expect(card(page, path)).to_be_focused()
        write_by_keys(page, path, "padding", title, 1)
    add_by_keys(page, "a", "Add")
    expect(card(page, "add")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(card(page, "conv1")).to_be_focused()
    connect_by_keys(page, "add")
    expect(card(page, "add")).to_be_focused()


def branches_by_keys(page: Page) -> None:
    """Four ways beside each other behind the sum, joined."""
    for branch, kernel in (("conv3", 1), ("conv4", 3), ("conv5", 5)):
        focus(page, "add")
        add_by_keys(page, "b", "Conv2d")
        expect(card(page, branch)).to_be_focused()
        title = branch.replace("conv", "conv ")
        write_by_keys(page, branch, "kernel size", title, kernel)
        write_by_keys(page, branch, "padding", title, kernel // 2)
    focus(page, "add")
    add_by_keys(page, "b", "MaxPool2d")
    expect(card(page, "pool2")).to_be_focused()
    write_by_keys(page, "pool2", "kernel size", "pool 2", 3)
    write_by_keys(page, "pool2", "stride", "pool 2", 1)
    write_by_keys(page, "pool2", "padding", "pool 2", 1)
    add_by_keys(page, "b", "Concat")
    expect(card(page, "concat")).to_be_focused()
    for branch in ("conv3", "conv4", "conv5"):
        focus(page, branch)
        connect_by_keys(page, "concat")
    expect(card(page, "concat")).to_be_focused()
    connect_by_keys(page, "flatten")


@pytest.mark.slow
def test_a_skip_connection_and_an_inception_block_by_keys_alone(page: Page, script: Script) -> None:
    new_network_by_keys(page, script)
    tab_until(page, page.get_by_role("button", name="Graph", exact=True))
    page.keyboard.press("Space")
    tidied(page)
    skip_by_keys(page)
    branches_by_keys(page)
    settles(page)
    tab_until(page, page.get_by_role("button", name="Apply"))
    page.keyboard.press("Enter")
    until(page, lambda: "concat" in nodes_of(script, id_of(page)))
    nodes = nodes_of(script, id_of(page))
    assert nodes["add"]["inputs"] == ["conv2", "conv1"]
    assert sorted(nodes["concat"]["inputs"]) == ["conv3", "conv4", "conv5", "pool2"]
    assert nodes["flatten"]["inputs"] == ["concat"]
    kernels = [nodes[name]["layer"]["kernel_size"] for name in ("conv3", "conv4", "conv5", "pool2")]
    assert kernels == [1, 3, 5, 3]
    tab_until(page, zone(page, "Clock").get_by_role("button", name="Train", exact=True))
    page.keyboard.press("Enter")
    trains(page, script)


def choose(page: Page, name: str) -> None:
    """Take a row of the list with the pointer, once it is known what fits."""
    row = option(page, name).first
    expect(row).to_have_attribute("aria-disabled", "false")
    row.click()
    expect(page.get_by_role("listbox")).to_have_count(0)


def insert(page: Page, wire: str, kind: str) -> None:
    """Press + on a wire."""
    page.mouse.move(*on_wire(page, wire))
    page.locator(f'[data-wire="{wire}"] button').first.click()
    choose(page, kind)


def on_wire(page: Page, wire: str) -> tuple[float, float]:
    """A point in the middle of a wire."""
    point = page.locator(f'path.reach[data-wire="{wire}"]').evaluate(
        """path => {
            const half = path.getPointAtLength(path.getTotalLength() / 2);
            const { x, y } = half.matrixTransform(path.getScreenCTM());
            return [x, y];
        }"""
    )
    return point[0], point[1]


def skip_by_pointer(page: Page) -> None:
    """Two convolutions that keep the size, and around the second a skip connection."""
    insert(page, "flatten@0", "AvgPool2d")
    turn(page, setting(page, "kernel size", "pool 1"), 4)
    for title in ("conv 1", "conv 2"):
        insert(page, "flatten@0", "Conv2d")
        turn(page, setting(page, "padding", title), 1)
    insert(page, "flatten@0", "Add")
    fit(page)
    drag(page, middle(port(page, "conv1", "out:output")), middle(port(page, "add", "in:1")))
    expect(port(page, "add", "in:2")).to_be_visible()


def branches_by_pointer(page: Page) -> None:
    """Four ways beside each other behind the sum, joined."""
    for branch, kernel in (("conv3", 1), ("conv4", 3), ("conv5", 5)):
        fit(page)
        card(page, "add").click()
        page.get_by_role("button", name="Branch").click()
        choose(page, "Conv2d")
        title = branch.replace("conv", "conv ")
        turn(page, setting(page, "kernel size", title), kernel)
        turn(page, setting(page, "padding", title), kernel // 2)
    fit(page)
    card(page, "add").click()
    page.get_by_role("button", name="Branch").click()
    choose(page, "MaxPool2d")
    for name, number in (("kernel size", 3), ("stride", 1), ("padding", 1)):
        turn(page, setting(page, name, "pool 2"), number)
    page.get_by_role("button", name="Branch").click()
    choose(page, "Concat")
    for branch in ("conv3", "conv4", "conv5"):
        fit(page)
        card(page, branch).click()
        page.get_by_role("button", name="Connect").click()
        choose(page, "concat · input")
    fit(page)
    card(page, "concat").click()
    page.get_by_role("button", name="Connect").click()
    choose(page, "flatten")


@pytest.mark.slow
def test_a_skip_connection_and_an_inception_block_by_pointer_alone(
    page: Page, script: Script
) -> None:
    page.emulate_media(reduced_motion="reduce")  # a click on what glides by is luck
    new_network(page, script)
    page.get_by_role("button", name="Graph", exact=True).click()
    tidied(page)
    skip_by_pointer(page)
    branches_by_pointer(page)
    settles(page)
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: "concat" in nodes_of(script, id_of(page)))
    nodes = nodes_of(script, id_of(page))
    assert nodes["add"]["inputs"] == ["conv2", "conv1"]
    assert sorted(nodes["concat"]["inputs"]) == ["conv3", "conv4", "conv5", "pool2"]
    assert nodes["flatten"]["inputs"] == ["concat"]
    zone(page, "Clock").get_by_role("button", name="Train", exact=True).click()
    trains(page, script)


@pytest.mark.slow
def test_a_wire_that_would_make_a_circle_is_refused_and_says_why(
    page: Page, script: Script
) -> None:
    canvas = open_canvas(page, f"{script.address}/b/{script.create('lenet5')}")
    page.mouse.move(*middle(port(page, "pool1", "out:output")))
    page.mouse.down()
    page.mouse.move(*middle(port(page, "conv1", "in:0")), steps=6)
    expect(canvas.get_by_role("status")).to_have_text(
        "“conv 1” feeds “pool 1” already: the wire would make a circle."
    )
    page.mouse.up()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


@pytest.mark.slow
def test_a_wires_end_is_dragged_off(page: Page, script: Script) -> None:
    open_canvas(page, f"{script.address}/b/{script.create('lenet5')}")
    page.mouse.move(*on_wire(page, "conv2@0"))
    drag(page, middle(page.locator('.end[data-wire="conv2@0"]')), (700, 240))
    expect(page.locator('path.reach[data-wire="conv2@0"]')).to_have_count(0)
    open_input = "The input `input` of Conv2d is not connected."
    expect(page.get_by_text(open_input, exact=True)).to_be_visible()
    expect(page.get_by_text(f"Apply waits: {open_input}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator('path.reach[data-wire="conv2@0"]')).to_have_count(1)


@pytest.mark.slow
def test_nodes_are_copied_from_one_run_to_another(page: Page, script: Script, run: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_canvas(page, f"{script.address}/b/{script.create('lenet5')}")
    card(page, "conv2").click()
    card(page, "pool2").click(modifiers=["Shift"])
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press("Control+c")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert [node["id"] for node in copied] == ["conv2", "pool2"]

    open_canvas(page, f"{script.address}/b/{run}")
    card(page, "small").click()
    page.keyboard.press("Control+v")
    expect(card(page, "conv2")).to_have_attribute("aria-pressed", "true")
    expect(card(page, "pool2")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+z")
    expect(card(page, "conv2")).to_have_count(0)
    page.keyboard.press("Control+Shift+Z")
    expect(card(page, "conv2")).to_have_count(1)


@pytest.mark.slow
def test_what_is_chosen_becomes_a_block_that_unfolds(page: Page, script: Script) -> None:
    open_canvas(page, f"{script.address}/b/{script.create('lenet5')}")
    card(page, "conv2").click()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press("g")
    block = card(page, "block")
    expect(block).to_be_focused()
    expect(block).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("o")
    expect(block).to_have_attribute("aria-expanded", "true")
    expect(card(page, "block.conv2")).to_be_visible()
    page.keyboard.press("Shift+G")
    expect(card(page, "conv2")).to_be_visible()
    expect(card(page, "block")).to_have_count(0)


@pytest.mark.slow
def test_a_card_that_was_dragged_stays_until_all_is_tidied(page: Page, script: Script) -> None:
    open_canvas(page, f"{script.address}/b/{script.create('lenet5')}")
    x, y = middle(card(page, "pool1"))
    drag(page, (x, y - 20), (x, y + 40))
    tidy = page.get_by_role("button", name="Tidy")
    expect(tidy).to_be_enabled()
    moved = middle(card(page, "pool1"))
    assert moved[1] > y + 30
    card(page, "output").click()
    page.keyboard.press("Delete")
    expect(card(page, "output")).to_have_count(0)
    tidied(page, 2)
    assert middle(card(page, "pool1")) == pytest.approx(moved, abs=40)
    tidy.click()
    expect(tidy).to_be_disabled()


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_canvas(browser: Browser, script: Script, theme: str) -> None:
    run = script.create("lenet5")
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        open_canvas(page, f"{script.address}/b/{run}?theme={theme}")
        card(page, "conv2").click()
        expect(setting(page, "kernel size", "conv 2")).to_be_visible()
        page.add_script_tag(path=AXE)
        assert page.evaluate(eye.CONTRAST) == []
