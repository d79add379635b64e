"""The debugger of backpropagation: a small network is followed number by number, cut, mended, and judged.

The oracle is plain torch with the weights that the server tells: it computes values and gradients by itself, and the
lines of algebra are worked out here, term by term, with these numbers.
"""

import math
import re
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import eye
from tests.e2e.desk import until, zone
from tests.e2e.script import Script
from tests.e2e.test_looks import AXE

pytestmark = pytest.mark.timeout(120)

INPUTS = 2
LAYERS = {"hidden1": 4, "hidden2": 2, "output": 1}
SMALLEST = {"hidden": 2, "output": 1}
"""The network of the textbooks: every number of it is seen at once."""
LETTERS = ("wbazh", "vcrsy")
"""Weights, biases, products, sums and outputs, as the page calls them: of hidden layers, and of the last."""
SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
Numbers = dict[str, float]
Layers = dict[str, int]


def network(layers: Layers) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = []
    last = "x"
    for name, units in layers.items():
        nodes.append(
            {"id": name, "layer": {"kind": "Linear", "out_features": units}, "inputs": [last]}
        )
        last = f"{name}_tanh"
        nodes.append({"id": last, "layer": {"kind": "Tanh"}, "inputs": [name]})
    inputs = {"x": {"axes": ["D"], "shape": [INPUTS]}}
    return {"version": 1, "inputs": inputs, "nodes": nodes, "outputs": {"y": last}}


@pytest.fixture
def run(script: Script) -> str:
    return script.trained("mlp-circles", 6, graph=network(LAYERS))


@pytest.fixture(scope="module")
def smallest(script: Script) -> str:
    """A run whose minibatch is all that it learns from; no test here changes it."""
    return script.trained("mlp-circles", 6, graph=network(SMALLEST), batch__policy="full")


def opened(page: Page, script: Script, run: str, query: str = "") -> None:
    page.goto(f"{script.address}/b/{run}?layout=graph{query}")
    expect(track(page)).to_be_visible()
    expect(algebra(page).get_by_role("listitem").first).to_be_visible()


def track(page: Page) -> Locator:
    return page.get_by_role("slider", name="Operation of this step")


def algebra(page: Page) -> Locator:
    return page.get_by_role("list", name="The step as lines of algebra")


def place(page: Page) -> int:
    return int(track(page).get_attribute("aria-valuenow") or -1)


def press(page: Page, key: str, to: int) -> None:
    page.keyboard.press(key)
    until(page, lambda: place(page) == to, said=f"{key} does not lead to {to}")


def number(text: str) -> float:
    """Read a number as the page prints it: `−0.4489`, `9.561·10⁻⁴`."""
    mantissa, _, power = text.strip().translate(PLAIN).partition("·10")
    return float(f"{mantissa}e{power or 0}")


def close(shown: float, true: float) -> bool:
    """Whether four printed digits are those of a number."""
    return math.isclose(shown, true, rel_tol=1e-3, abs_tol=1e-9)


class Oracle:
    """One example through plain torch: each number that has a name, and the derivative of the loss by it."""

    def __init__(self, script: Script, run: str, layers: Layers = LAYERS) -> None:
        frame = script.probe(run, "scalars")
        self.example = int(frame["example"])
        point = script.points(run)[self.example]
        self.values: Numbers = {}
        self.gradients: Numbers = {}
        self.named: dict[str, torch.Tensor] = {}
        self.parameters: list[str] = []
        h = [self._name(f"x{sub(i + 1)}", torch.tensor(point[c])) for i, c in enumerate(("x", "y"))]
        for number, layer in enumerate(layers):
            w, b, a, z, y = LETTERS[layer == "output"]
            head = f"{sub(number + 1)}," if len(layers) > 2 and layer != "output" else ""
            names = [letter + head for letter in (w, b, a, z, y)]
            h = self._layer(script, run, layer, names, h)
        target = self._name("t", torch.tensor(2.0 * point["label"] - 1))
        loss = self._name("E", 0.5 * (h[0] - target) ** 2)
        loss.backward(retain_graph=True)
        for name, tensor in self.named.items():
            self.values[name] = float(tensor.detach())
            self.gradients[name] = float(tensor.grad) if tensor.grad is not None else 0.0

    def _layer(
        self, script: Script, run: str, layer: str, names: list[str], inputs: list[torch.Tensor]
    ) -> list[torch.Tensor]:
        weight, bias = (script.weights(run, f"{layer}.{part}") for part in ("weight", "bias"))
        w, b, a, z, y = names
        outputs = []
        for i, row in enumerate(weight):
            unit = sub(i + 1) if len(weight) > 1 else ""
            products = []
            for j, (value, x) in enumerate(zip(row, inputs, strict=True)):
                learned = self._name(f"{w}{unit}{sub(j + 1)}", torch.tensor(value))
                self.parameters.append(f"{w}{unit}{sub(j + 1)}")
                products.append(self._name(f"{a}{unit}{sub(j + 1)}", learned * x))
            shift = self._name(f"{b}{unit}", torch.tensor(bias[i]))
            self.parameters.append(f"{b}{unit}")
            total = self._name(f"{z}{unit}", torch.stack(products).sum() + shift)
            outputs.append(self._name(f"{y}{unit}", total.tanh()))
        return outputs

    def _name(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        known = tensor.double().requires_grad_()
        known.retain_grad()
        self.named[name] = known
        return known

    def slope(self, of: str, by: str) -> float:
        """What a number changes by for each step of another that it is made of."""
        (found,) = torch.autograd.grad(self.named[of], self.named[by], retain_graph=True)
        return float(found)

    def worth(self, text: str) -> float:
        """Work a line's right side out, with the numbers of this oracle."""
        if text.startswith(("½(", "tanh(")):
            inner = self.worth(text.removesuffix("²")[:-1].split("(", 1)[1])
            return math.tanh(inner) if text.startswith("tanh") else 0.5 * inner**2
        for sign in (" + ", " × ", "·"):
            if sign in text:
                parts = [self.worth(part) for part in text.split(sign)]
                return sum(parts) if sign == " + " else math.prod(parts)
        text = text.strip("()")
        if " − " in text:
            left, right = text.split(" − ")
            return self.worth(left) - self.worth(right)
        if text.endswith("²"):
            return self.worth(text[:-1]) ** 2
        return self._known(text)

    def _known(self, name: str) -> float:
        if name.startswith("∂"):
            return self.gradients[name[1:]]
        return 1.0 if name == "1" else self.values[name]


def sub(index: int) -> str:
    return str(index).translate(SMALL)


def judge(line: Locator, oracle: Oracle) -> float:
    """Compare a line's printed number with what its right side is worth; and what is known with torch."""
    text = line.locator(".formula").inner_text()
    left, sign, right = re.split(r" (=|\+=) (?=[^=]*$)", text)
    shown, true = number(line.locator("b").inner_text()), oracle.worth(right)
    assert close(shown, true), f"{text} is {true}, not {shown}"
    if sign == "=" and not left.startswith("∂"):
        assert close(shown, oracle.values[left]), f"{left} is {oracle.values[left]}, not {shown}"
    return shown


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
        shown = [judge(lines.nth(i), oracle) for i in range(lines.count())]
        up, local, down = (
            number(text) for text in zone(page, "Lens").locator(".chain .number").all_inner_texts()
        )
        if at > functions:
            assert close(up * local, down)
            assert any(close(down, each) for each in shown), "the card shows another link"
        else:
            assert close(down, shown[0])
        for i in range(lines.count() if at > functions else 0):
            left = re.split(r" \+?= (?=[^=]*$)", lines.nth(i).locator(".formula").inner_text())[0]
            for name in left.split(" = "):
                parts[name[1:]] = parts.get(name[1:], 0.0) + shown[i]

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


BOXES = """() => [...document.querySelectorAll('[data-box]')].map(box => ({
    name: box.ariaLabel.split(/[,:]/)[0],
    value: box.querySelector('.above .number')?.textContent ?? '',
    gradient: box.querySelector('.below .number')?.textContent ?? '',
}))"""
EDGE = re.compile(r"From (\S+) to (\S+), value (\S+?)(?:, slope (\S+), back comes (\S+))?")


def test_all_numbers_on_the_canvas_are_those_of_torch(
    page: Page, script: Script, smallest: str
) -> None:
    oracle = Oracle(script, smallest, SMALLEST)
    opened(page, script, smallest)
    # A network as small as this opens with all its numbers in sight.
    expect(page.locator("[data-box]")).to_have_count(len(oracle.named))
    expect(page.locator("[data-box] .below .number")).to_have_count(len(oracle.named) - 1)
    boxes = page.evaluate(BOXES)
    assert {box["name"] for box in boxes} == set(oracle.named)
    for box in boxes:
        name = box["name"]
        assert close(number(box["value"]), oracle.values[name]), box
        if name == "t":
            assert box["gradient"] == ""
        else:
            assert close(number(box["gradient"]), oracle.gradients[name]), box

    # Every edge is told to those who do not see it.
    drawing = page.get_by_role("group", name="The network number by number")
    edges = re.findall(r'button "(From [^"]*)"', drawing.aria_snapshot())
    document = script.get(f"/runs/{smallest}/graph/scalars")
    assert len(edges) == len(set(edges)) == len(document["edges"])
    for edge in edges:
        known = EDGE.fullmatch(edge)
        assert known is not None, edge
        source, to, value, slope, back = known.groups()
        assert close(number(value), oracle.values[source]), edge
        if source == "t":
            assert back is None
            continue
        local = oracle.slope(to, source)
        assert close(number(slope), local), edge
        assert close(number(back), oracle.gradients[to] * local), edge

    # What is written beside an edge that is chosen: upstream times local is downstream.
    page.locator('[data-edge="hidden[1]>hidden_tanh[1]"]').dispatch_event("click")
    product = page.locator(".products .chosen text")
    up, local, down = (number(part) for part in re.split(r" [×=≈] ", product.text_content() or ""))
    assert close(up, oracle.gradients["h₂"])
    assert close(local, oracle.slope("h₂", "z₂"))
    assert close(down, oracle.gradients["z₂"])


def test_tensors_on_the_canvas_are_those_of_torch(
    page: Page, script: Script, smallest: str
) -> None:
    held = script.numbers(smallest, "data", "held_out")
    points = [
        point for point, out in zip(script.points(smallest).values(), held, strict=True) if not out
    ]
    known: dict[str, torch.Tensor] = {}
    last = torch.tensor([[point["x"], point["y"]] for point in points])
    for layer in SMALLEST:
        weight, bias = (
            torch.tensor(script.weights(smallest, f"{layer}.{part}")) for part in ("weight", "bias")
        )
        known[layer] = (last @ weight.T + bias).requires_grad_()
        last = known[f"{layer}_tanh"] = known[layer].tanh()
    target = torch.tensor([[2.0 * point["label"] - 1] for point in points])
    for tensor in known.values():
        tensor.retain_grad()
    (0.5 * (last - target).square().mean()).backward()

    opened(page, script, smallest)
    page.get_by_role("button", name="Tensors", exact=True).click()
    cables = {"hidden": "hidden_tanh", "hidden_tanh": "output", "output": "output_tanh"}
    for source, to in cables.items():
        tensor = known[source]
        assert tensor.grad is not None
        size, slope = (
            float(each.detach().square().mean().sqrt()) for each in (tensor, tensor.grad)
        )
        shape = "×".join(str(count) for count in tensor.shape)
        words = page.locator(f'[data-cable="{source}|{to}"] text')
        expect(words).to_have_count(3)
        seen = words.all_text_contents()
        assert seen[0] == shape
        assert close(number(seen[1].removeprefix("rms ")), size), source
        assert close(number(seen[2].removeprefix("∂ ")), slope), source
        # The same is said of the card that the cable leaves.
        card = page.locator(f'[data-face="{source}"]')
        told = page.locator(f"id={card.get_attribute('aria-describedby')}").inner_text()
        rest = re.fullmatch(rf"To (.+), {shape} rms (\S+), gradient (?:rms )?(\S+)", told)
        assert rest is not None, told
        assert close(number(rest[2]), size)
        assert close(number(rest[3]), slope)

    # Inside a layer stand the functions by their signs; torch's own names are under the pointer.
    page.locator('[data-face="hidden"]').dblclick()
    function = page.locator("[data-face]").filter(has_text="W·x+b").first
    expect(function).to_have_attribute("title", re.compile(r"dense layer, aten\.addmm\.default"))


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


def test_the_map_covers_no_card_unless_it_is_wanted(page: Page, script: Script) -> None:
    layers = {f"hidden{i}": 6 for i in range(7)} | {"output": 1}
    run = script.create("mlp-circles", graph=network(layers))
    for width, height in ((1440, 900), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{script.address}/b/{run}?layout=graph")
        expect(page.locator("[data-face]").first).to_be_attached()
        until(page, lambda: int(page.evaluate(TIDIED)) > 0)
        assert page.evaluate(COVERED) == []
    # Shown by hand it stays, whatever is under it.
    page.get_by_role("button", name="The graph", exact=True).click()
    page.get_by_role("button", name="Map in the corner").click()
    expect(page.get_by_role("img", name="Map of the whole network")).to_be_visible()
    assert page.evaluate(COVERED) != []


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
