"""The module that a graph becomes: names, initial weights, taps, and almost no overhead."""

import copy
import time
import timeit
from typing import Literal

import pytest
import torch
from torch import nn

from neurarium_models.graph import Graph, Node
from neurarium_models.inspect import inspect
from neurarium_models.layer import Outputs, Weightless
from neurarium_models.network import GraphError, Network, build_network
from neurarium_models.preset import PRESETS
from neurarium_models.tensor import TensorSpec, features
from tests.models.samples import block, graph, node

CIRCLES = PRESETS["mlp-circles"].graph
INNER = [node("linear", "Linear", "x", out_features=4), node("tanh", "Tanh", "linear")]
DEEP = graph(
    [
        node("first", "Linear", "x", out_features=4),
        block("blocks", INNER, inputs={"x": "first"}, outputs={"x": "tanh"}, repeat=3),
        block("group", INNER, inputs={"x": "blocks"}, outputs={"x": "tanh", "raw": "linear"}),
        node("sum", "Add", "group:raw", "first"),
    ],
    outputs={"y": "sum", "z": "group"},
)


def test_parameters_are_called_by_path() -> None:
    assert list(build_network(DEEP).state_dict()) == [
        f"{path}.{name}"
        for path in (
            "first",
            "blocks.0.linear",
            "blocks.1.linear",
            "blocks.2.linear",
            "group.linear",
        )
        for name in ("weight", "bias")
    ]


def test_broken_graphs_are_not_built() -> None:
    with pytest.raises(
        GraphError, match="wide: This is to be fed by `y`, but there is none"
    ) as caught:
        build_network(graph([node("wide", "Linear", "y")]))
    assert [problem.node for problem in caught.value.problems] == ["wide"]


def test_the_same_seed_gives_the_same_weights_and_disturbs_nobody() -> None:
    torch.manual_seed(123)
    expected = torch.rand(1)
    torch.manual_seed(123)
    one, same, other = (
        build_network(DEEP, seed=1),
        build_network(DEEP, seed=1),
        build_network(DEEP, seed=2),
    )
    assert torch.equal(torch.rand(1), expected)
    for name, parameter in one.named_parameters():
        assert torch.equal(parameter, same.get_parameter(name))
        assert not torch.equal(parameter, other.get_parameter(name))
    equal_layers = (
        one.get_parameter("blocks.0.linear.weight"),
        one.get_parameter("blocks.1.linear.weight"),
    )
    assert not torch.equal(*equal_layers)


def test_changing_one_layer_leaves_the_others_as_they_begin() -> None:
    document = CIRCLES.model_dump()
    document["nodes"][2]["layer"]["out_features"] = 7
    document["nodes"].insert(0, node("extra", "Linear", "x", out_features=2))
    before, after = (
        build_network(CIRCLES, seed=3),
        build_network(Graph.model_validate(document), seed=3),
    )
    assert torch.equal(
        before.get_parameter("hidden1.weight"), after.get_parameter("hidden1.weight")
    )


def test_initial_weights_are_spread_as_in_torch() -> None:
    network = build_network(
        graph([node("wide", "Linear", "x", out_features=2000)], x=(100,)), seed=5
    )
    weight, plain = network.get_parameter("wide.weight"), nn.Linear(100, 2000).weight
    assert weight.abs().max().item() == pytest.approx(0.1, rel=0.01)
    assert weight.std().item() == pytest.approx(plain.std().item(), rel=0.02)


def test_taps_show_values_on_the_way() -> None:
    network = build_network(DEEP, seed=1)
    x = torch.randn(5, 2)
    paths = [
        "x",
        "first",
        "blocks.1.tanh",
        "blocks.1",
        "blocks",
        "group:raw",
        "group.linear",
        "group",
    ]
    outputs, seen = network.tapped({"x": x}, paths)
    first = network.get_submodule("first")(x)
    assert torch.equal(seen["x"], x)
    assert torch.equal(seen["first"], first)
    hidden = first
    for number in range(3):
        hidden = network.get_submodule(f"blocks.{number}.linear")(hidden).tanh()
        if number == 1:
            assert torch.equal(seen["blocks.1"], hidden)
    assert torch.equal(seen["blocks.1"], seen["blocks.1.tanh"])
    assert torch.equal(seen["blocks"], hidden)
    assert torch.equal(seen["group:raw"], seen["group.linear"])
    assert torch.equal(seen["group"], outputs["z"])
    assert torch.equal(outputs["y"], seen["group:raw"] + first)
    plain = network({"x": x})
    assert all(torch.equal(outputs[name], plain[name]) for name in ("y", "z"))
    with pytest.raises(KeyError):
        network.tapped({"x": x}, ["blocks.7"])


def test_taps_take_part_in_gradients() -> None:
    network = build_network(CIRCLES, seed=1)
    outputs, seen = network.tapped({"x": torch.randn(4, 2)}, ["hidden2"])
    (gradient,) = torch.autograd.grad(outputs["y"].sum(), seen["hidden2"])
    assert gradient.shape == (4, 4)
    assert gradient.abs().sum() > 0


def test_what_nothing_needs_is_computed_only_when_looked_at() -> None:
    network = build_network(graph([node("idle", "Linear", "x"), node("out", "Linear", "x")]))
    seen: list[str] = []
    for name in ("idle", "out"):
        network.get_submodule(name).register_forward_hook(lambda *_, name=name: seen.append(name))
    network({"x": torch.zeros(1, 2)})
    assert seen == ["out"]
    network.tapped({"x": torch.zeros(1, 2)}, ["idle"])
    assert sorted(seen[1:]) == ["idle", "out"]


def test_values_are_freed_once_nobody_needs_them() -> None:
    chain = [node(f"n{i}", "ReLU", f"n{i - 1}" if i else "x") for i in range(50)]
    assert build_network(graph(chain))._plan.size == 2


def test_a_copy_has_weights_of_its_own() -> None:
    network = build_network(CIRCLES, seed=1)
    twin = copy.deepcopy(network)
    x = {"x": torch.randn(4, 2)}
    before = network(x)["y"].clone()
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert torch.equal(network(x)["y"], before)
    assert not twin(x)["y"].any()


def test_replicas_run_as_one_batched_program() -> None:
    network = build_network(CIRCLES)
    states = [dict(build_network(CIRCLES, seed=seed).named_parameters()) for seed in range(3)]
    stacked = {name: torch.stack([state[name] for state in states]) for name in states[0]}
    x = torch.randn(6, 2)

    def run(parameters: dict[str, torch.Tensor]) -> torch.Tensor:
        outputs: dict[str, torch.Tensor] = torch.func.functional_call(
            network, parameters, ({"x": x},)
        )
        return outputs["y"]

    together = torch.vmap(run)(stacked)
    for seed in range(3):
        torch.testing.assert_close(together[seed], build_network(CIRCLES, seed=seed)({"x": x})["y"])


class Halves(Weightless):
    """Cuts a vector into two: a layer with several outputs, which has no place on the shelf."""

    kind: Literal["Halves"] = "Halves"

    def outputs(self, x: TensorSpec) -> Outputs:
        half = x.shape[-1] // 2
        return {"left": features(half), "right": features(x.shape[-1] - half)}

    def build(self, x: TensorSpec) -> nn.Module:
        class Cut(nn.Module):
            def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
                half = x.shape[-1] // 2
                return x[..., :half], x[..., half:]

        return Cut()


def test_a_layer_may_have_several_outputs() -> None:
    halves = Node.model_construct(id="halves", layer=Halves(), inputs=["x"])
    rest = graph([node("sum", "Linear", "x")], x=(5,))
    both = rest.model_copy(
        update={
            "nodes": [halves, *rest.nodes],
            "outputs": {"y": "halves", "z": "halves:right", "s": "sum"},
        }
    )
    network = build_network(both)
    x = torch.randn(2, 5)
    outputs, seen = network.tapped({"x": x}, ["halves", "halves:left", "halves:right"])
    assert torch.equal(outputs["y"], x[:, :2])
    assert torch.equal(outputs["z"], x[:, 2:])
    assert torch.equal(seen["halves"], x[:, :2])
    assert torch.equal(seen["halves:right"], x[:, 2:])
    specs = {name: str(spec) for name, spec in inspect(both).outputs.items()}
    assert specs == {"y": "2", "z": "3", "s": "4"}


def plain_twin(network: Network) -> nn.Sequential:
    return nn.Sequential(*(network.get_submodule(place.path) for place in network.places))


def test_costs_hardly_more_than_a_plain_sequence_of_the_same_modules() -> None:
    network = build_network(CIRCLES)
    plain = plain_twin(network)
    inputs = {"x": torch.randn(16, 2)}
    ours, theirs = [], []
    for _ in range(41):  # the quickest of many: other programs may hold the machine
        ours.append(timeit.timeit(lambda: network(inputs), time.process_time, number=50))
        theirs.append(timeit.timeit(lambda: plain(inputs["x"]), time.process_time, number=50))
    assert min(ours) / min(theirs) < 1.25


@pytest.mark.gpu
def test_on_a_card_it_begins_with_the_same_weights_and_computes_the_same() -> None:
    tied = DEEP.model_copy(update={"tied": [["blocks.0.linear.weight", "blocks.2.linear.weight"]]})
    here, there = build_network(tied, seed=1), build_network(tied, seed=1, device="cuda")
    owner, other = (there.get_parameter(f"blocks.{number}.linear.weight") for number in (0, 2))
    assert owner is other
    for name, parameter in here.named_parameters():
        assert torch.equal(parameter, there.get_parameter(name).cpu())
    x = torch.randn(5, 2)
    torch.testing.assert_close(there({"x": x.cuda()})["y"].cpu(), here({"x": x})["y"])
