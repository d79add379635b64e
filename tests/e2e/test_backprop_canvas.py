"""What stands on the canvas of the graph: every value, slope and gradient is that of plain torch."""

import re

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.e2e.desk import zone
from tests.e2e.script import Script
from tests.e2e.textbook import SMALLEST, Oracle, close, network, number
from tests.e2e.walk import opened

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def smallest(script: Script) -> str:
    """A run whose minibatch is all that it learns from; no test here changes it."""
    return script.trained("mlp-circles", 6, graph=network(SMALLEST), batch__policy="full")


BOXES = """() => [...document.querySelectorAll('[data-box]')].map(box => ({
    name: box.ariaLabel.split(/[,:]/)[0],
    value: box.querySelector('.above .number')?.textContent ?? '',
    gradient: box.querySelector('.below .number')?.textContent ?? '',
}))"""
EDGE = re.compile(r"From (\S+) to (\S+), value (\S+?)(?:, slope (\S+), back comes (\S+))?")


@pytest.mark.slow
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

    # A number is chosen by pointer.
    page.locator("[data-box]").filter(has_text="h₂").first.click()
    expect(zone(page, "Lens").get_by_text("h₂").first).to_be_visible()

    # What is written beside an edge that is chosen: upstream times local is downstream.
    page.locator('[data-edge="hidden[1]>hidden_tanh[1]"]').dispatch_event("click")
    product = page.locator(".products .chosen text")
    up, local, down = (number(part) for part in re.split(r" [×=≈] ", product.text_content() or ""))
    assert close(up, oracle.gradients["h₂"])
    assert close(local, oracle.slope("h₂", "z₂"))
    assert close(down, oracle.gradients["z₂"])


@pytest.mark.slow
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
