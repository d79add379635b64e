"""A network is drawn from nothing, trained, and changed in the middle of its run."""

import re
import statistics
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.beginning import id_of, new_network, new_network_by_keys, tab_until
from tests.e2e.conftest import DESKTOP
from tests.e2e.desk import PATIENCE, comes, until, write, zone
from tests.e2e.eye import CONTRAST
from tests.e2e.script import Script

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LENET5 = 61_706
LAYERS = 12
LONG = 140


def edit(page: Page, script: Script, run: str, query: str = "") -> None:
    page.goto(f"{script.address}/b/{run}?edit=1{query}")
    comes(stack(page))


@pytest.fixture
def page(tab: Page) -> Page:
    return tab


def stack(page: Page) -> Locator:
    return page.get_by_role("list", name="Layers from input to output")


def name(page: Page, layer: str) -> Locator:
    return stack(page).get_by_role("button", name=layer, exact=True)


def offers(page: Page) -> Locator:
    """What fits onto the wire that was chosen."""
    return page.get_by_role("listbox", name="What fits here").get_by_role("option")


def parameters(page: Page) -> Locator:
    return zone(page, "Answer").locator(".headline b")


def graph(script: Script, run: str) -> dict[str, Any]:
    found: dict[str, Any] = script.job(run)["graph"]
    return found


def kinds(script: Script, run: str) -> list[str]:
    return [each["layer"]["kind"] for each in graph(script, run)["nodes"]]


# What LeNet-5 has before the layer that makes one row of all numbers, and before the answer.
BEFORE_FLATTEN: list[tuple[str, dict[str, int]]] = [
    ("Conv2d", {"out channels": 6, "kernel size": 5}),
    ("Tanh", {}),
    ("AvgPool2d", {}),
    ("Conv2d", {"out channels": 16, "kernel size": 5, "padding": 0}),
    ("Tanh", {}),
    ("AvgPool2d", {}),
    ("Conv2d", {"out channels": 120, "kernel size": 5, "padding": 0}),
    ("Tanh", {}),
]
BEFORE_OUTPUT: list[tuple[str, dict[str, int]]] = [("Linear", {"out features": 84}), ("Tanh", {})]


def settle(page: Page, settings: dict[str, int]) -> None:
    """Write settings of the chosen layer into its form."""
    form = page.get_by_role("region", name=re.compile("^Chosen layer"))
    for setting, value in settings.items():
        write(form.get_by_role("spinbutton", name=re.compile(f"^{setting} of")), value)


@pytest.mark.slow
def test_lenet_is_built_by_pointer_alone_trained_and_widened(page: Page, script: Script) -> None:
    run = new_network(page, script)
    for target, layers in (("flatten", BEFORE_FLATTEN), ("output", BEFORE_OUTPUT)):
        for kind, settings in layers:
            page.get_by_role("button", name=f"Add a layer before {target}", exact=True).click()
            offers(page).filter(has=page.get_by_text(kind, exact=True)).click()
            settle(page, settings)
    expect(parameters(page)).to_have_text(f"{LENET5:,}")
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: len(kinds(script, run)) == LAYERS)
    assert kinds(script, run) == [
        *(kind for kind, _ in BEFORE_FLATTEN),
        "Flatten",
        *(kind for kind, _ in BEFORE_OUTPUT),
        "Linear",
    ]
    page.get_by_role("button", name=re.compile("^(Play|Train)$")).click()
    until(page, lambda: script.run(run)["step"] > 3, 60)

    # Widened in the middle of the run, which goes on.
    name(page, "dense 1").click()
    settle(page, {"out features": 100})
    kept = page.get_by_role("region", name="What is kept")
    expect(kept).to_contain_text("widened")
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: width(script, run) == 100)
    at = script.run(run)["step"]
    assert id_of(page) == run
    until(page, lambda: script.run(run)["step"] > at, 60)
    script.pause(run)

    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: width(script, run) == 84)


def width(script: Script, run: str) -> int:
    (dense,) = (each for each in graph(script, run)["nodes"] if each["id"] == "dense1")
    return int(dense["layer"]["out_features"])


@pytest.mark.slow
def test_lenet_is_built_by_keys_alone(page: Page, script: Script) -> None:
    run = new_network_by_keys(page, script)
    for target, layers in (("flatten", BEFORE_FLATTEN), ("output", BEFORE_OUTPUT)):
        behind: str | None = None
        for kind, settings in layers:
            if behind is None:
                wire = page.get_by_role("button", name=f"Add a layer before {target}", exact=True)
                tab_until(page, wire)
                page.keyboard.press("Enter")
            else:
                page.keyboard.press("a")
            page.keyboard.type(kind)
            option = offers(page).first
            expect(option).to_contain_text(kind)
            page.keyboard.press("Enter")
            expect(page.get_by_role("combobox", name="Find a layer")).to_be_hidden()
            form = page.get_by_role("region", name=re.compile("^Chosen layer"))
            for setting, value in settings.items():
                tab_until(page, form.get_by_role("spinbutton", name=re.compile(f"^{setting} of")))
                page.keyboard.press("Control+a")
                page.keyboard.type(str(value))
                page.keyboard.press("Enter")
            behind = kind
            tab_until(page, stack(page).locator("[aria-pressed=true]"))
    expect(parameters(page)).to_have_text(f"{LENET5:,}")
    tab_until(page, page.get_by_role("button", name="Apply"))
    page.keyboard.press("Enter")
    until(page, lambda: len(kinds(script, run)) == LAYERS)
    tab_until(page, page.get_by_role("button", name=re.compile("^(Play|Train)$")))
    page.keyboard.press("Enter")
    until(page, lambda: script.run(run)["step"] > 3, 60)
    script.pause(run)


def problems(page: Page) -> Locator:
    return stack(page).locator(".misfit")


@pytest.mark.slow
def test_a_skip_that_does_not_fit_is_mended_in_one_click(page: Page, script: Script) -> None:
    run = script.trained("lenet5", 2)
    edit(page, script, run, "&node=conv2")
    page.get_by_label("What is added behind conv 2").select_option("conv1")
    expect(problems(page)).to_contain_text("Add needs inputs of one shape")
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()
    page.get_by_role("button", name="Put Conv2d before it").click()
    expect(problems(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Apply")).to_be_enabled()
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: "Add" in kinds(script, run))
    assert script.run(run)["step"] == 2


def test_parts_are_moved_doubled_bypassed_and_removed_by_keys(page: Page, script: Script) -> None:
    run = script.create("lenet5")
    before = graph(script, run)
    edit(page, script, run)
    name(page, "conv 1 tanh").click()
    for key in ("Alt+ArrowDown", "w", "b", "Delete"):
        page.keyboard.press(key)
    edits = page.get_by_role("region", name="Edits").get_by_role("listitem")
    expect(edits).to_have_count(4)
    expect(edits.last).to_contain_text("conv 1 tanh moved down")
    expect(edits.first).to_contain_text("conv 1 tanh removed")
    for _ in range(4):
        page.keyboard.press("u")
    expect(edits).to_have_count(0)
    for _ in range(4):
        page.keyboard.press("y")
    expect(edits).to_have_count(4)
    page.keyboard.press("Escape")
    expect(edits).to_have_count(0)
    page.keyboard.press("Escape")
    expect(stack(page)).to_be_hidden()
    assert graph(script, run) == before


def test_a_row_is_dragged_and_a_number_too(page: Page, script: Script) -> None:
    run = script.create("lenet5")
    edit(page, script, run)
    names = stack(page).locator("[data-path]")
    expect(names.nth(1)).to_have_text("conv 1 tanh")
    grip = stack(page).locator("li[data-row=conv1_tanh] .grip")
    drag(page, grip, 0, 60)
    expect(names.nth(1)).to_have_text("pool 1")
    edits = page.get_by_role("region", name="Edits").get_by_role("listitem")
    expect(edits).to_have_count(1)

    drag(page, stack(page).get_by_role("spinbutton", name="out channels of conv 1"), 60, 0)
    expect(edits).to_have_count(2)
    expect(edits.first).to_contain_text(re.compile(r"conv 1: out channels 6 → \d+"))
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(names.nth(1)).to_have_text("conv 1 tanh")


def drag(page: Page, what: Locator, x: int, y: int) -> None:
    """Take something in the hand and move it little by little."""
    box = what.bounding_box()
    assert box
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + x, at[1] + y, steps=12)
    page.mouse.up()


@pytest.mark.slow
def test_an_answer_that_the_data_do_not_fit_is_said_and_mended_beforehand(
    page: Page, script: Script
) -> None:
    run = script.create("lenet5")
    edit(page, script, run, "&node=output")
    settle(page, {"out features": 3})
    apply = page.get_by_role("button", name="Apply")
    expect(page.get_by_role("region", name="What is kept")).to_contain_text("3")
    expect(problems(page)).to_contain_text("the data have 10 classes")
    expect(apply).to_be_disabled()
    expect(apply).to_have_accessible_description(re.compile("^Apply waits: .*10 classes"))
    problems(page).get_by_role("button", name="Set out features to 10").click()
    expect(problems(page)).to_have_count(0)
    # Ten classes is what the run trains: nothing is left to be applied.
    expect(page.get_by_text("Apply waits")).to_have_count(0)
    assert graph(script, run)["nodes"][-1]["layer"]["out_features"] == 10


def test_what_a_network_takes_stands_beside_what_is_granted(page: Page, script: Script) -> None:
    run = script.create("lenet5")
    edit(page, script, run, "&node=dense1")
    answer = zone(page, "Answer")
    expect(answer).to_contain_text(f"{LENET5:,} of 5,000,000 parameters")
    expect(answer).to_contain_text(re.compile(r"\d of 512\sMB granted; most while"))
    settle(page, {"out features": 50_000})
    expect(answer).to_contain_text("6,600,702 of 5,000,000 parameters")
    expect(page.get_by_text(re.compile("^Apply waits: .*at most 5,000,000"))).to_be_visible()


@pytest.mark.slow
def test_a_layer_is_frozen_and_learns_again(page: Page, script: Script) -> None:
    run = script.create("lenet5")
    edit(page, script, run, "&node=conv1")
    form = page.get_by_role("region", name=re.compile("^Chosen layer"))
    freeze = form.get_by_role("button", name="Freeze")
    freeze.click()
    expect(freeze).to_have_attribute("aria-pressed", "true")
    until(page, lambda: script.job(run)["rates"] == {"conv1": 0})
    freeze.click()
    until(page, lambda: script.job(run)["rates"] == {"conv1": 1})
    write(form.get_by_role("spinbutton", name="Factor of the learning rate of conv 1"), 0.1)
    until(page, lambda: script.job(run)["rates"] == {"conv1": 0.1})


@pytest.mark.slow
def test_a_layer_begins_otherwise_and_begins_again(page: Page, script: Script) -> None:
    run = script.create("lenet5")
    edit(page, script, run, "&node=conv1")
    form = page.get_by_role("region", name=re.compile("^Chosen layer"))
    begins = form.get_by_role("combobox", name="How the weights of conv 1 begin")
    begins.select_option("kaiming_normal")
    until(page, lambda: script.job(run)["init"].get("conv1", {}).get("kind") == "kaiming_normal")
    form.get_by_role("combobox", name="nonlinearity of how conv 1 begins").select_option("relu")
    until(page, lambda: script.job(run)["init"]["conv1"]["nonlinearity"] == "relu")
    before = script.weights(run, "conv1.weight")
    form.get_by_role("button", name="Draw again").click()
    until(page, lambda: script.weights(run, "conv1.weight") != before)
    flat = [
        one for filters in script.weights(run, "conv1.weight") for row in filters[0] for one in row
    ]
    assert (
        0.22 < statistics.pstdev(flat) < 0.35
    )  # the square root of 2 in 25; torch's own are within 0.2
    begins.select_option("as torch has it")
    until(page, lambda: script.job(run)["init"] == {})

    # A layer that is not applied yet says so too, and both go to the run as one change.
    page.get_by_role("button", name="Add a layer before output", exact=True).click()
    offers(page).filter(has=page.get_by_text("Linear", exact=True)).click()
    settle(page, {"out features": 9})
    form.get_by_role("combobox", name=re.compile("^How the weights of .* begin")).select_option(
        "constant"
    )
    write(form.get_by_role("spinbutton", name=re.compile("^val of how")), 0.25)
    expect(form.get_by_role("button", name="Draw again")).to_have_count(0)
    assert script.job(run)["init"] == {}
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: len(script.job(run)["init"]) == 1)
    ((added, how),) = script.job(run)["init"].items()
    assert (how["kind"], how["val"]) == ("constant", 0.25)
    assert {one for row in script.weights(run, f"{added}.weight") for one in row} == {0.25}
    expect(form.get_by_role("button", name="Draw again")).to_be_visible()


def test_each_layer_of_images_says_how_much_it_sees(page: Page, script: Script) -> None:
    edit(page, script, script.create("lenet5"), "&node=pool2")
    expect(stack(page).locator("li[data-row=conv2]")).to_contain_text("sees 14×14")
    expect(stack(page).locator("li[data-row=dense1]")).not_to_contain_text("sees")
    expect(page.get_by_role("region", name=re.compile("^Chosen layer"))).to_contain_text(
        "sees of 32×32 16×16"
    )


@pytest.mark.slow
def test_edits_outlive_a_change_from_elsewhere(page: Page, script: Script) -> None:
    run = script.create("lenet5")
    edit(page, script, run, "&node=dense1")
    settle(page, {"out features": 90})
    other = graph(script, run)
    other["nodes"][0]["layer"]["out_channels"] = 5
    script.http.patch(f"/runs/{run}", json={"graph": other}).raise_for_status()
    alert = page.get_by_role("alert").filter(has_text="changed from elsewhere")
    expect(alert).to_be_visible(timeout=15_000)
    alert.get_by_role("button", name="Keep my edits").click()
    expect(alert).to_be_hidden()
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: width(script, run) == 90)
    assert graph(script, run)["nodes"][0]["layer"]["out_channels"] == 6


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(browser: Browser, script: Script, theme: str) -> None:
    run = script.create("lenet5")
    # The content policy forbids strange scripts, and axe is one.
    context = browser.new_context(viewport=DESKTOP, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    edit(page, script, run, f"&node=conv2&theme={theme}")
    settle(page, {"kernel size": 3})
    name(page, "conv 2").click()
    page.get_by_role("button", name="Add a layer before pool 2", exact=True).click()
    expect(offers(page).first).to_be_visible()
    page.add_script_tag(path=AXE)
    assert page.evaluate(CONTRAST) == []
    context.close()


@pytest.mark.slow
def test_it_fits_on_a_phone(page: Page, script: Script) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    run = script.create("lenet5")
    edit(page, script, run, "&node=conv2")
    settle(page, {"out channels": 12})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: graph(script, run)["nodes"][3]["layer"]["out_channels"] == 12)


@pytest.mark.slow
def test_a_long_stack_has_fields_where_one_is(page: Page, script: Script) -> None:
    """A browser looks over every field of a page whenever one comes: rows far out of view have words instead."""
    nodes: list[dict[str, Any]] = [
        {
            "id": f"linear{number}",
            "layer": {"kind": "Linear", "out_features": 4 if number < LONG else 1},
            "inputs": [f"linear{number - 1}" if number else "x"],
        }
        for number in range(LONG + 1)
    ]
    network = script.job(script.create("mlp-circles"))["graph"] | {
        "nodes": nodes,
        "outputs": {"y": f"linear{LONG}"},
    }
    run = script.create("mlp-circles", graph=network)
    edit(page, script, run)
    name_of_last = name(page, f"linear {LONG - 1}")
    expect(name_of_last).to_be_attached(timeout=PATIENCE * 1000)
    row = stack(page).locator(f'[data-row="linear{LONG - 1}"]')
    expect(row).to_contain_text("4 units")
    expect(row.get_by_role("spinbutton")).to_have_count(0)
    name_of_last.focus()
    expect(row.get_by_role("spinbutton")).to_be_visible()
    page.keyboard.press("Tab")
    expect(row.get_by_role("spinbutton")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: graph(script, run)["nodes"][LONG - 1]["layer"]["out_features"] == 5)
