"""A network that is edited in the middle of a run answers as before where mathematics allows it, and forgets nothing
that fits.
"""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurarium.training import surgery
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network
from tests.backend.training.edits import (
    Document,
    beside,
    convolved,
    deep,
    difference,
    enlarged,
    inserted,
    learned,
    node,
    operated,
    pooled,
    residual,
)
from tests.backend.training.jobs import activation, graph, linear, mlp

WIDENED = {
    "through norm, activation and dropout": (deep(5), deep(9)),
    "more than twice": (deep(3), deep(11)),
    "two layers at once": (deep(5, 4), deep(7, 9)),
    "side by side, and the same thing twice": (beside(3, 4), beside(5, 6)),
    "channels": (convolved(3, 4), convolved(7, 4)),
    "through Flatten": (convolved(3, 4), convolved(3, 6)),
    "channels, maps and units": (convolved(3, 4, 5), convolved(8, 9, 11)),
    "filters of one channel each": (pooled(4), pooled(6)),
    "transposed convolutions": (enlarged(3, 4), enlarged(5, 7)),
    "all of a residual way, every unit twice": (residual(4), residual(8)),
}


@pytest.mark.parametrize(("before", "after"), WIDENED.values(), ids=WIDENED)
def test_a_wider_network_answers_the_same(before: Document, after: Document) -> None:
    old = learned(before)
    new, done = operated(old, after)
    assert difference(old, new) < 1e-6
    assert set(done.fates.values()) <= {"kept", "widened"}
    assert "widened" in done.fates.values()


def test_without_parts_a_wider_network_answers_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(surgery, "_parts", lambda *_: None)
    for before, after in WIDENED.values():
        old = learned(before)
        assert difference(old, operated(old, after)[0]) > 1e-2


def test_copies_are_those_of_the_textbook() -> None:
    """Net2WiderNet by hand: unit 3 is a copy of unit 0, unit 4 of unit 1, and what reads both adds up to the old."""
    old = learned(mlp(kind="Tanh"))
    new, _ = operated(old, graph(linear("hidden", 7, "x"), *mlp()["nodes"][1:]))
    first, last = old.get_submodule("hidden"), old.get_submodule("output")
    wide, read = new.get_submodule("hidden"), new.get_submodule("output")
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    assert isinstance(wide, nn.Linear)
    assert isinstance(read, nn.Linear)
    assert torch.equal(wide.weight, first.weight[[0, 1, 2, 3, 4, 0, 1]])
    assert torch.equal(wide.bias, first.bias[[0, 1, 2, 3, 4, 0, 1]])
    assert torch.equal(read.weight[:, 2:5], last.weight[:, 2:5])
    whole = read.weight[:, :2] + read.weight[:, 5:]
    assert torch.allclose(whole, last.weight[:, :2], rtol=1e-12, atol=0)
    share = (read.weight[:, 5:] / last.weight[:, :2]).flatten()
    assert bool(((share > 0.2) & (share < 0.8)).all())
    x = torch.linspace(-2, 2, 10, dtype=torch.float64).reshape(5, 2)
    plain = functional.linear(torch.tanh(first(x)), last.weight, last.bias)
    assert torch.allclose(new({"x": x})["y"], plain, rtol=1e-9)


def test_the_units_that_are_read_most_stay() -> None:
    old = learned(deep(6))
    with torch.no_grad():
        old.get_parameter("two.weight")[:, [0, 3]] /= 100
    new, done = operated(old, deep(4))
    kept = [1, 2, 4, 5]
    for name in ("one.weight", "one.bias", "norm.weight", "norm.bias", "norm.running_mean"):
        assert torch.equal(new.state_dict()[name], old.state_dict()[name][kept]), name
    assert torch.equal(new.get_parameter("two.weight"), old.get_parameter("two.weight")[:, kept])
    assert difference(old, new) < 0.05
    assert done.fates["one.weight"] == done.fates["two.weight"] == "cut"
    assert done.fates["output.weight"] == "kept"


def test_channels_go_with_their_blocks_of_a_flattened_image() -> None:
    old = learned(convolved(3, 4))
    with torch.no_grad():
        columns = old.get_parameter("dense.weight").view(5, 4, 2, 2)
        columns[:, [0, 2]] = 0
    assert difference(old, operated(old, convolved(3, 2))[0]) < 1e-12


def test_units_that_meet_are_cut_alike() -> None:
    old = learned(residual(6))
    with torch.no_grad():
        old.get_parameter("inner.weight")[:, [1, 2]] = 0
        old.get_parameter("output.weight")[:, [1, 2]] = 0
    new, _ = operated(old, residual(4))
    kept = [0, 3, 4, 5]
    assert torch.equal(new.get_parameter("enter.weight"), old.get_parameter("enter.weight")[kept])
    inner = old.get_parameter("inner.weight")[kept][:, kept]
    assert torch.equal(new.get_parameter("inner.weight"), inner)


INSERTED = {
    "a square layer": inserted("bend", [linear("mid", 5, "bend")], deep(5)),
    "a square layer and a ReLU behind a ReLU": inserted(
        "bend", [linear("mid", 5, "bend"), node("b", "ReLU", "mid")], deep(5, kind="ReLU")
    ),
    "two of them": inserted(
        "bend",
        [
            linear("mid", 5, "bend"),
            node("b", "ReLU", "mid"),
            linear("mid2", 5, "b"),
            node("b2", "ReLU", "mid2"),
        ],
        deep(5, kind="ReLU"),
    ),
    "a square layer before an activation": inserted("one", [linear("mid", 5, "one")], deep(5)),
    "a residual branch": inserted(
        "bend",
        [
            linear("wide", 9, "bend"),
            node("b", "ReLU", "wide"),
            linear("out", 5, "b"),
            node("add", "Add", "out", "bend"),
        ],
        deep(5),
    ),
    "a convolution": inserted(
        "bend", [node("mid", "Conv2d", "bend", out_channels=3, padding=1)], convolved(3, 4)
    ),
    "a convolution with holes on the image": inserted(
        "x",
        [node("mid", "Conv2d", "x", out_channels=2, padding=2, dilation=2)],
        convolved(3, 4),
    ),
    "a residual block with norms": inserted(
        "bend",
        [
            node("c", "Conv2d", "bend", out_channels=4, padding=1),
            node("n", "BatchNorm2d", "c"),
            node("b", "ReLU", "n"),
            node("d", "Conv2d", "b", out_channels=3, padding=1, bias=False),
            node("m", "BatchNorm2d", "d"),
            node("add", "Add", "bend", "m"),
        ],
        convolved(3, 4),
    ),
    "a square layer and wider units at once": inserted("bend", [linear("mid", 8, "bend")], deep(8)),
}


@pytest.mark.parametrize("after", INSERTED.values(), ids=INSERTED)
def test_what_is_put_in_changes_no_answer(after: Document) -> None:
    is_image = len(after["inputs"]["x"]["shape"]) == 3
    kind = next(each["layer"]["kind"] for each in after["nodes"] if each["id"] == "bend")
    old = learned(convolved(3, 4) if is_image else deep(5, kind=kind))
    new, done = operated(old, after)
    assert difference(old, new) < 1e-6
    names = {name for name, _ in old.named_parameters()}
    assert all((fate == "new") == (name not in names) for name, fate in done.fates.items())
    branch = [new.get_parameter(f"{name}.weight") for name in ("wide", "c") if name in new._modules]
    assert all(float(weight.detach().std()) > 0.01 for weight in branch), "a branch has to learn"


def test_a_layer_that_cannot_be_an_identity_begins_as_usual() -> None:
    old = learned(deep(5))
    after = inserted("bend", [linear("mid", 5, "bend"), activation("b", "Tanh", "mid")], deep(5))
    fresh = build_network(Graph.model_validate(after), 99).double()
    new, _ = operated(old, after)
    assert torch.equal(new.get_parameter("mid.weight"), fresh.get_parameter("mid.weight"))
    assert torch.equal(new.get_parameter("two.weight"), old.get_parameter("two.weight"))


def removed() -> Document:
    base = deep(5, 4)
    nodes = [each for each in base["nodes"] if each["id"] not in ("two", "bend2")]
    return base | {"nodes": [*nodes[:-1], nodes[-1] | {"inputs": ["drop"]}]}


def test_what_fits_is_kept() -> None:
    old = learned(deep(5))
    swapped, done = operated(old, deep(5, kind="SiLU"))
    assert all(torch.equal(a, b) for a, b in same(old, swapped))
    assert set(done.fates.values()) == {"kept"}
    shorter, done = operated(old, removed())
    assert torch.equal(shorter.get_parameter("one.weight"), old.get_parameter("one.weight"))
    part = shorter.get_parameter("output.weight")[:, :4]
    assert torch.equal(part, old.get_parameter("output.weight"))
    assert (done.fates["two.weight"], done.fates["output.weight"]) == ("gone", "widened")


def same(one: Network, other: Network) -> list[tuple[Tensor, Tensor]]:
    theirs = dict(other.named_parameters())
    return [(value, theirs[name]) for name, value in one.named_parameters()]


def test_another_head_keeps_the_classes_that_were_there() -> None:
    old = learned(deep(5))
    base = deep(5)["nodes"]
    for classes in (2, 5):
        after = deep(5) | {"nodes": [*base[:-1], linear("output", classes, "bend2")]}
        new, _ = operated(old, after)
        both = min(classes, 3)
        for name in ("output.weight", "output.bias"):
            assert torch.equal(new.get_parameter(name)[:both], old.get_parameter(name)[:both])
    fresh = build_network(new.graph, 99).double()
    assert torch.equal(
        new.get_parameter("output.weight")[3:], fresh.get_parameter("output.weight")[3:]
    )


def test_a_new_input_by_a_skip_changes_no_answer_yet() -> None:
    old = learned(deep(5))
    after = inserted("bend2", [node("both", "Concat", "x", "bend2")], deep(5))
    new, done = operated(old, after)
    assert difference(old, new) < 1e-12
    assert done.fates["output.weight"] == "widened"


def repeated(times: int, width: int = 4) -> Document:
    body = {
        "inputs": ["x"],
        "nodes": [
            linear("wide", 7, "x"),
            activation("bend", "ReLU", "wide"),
            linear("back", width, "bend"),
            node("add", "Add", "x", "back"),
        ],
        "outputs": {"x": "add"},
    }
    block = {"id": "blocks", "block": body, "repeat": times, "inputs": {"x": "enter"}}
    return {
        "inputs": {"x": {"axes": ["D"], "shape": [2]}},
        "nodes": [linear("enter", width, "x"), block, linear("output", 3, "blocks")],
        "outputs": {"y": "output"},
    }


def test_a_block_that_is_repeated_more_often_changes_no_answer() -> None:
    old = learned(repeated(2))
    new, done = operated(old, repeated(5))
    assert difference(old, new) < 1e-12
    assert {done.fates[f"blocks.{number}.wide.weight"] for number in (0, 1)} == {"kept"}
    assert {done.fates[f"blocks.{number}.wide.weight"] for number in (2, 3, 4)} == {"new"}
    less, done = operated(new, repeated(1))
    assert torch.equal(
        less.get_parameter("blocks.0.wide.weight"), old.get_parameter("blocks.0.wide.weight")
    )
    assert done.fates["blocks.4.back.bias"] == "gone"


def test_all_of_a_repeated_residual_way_is_widened() -> None:
    old = learned(repeated(3))
    assert difference(old, operated(old, repeated(3, width=6))[0]) < 1e-6


def test_a_new_branch_into_an_old_sum_changes_no_answer() -> None:
    old = learned(residual(4))
    nodes = residual(4)["nodes"]
    more = [linear("third", 4, "x"), node("add", "Add", "inner", "bend", "third")]
    after = residual(4) | {"nodes": [*nodes[:3], *more, *nodes[4:]]}
    new, done = operated(old, after)
    assert difference(old, new) < 1e-12
    assert done.fates["third.weight"] == "new"
    assert done.fates["output.weight"] == "kept"


@pytest.mark.parametrize(("before", "beside"), [("inner", "bend"), ("bend", "inner")])
def test_a_layer_in_the_way_to_a_sum_is_no_branch(before: str, beside: str) -> None:
    old = learned(residual(4))
    nodes = residual(4)["nodes"]
    more = [linear("mid", 4, before), node("add", "Add", "mid", beside)]
    after = residual(4) | {"nodes": [*nodes[:3], *more, *nodes[4:]]}
    assert difference(old, operated(old, after)[0]) < 1e-12


def tied(width: int) -> Document:
    nodes = [
        linear("one", width, "x"),
        linear("two", width, "one"),
        activation("bend", "Tanh", "two"),
        linear("three", width, "bend"),
        linear("output", 3, "three"),
    ]
    return graph(*nodes) | {"tied": [["two.weight", "three.weight"]]}


@pytest.mark.parametrize("width", [2, 4, 7])
def test_tied_parameters_stay_one(width: int) -> None:
    old = learned(tied(4))
    new, done = operated(old, tied(width))
    assert new.get_parameter("two.weight") is new.get_parameter("three.weight")
    both = min(width, 4)
    assert torch.equal(
        new.get_parameter("two.weight")[:both, :both],
        old.get_parameter("two.weight")[:both, :both],
    )
    assert "three.weight" not in done.fates
    loose, _ = operated(old, tied(4) | {"tied": []})
    assert torch.equal(loose.get_parameter("three.weight"), old.get_parameter("two.weight"))
    assert difference(old, loose) == 0


def attentive(width: int, *, more: bool = False) -> Document:
    nodes = [
        node("embed", "Embedding", "x", num_embeddings=11, embedding_dim=width),
        node("place", "PositionalEmbedding", "embed", num_embeddings=6),
        node("look", "MultiheadAttention", "place", "place", "place", num_heads=2),
        node("add", "Add", "place", "look"),
        node("norm", "LayerNorm", "add"),
        node("mean", "Mean", "norm", axis="T"),
        linear("output", 3, "mean"),
    ]
    if more:
        nodes[4:4] = [
            node("look2", "MultiheadAttention", "add", "add", "add", num_heads=2),
            node("add2", "Add", "add", "look2"),
        ]
        nodes[6] = node("norm", "LayerNorm", "add2")
    return {
        "inputs": {"x": {"axes": ["T"], "shape": [5], "dtype": "int64"}},
        "nodes": nodes,
        "outputs": {"y": "output"},
    }


def test_attention_keeps_what_fits_and_begins_at_nothing_where_it_is_added() -> None:
    old = learned(attentive(4))
    x = {"x": torch.arange(10).reshape(2, 5)}
    new, done = operated(old, attentive(4, more=True))
    assert torch.equal(old(x)["y"], new(x)["y"])
    assert done.fates["look.in_proj_weight"] == "kept"
    wider, done = operated(old, attentive(6))
    assert wider(x)["y"].isfinite().all()
    assert torch.equal(
        wider.get_parameter("embed.weight")[:, :4], old.get_parameter("embed.weight")
    )
    assert done.fates["look.out_proj.weight"] == "widened"
    theirs, ours = (net.get_parameter("look.in_proj_weight") for net in (old, wider))
    for part in range(3):  # queries, keys and values stay what they are
        assert torch.equal(ours[6 * part : 6 * part + 4, :4], theirs[4 * part : 4 * part + 4])
