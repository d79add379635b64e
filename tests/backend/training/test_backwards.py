"""One contract for the shelf of wrong backwards: answers stay right to the bit, gradients do not."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

from neurarium.training.backward import Backward, Call, Sent
from neurarium.training.backwards import BACKWARDS
from neurarium.training.gate import Tampered, tamper, untampered
from neurarium.training.tamper import WrongBackward
from neurarium.training.tampering import Grip, TamperError, find_grips
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network

EXAMPLES = 7
SEQUENCE = {"axes": ["T", "D"], "shape": [5, 4]}
IMAGE = {"axes": ["C", "H", "W"], "shape": [2, 6, 6]}


def node(name: str, kind: str, *inputs: str, **settings: Any) -> dict[str, Any]:
    return {"id": name, "layer": {"kind": kind, **settings}, "inputs": list(inputs)}


MIDDLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Linear": (SEQUENCE, node("middle", "Linear", "before", out_features=4)),
    "Tanh": (SEQUENCE, node("middle", "Tanh", "before")),
    "Sigmoid": (SEQUENCE, node("middle", "Sigmoid", "before")),
    "ReLU": (SEQUENCE, node("middle", "ReLU", "before")),
    "GELU": (SEQUENCE, node("middle", "GELU", "before")),
    "Softmax": (SEQUENCE, node("middle", "Softmax", "before")),
    "LayerNorm": (SEQUENCE, node("middle", "LayerNorm", "before")),
    "MultiheadAttention": (
        SEQUENCE, node("middle", "MultiheadAttention", "before", "before", "before", num_heads=2),
    ),
    "BatchNorm1d": ({"axes": ["D"], "shape": [4]}, node("middle", "BatchNorm1d", "before")),
    "BatchNorm2d": (IMAGE, node("middle", "BatchNorm2d", "before")),
    "Conv2d": (IMAGE, node("middle", "Conv2d", "before", out_channels=3, kernel_size=3, padding=1)),
    "MaxPool2d": (IMAGE, node("middle", "MaxPool2d", "before", kernel_size=2)),
    "AvgPool2d": (IMAGE, node("middle", "AvgPool2d", "before", kernel_size=2)),
}  # fmt: skip
"""For every kind of layer that something can be wrong with: what comes in, and the layer behind another one."""
EVERY = [(kind, name) for name, each in BACKWARDS.items() for kind in each.layers]


def a_graph(kind: str) -> Graph:
    """A layer of this kind in the middle of a network."""
    given, middle = MIDDLE[kind]
    before = node("before", "Linear", "x", out_features=given["shape"][-1])
    if given["axes"] == IMAGE["axes"]:
        before = node("before", "Conv2d", "x", out_channels=4, kernel_size=3)
    after = [node("flat", "Flatten", "middle"), node("after", "Linear", "flat", out_features=3)]
    nodes = [before, middle, *after]
    return Graph.model_validate({"inputs": {"x": given}, "nodes": nodes, "outputs": {"y": "after"}})


@cache
def a_network(kind: str) -> tuple[Network, Tensor, Tensor]:
    """It, with random examples and what is to be learned of them, in float64."""
    network = build_network(a_graph(kind), 0).double()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.3 * torch.randn(value.shape, generator=generator, dtype=value.dtype))
    shape = network.graph.inputs["x"].shape
    x = torch.randn(EXAMPLES, *shape, generator=generator, dtype=torch.float64)
    return network, x, torch.randn(EXAMPLES, 3, generator=generator, dtype=torch.float64)


def loss(network: Network, x: Tensor, target: Tensor) -> Tensor:
    wrong: Tensor = (network({"x": x})["y"] - target).square().mean()
    return wrong


def gradients(network: Network, x: Tensor, target: Tensor) -> dict[str, Tensor]:
    found = torch.autograd.grad(loss(network, x, target), list(network.parameters()))
    return dict(zip((name for name, _ in network.named_parameters()), found, strict=True))


def farthest(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The greatest difference beside the greatest gradient."""
    scale = max(float(value.abs().max()) for value in one.values())
    return max(float((one[name] - other[name]).abs().max()) for name in one) / scale


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    for kind in MIDDLE:
        a_network(kind)[0].rewire({})


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_answers_stay_to_the_bit_and_gradients_do_not(kind: str, name: str) -> None:
    network, x, target = a_network(kind)
    honest, true = network({"x": x})["y"], gradients(network, x, target)
    tamper(network, [WrongBackward(node="middle", backward=name)])
    assert torch.equal(network({"x": x})["y"], honest)
    assert torch.equal(network.tapped({"x": x}, ["middle"])[0]["y"], honest)
    wrong = gradients(network, x, target)
    assert farthest(true, wrong) > 1e-3
    assert torch.equal(
        wrong["after.weight"], true["after.weight"]
    )  # what lies behind hears nothing of it
    with untampered(network):
        assert farthest(true, gradients(network, x, target)) == 0
    tamper(network, [])
    assert farthest(true, gradients(network, x, target)) == 0


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_the_right_backward_of_each_family_is_autograds(kind: str, name: str) -> None:
    """Without the mistake there is none: so it is the mistake that is seen above."""
    network, x, target = a_network(kind)
    true = gradients(network, x, target)

    class Right(type(BACKWARDS[name].model_validate({}))):  # type: ignore[misc]
        def back(self, call: Call) -> Sent:
            sent: Sent = self.right(call)
            return sent

    place = next(place for place in network.places if place.path == "middle")
    grip = Grip(place, backward=Right())
    network.rewire({"middle": Tampered(network.get_submodule("middle"), grip)})
    assert farthest(true, gradients(network, x, target)) < 1e-12


@pytest.mark.parametrize("name", BACKWARDS)
def test_it_is_explained(name: str) -> None:
    entry = BACKWARDS[name].model_validate({})
    assert isinstance(entry, Backward)
    assert (entry.__doc__ or "").strip().split("\n")[0].endswith(".")
    assert entry.title
    assert entry.formula != entry.mistake
    assert set(entry.layers) <= set(MIDDLE)


def test_each_kind_of_layer_has_two_at_least() -> None:
    for kind in MIDDLE:
        assert sum(kind in each.layers for each in BACKWARDS.values()) >= 2, kind


@pytest.mark.parametrize(
    ("name", "layer", "says"),
    [
        ("LinearTransposed", node("middle", "Linear", "x", out_features=3), "matrix is 3×4"),
        ("ConvUnturned", node("middle", "Conv2d", "x", out_channels=3, kernel_size=1), "1×1"),
        ("ConvOnePlace", node("middle", "Conv2d", "x", out_channels=3, kernel_size=6), "one place"),
        ("MaxPoolShared", node("middle", "MaxPool2d", "x", kernel_size=1), "one number each"),
        ("AttentionUnscaled", node("middle", "MultiheadAttention", "x", "x", "x", num_heads=4), "root of 1"),
    ],
)  # fmt: skip
def test_where_it_makes_no_difference_it_is_refused(
    name: str, layer: dict[str, Any], says: str
) -> None:
    given = IMAGE if "2d" in layer["layer"]["kind"] else SEQUENCE
    graph = {"inputs": {"x": given}, "nodes": [layer], "outputs": {"y": "middle"}}
    with pytest.raises(TamperError, match=says) as refusal:
        find_grips(Graph.model_validate(graph), [WrongBackward(node="middle", backward=name)])
    assert refusal.value.node == "middle"
