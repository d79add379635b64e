"""The debugger of backpropagation: a small network is followed number by number, cut, mended, and judged.

The oracle is plain torch with the weights that the server tells: it computes values and gradients by itself, and the
lines of algebra are worked out here, term by term, with these numbers.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import eye
from tests.e2e.desk import until, zone
from tests.e2e.script import Script
from tests.e2e.test_looks import AXE
from tests.e2e.textbook import LAYERS, Oracle, close, network, number
from tests.e2e.walk import algebra, opened, place, press

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def run(script: Script) -> str:
    return script.trained("mlp-circles", 6, graph=network(LAYERS))


def judge(text: str, printed: str, oracle: Oracle) -> float:
    """Compare a line's printed number with what its right side is worth; and what is known with torch."""
    left, sign, right = re.split(r" (=|\+=) (?=[^=]*$)", text)
    shown, true = number(printed), oracle.worth(right)
    assert close(shown, true), f"{text} is {true}, not {shown}"
    if sign == "=" and not left.startswith("∂"):
        assert close(shown, oracle.values[left]), f"{left} is {oracle.values[left]}, not {shown}"
    return shown


@pytest.mark.slow
def test_one_example_forward_and_back_by_keyboard(page: Page, script: Script, run: str) -> None:
    oracle = Oracle(script, run)
    lr = script.job(run)["optimizer"]["lr"]
    opened(page, script, run)
    steps = algebra(page).get_by_role("listitem")
    functions = steps.count() // 2
    parts: dict[str, float] = {}

    for at in range(1, 2 * functions + 1):
        press(page, ".", at)
        active = steps.nth(at - 1)
        expect(active).to_have_attribute("aria-current", "step")
        lines = active.get_by_role("button", include_hidden=True)
        formulas = lines.locator(".formula").all_inner_texts()
        numbers = lines.locator("b").all_inner_texts()
        assert len(formulas) == len(numbers) == lines.count() > 0
        shown = [judge(*line, oracle) for line in zip(formulas, numbers, strict=True)]
        up, local, down = (
            number(text) for text in zone(page, "Lens").locator(".chain .number").all_inner_texts()
        )
        if at > functions:
            assert close(up * local, down)
            assert any(close(down, each) for each in shown), "the card shows another link"
        else:
            assert close(down, shown[0])
        for formula, part in zip(formulas, shown, strict=True) if at > functions else ():
            left = re.split(r" \+?= (?=[^=]*$)", formula)[0]
            for name in left.split(" = "):
                parts[name[1:]] = parts.get(name[1:], 0.0) + part

    # Parts that came over several ways have added up to what autograd says of every number.
    for name in [*oracle.parameters, "x₁", "x₂"]:
        assert close(parts[name], oracle.gradients[name]) or abs(oracle.gradients[name]) < 1e-4, (
            name
        )
    rows = page.get_by_role("region", name="Update of the weights").locator("tbody tr")
    assert rows.count() == len(oracle.parameters)
    for row in rows.all():
        name, now, change, later = row.locator("th, td").all_inner_texts()
        moved = -lr * oracle.gradients[name]
        assert close(number(now), oracle.values[name])
        assert close(number(change.replace("+", "")), moved), name
        assert close(number(later), oracle.values[name] + moved)

    # The end of the walk is the step itself.
    page.keyboard.press(".")
    until(page, lambda: script.run(run)["step"] == 7)
    until(page, lambda: place(page) == 0)


OUTSIDE = """() => {
    const place = document.querySelector('[data-sheet]').closest('[role=group]');
    const room = place.getBoundingClientRect();
    return [...document.querySelectorAll('[data-box]')].filter(box => {
        const { left, right, top, bottom } = box.getBoundingClientRect();
        return left < room.left || right > room.right || top < room.top || bottom > room.bottom;
    }).map(box => box.ariaLabel);
}"""
TIDIED = "performance.getEntriesByName('backprop-tidied').length"
COVERED = """() => {
    const shown = document.querySelector('[aria-label="Map of the whole network"]');
    const map = shown?.getBoundingClientRect();
    return [...document.querySelectorAll('[data-face]')].filter(card => {
        const { left, right, top, bottom } = card.getBoundingClientRect();
        return map && left < map.right && right > map.left && top < map.bottom && bottom > map.top;
    }).map(card => card.ariaLabel);
}"""


def test_all_is_in_sight_and_little_asks_to_be_pressed(
    page: Page, script: Script, run: str
) -> None:
    opened(page, script, run)
    expect(page.locator("[data-box]").first).to_be_visible()
    controls = page.evaluate(eye.CONTROLS)
    assert len(controls) <= 32, controls
    page.set_viewport_size({"width": 1280, "height": 720})
    until(page, lambda: page.evaluate(OUTSIDE) == [])


@pytest.mark.slow
def test_the_map_covers_no_card_unless_it_is_wanted(page: Page, script: Script) -> None:
    layers = {f"hidden{i}": 6 for i in range(7)} | {"output": 1}
    run = script.create("mlp-circles", graph=network(layers))
    for width, height in ((1440, 900), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{script.address}/b/{run}?layout=graph")
        page.locator("[data-face]").first.wait_for(state="attached")
        until(page, lambda: int(page.evaluate(TIDIED)) > 0)
        assert page.evaluate(COVERED) == []
    # Shown by hand it stays, whatever is under it.
    page.get_by_role("button", name="The graph", exact=True).click()
    page.get_by_role("button", name="Map in the corner").click()
    expect(page.get_by_role("img", name="Map of the whole network")).to_be_visible()
    assert page.evaluate(COVERED) != []


@pytest.mark.slow
def test_a_pass_pauses_before_a_breakpoint_and_strides_go_back(
    page: Page, script: Script, run: str
) -> None:
    opened(page, script, run, "&op=hidden2[0]")
    page.keyboard.press("b")
    lens = zone(page, "Lens")
    expect(lens.get_by_role("button", name="Breakpoint")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+Period")
    until(page, lambda: place(page) > 0)
    paused = place(page)
    press(page, ".", paused + 1)
    active = algebra(page).locator("[aria-current=step]")
    expect(active).to_contain_text("z₂,₁")
    half = algebra(page).get_by_role("listitem").count() // 2
    press(page, "Alt+Period", half)
    press(page, "Shift+Comma", half - 1)
    press(page, "Alt+Comma", 0)


@pytest.mark.slow
def test_what_is_cut_learns_nothing_until_it_is_joined(
    page: Page, script: Script, run: str
) -> None:
    def row() -> Any:
        return script.weights(run, "hidden2.weight")

    def train() -> None:
        step = int(script.run(run)["step"])
        script.post(f"/runs/{run}/step", {"count": 3})
        script.until(lambda: script.stands(run, step + 3))

    opened(page, script, run, "&op=hidden2[0]>hidden2_tanh[0]")
    before = row()
    train()
    assert row()[0] != before[0], "nothing moves even where nothing is cut"

    page.keyboard.press("x")
    until(page, lambda: len(script.job(run)["tampering"]) == 1)
    expect(zone(page, "Lens")).to_contain_text("cut")
    cut = row()
    train()
    after = row()
    assert after[0] == cut[0]
    assert after[1] != cut[1]

    page.get_by_role("button", name="Undo").click()
    until(page, lambda: script.job(run)["tampering"] == [])
    train()
    assert row()[0] != after[0]


@pytest.mark.slow
def test_a_wrong_backward_is_caught_by_the_referee(page: Page, script: Script, run: str) -> None:
    opened(page, script, run, "&op=hidden1_tanh[0]")
    lens = zone(page, "Lens")
    lens.get_by_role("button", name="Check all").click()
    expect(lens.get_by_text("All 25 gradients agree")).to_be_visible(timeout=20_000)

    lens.get_by_role("tab", name="Two functions").click()
    lens.get_by_role("radio", name="forgotten derivative").check()
    until(page, lambda: len(script.job(run)["tampering"]) == 1)
    lens.get_by_role("tab", name="Chain rule").click()
    expect(lens.get_by_text("All 25 gradients agree")).to_be_hidden()
    lens.get_by_role("button", name="Check all").click()
    expect(lens.get_by_text("of 25 gradients are wrong")).to_be_visible(timeout=20_000)


@pytest.mark.slow
def test_the_debugger_is_legible_and_has_names_for_all(
    browser: Browser, script: Script, run: str
) -> None:
    # The content policy forbids strange scripts, and axe is one.
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        opened(page, script, run)
        press(page, ".", 1)
        assert page.evaluate(eye.SMALL_TEXTS, 11) == []
        page.add_script_tag(path=AXE)
        for _ in ("light", "dark"):
            assert page.evaluate(eye.CONTRAST) == []
            page.keyboard.press("d")
