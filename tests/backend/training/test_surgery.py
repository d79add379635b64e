"""A network that is edited in the middle of a run answers as before where mathematics allows it, and forgets nothing
that fits.
"""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurarium.training import surgery
from neurarium.training.command import CommandError, EditGraph, SetWeight
from neurarium.training.effect import EFFECTS
from neurarium.training.run import Run
from neurarium.training.surgery import Transfer, transfer
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network
from tests.backend.training.jobs import activation, dropping, graph, linear, mlp, take, trained

ADAM = {"kind": "Adam", "lr": 0.02}
MOMENTUM = {"kind": "SGD", "lr": 0.1, "momentum": 0.9}
Document = dict[str, Any]


def node(name: str, kind: str, *sources: str, **settings: Any) -> Document:
    return {"id": name, "layer": {"kind": kind, **settings}, "inputs": list(sources)}


def images(*nodes: Document) -> Document:
    return {
        "inputs": {"x": {"axes": ["C", "H", "W"], "shape": [2, 6, 6]}},
        "nodes": list(nodes),
        "outputs": {"y": nodes[-1]["id"]},
    }


def learned(document: Document, seed: int = 5) -> Network:
    """A network in float64 as if it had been trained: no number in it is that of its beginning."""
    network = build_network(Graph.model_validate(document), seed).double().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in (*network.named_parameters(), *network.named_buffers()):
            if value.dtype == torch.float64:
                value.add_(torch.rand(value.shape, generator=generator, dtype=value.dtype) / 2)
            if "var" in name:
                value.abs_()
    return network


def operated(
    old: Network, document: Document, memory: dict[str, Any] | None = None
) -> tuple[Network, Transfer]:
    new = build_network(Graph.model_validate(document), 99).double().eval()
    return new, transfer(old, new, memory or {}, seed=7)


def difference(one: Network, other: Network) -> float:
    """The greatest difference of two networks' answers to the same random inputs, relative to the greatest answer."""
    generator = torch.Generator().manual_seed(0)
    given = {
        name: torch.randn(16, *spec.shape, generator=generator, dtype=torch.float64)
        for name, spec in one.graph.inputs.items()
    }
    with torch.no_grad():
        before, after = one(given)["y"], other(given)["y"]
    return float((before - after).abs().max() / before.abs().max())


def deep(width: int, other: int = 4, kind: str = "Tanh") -> Document:
    return graph(
        linear("one", width, "x"),
        node("norm", "BatchNorm1d", "one"),
        activation("bend", kind, "norm"),
        node("drop", "Dropout", "bend", p=0.2),
        linear("two", other, "drop"),
        activation("bend2", "GELU", "two"),
        linear("output", 3, "bend2"),
    )


def residual(width: int) -> Document:
    return graph(
        linear("enter", width, "x"),
        node("bend", "ReLU", "enter"),
        linear("inner", width, "bend"),
        node("add", "Add", "inner", "bend"),
        node("norm", "LayerNorm", "add"),
        linear("output", 2, "norm"),
    )


def beside(width: int, other: int) -> Document:
    return graph(
        linear("one", width, "x"),
        linear("two", other, "x"),
        node("both", "Concat", "one", "two", "one"),
        linear("output", 2, "both"),
    )


def convolved(channels: int, other: int, units: int = 5) -> Document:
    return images(
        node("one", "Conv2d", "x", out_channels=channels, padding=1),
        node("norm", "BatchNorm2d", "one"),
        node("bend", "ReLU", "norm"),
        node("pool", "MaxPool2d", "bend", kernel_size=2),
        node("two", "Conv2d", "pool", out_channels=other, kernel_size=2),
        node("bend2", "SiLU", "two"),
        node("flat", "Flatten", "bend2"),
        linear("dense", units, "flat"),
        linear("output", 3, "dense"),
    )


def pooled(channels: int) -> Document:
    return images(
        node("one", "Conv2d", "x", out_channels=channels),
        node("deep", "Conv2d", "one", out_channels=channels, groups=channels),
        node("pool", "AdaptiveAvgPool2d", "deep", output_size=1),
        node("flat", "Flatten", "pool"),
        linear("output", 3, "flat"),
    )


def enlarged(channels: int, other: int) -> Document:
    return images(
        node("up", "ConvTranspose2d", "x", out_channels=channels),
        node("again", "ConvTranspose2d", "up", out_channels=other),
        node("rows", "Mean", "again", axis="H"),
        node("flat", "Flatten", "rows"),
        linear("output", 3, "flat"),
    )


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


@pytest.mark.parametrize("optimizer", [ADAM, MOMENTUM], ids=["Adam", "SGD"])
def test_copies_learn_different_things(optimizer: Document) -> None:
    run = trained(20, optimizer=optimizer)
    run.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 10, "x"), *REST))))
    hidden = run.network.get_parameter("hidden.weight")
    assert torch.equal(hidden[:5], hidden[5:])
    take(run, 30)
    apart = (hidden[:5] - hidden[5:]).detach().abs().max(1).values
    assert bool((apart > 1e-4).all())


REST = mlp()["nodes"][1:]


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


def inserted(after: str, new: list[Document], base: Document) -> Document:
    """Put nodes behind one of them; whoever read it reads the last of them."""
    last = new[-1]["id"]
    nodes: list[Document] = []
    for each in base["nodes"]:
        sources = [last if source == after else source for source in each["inputs"]]
        nodes.append(each | {"inputs": sources})
    place = next((at for at, each in enumerate(nodes) if each["id"] == after), -1)
    return base | {"nodes": [*nodes[: place + 1], *new, *nodes[place + 1 :]]}


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


def test_the_optimiser_remembers_by_the_same_ways() -> None:
    for optimizer in (ADAM, MOMENTUM):
        run = trained(20, optimizer=optimizer, precision="float64")
        before = run.state().tensors
        run.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 7, "x"), *REST))))
        after = run.state().tensors
        copies = [0, 1, 2, 3, 4, 0, 1]
        keys = [name.rpartition(".")[2] for name in before if name.startswith("optimizer.hidden.w")]
        assert keys
        for key in keys:
            old = before[f"optimizer.hidden.weight.{key}"]
            assert torch.equal(
                after[f"optimizer.hidden.weight.{key}"], old[copies] if old.ndim else old
            )
            old = before[f"optimizer.output.weight.{key}"]
            assert torch.equal(
                after[f"optimizer.output.weight.{key}"], old[:, copies] if old.ndim else old
            )
        deeper = inserted(
            "bend", [linear("mid", 7, "bend")], graph(linear("hidden", 7, "x"), *REST)
        )
        run.apply(EditGraph(graph=Graph.model_validate(deeper)))
        last = run.state().tensors
        assert all(not last[f"optimizer.mid.weight.{key}"].any() for key in keys)
        take(run, 5)


def test_a_wider_network_goes_on_from_the_same_loss() -> None:
    run = trained(30, optimizer=ADAM)
    loss = run.evaluate()["train_loss"]
    run.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 12, "x"), *REST))))
    assert run.evaluate()["train_loss"] == pytest.approx(loss, rel=1e-4)
    take(run, 30)
    assert run.evaluate()["train_loss"] < loss


@pytest.mark.parametrize("optimizer", [ADAM, MOMENTUM], ids=["Adam", "SGD"])
@pytest.mark.parametrize("width", [2, 5, 9])
def test_undone_at_once_an_edit_leaves_no_trace(optimizer: Document, width: int) -> None:
    run = trained(9, graph=dropping(), optimizer=optimizer)
    digest = run.state().digest()
    after = dropping()
    after["nodes"][0] = linear("hidden", width, "x")
    after["nodes"][1] = node("norm2", "BatchNorm1d", "hidden")
    after["nodes"][2] = node("drop", "Dropout", "norm2", p=0.3)
    effects = [run.apply(EditGraph(graph=Graph.model_validate(after)))]
    wider = mlp() | {"nodes": [linear("hidden", 30, "x"), *REST]}
    effects.append(run.apply(EditGraph(graph=Graph.model_validate(wider))))
    middle = run.state()
    for effect in reversed(effects):
        back = run.apply(effect.undo)
        assert back.message == "effect.graph_back"
        assert set(back.values) == {"before", "after"}
    assert run.state().digest() == digest
    other = Run(run.job)
    other.restore(middle)
    assert other.state().digest() == middle.digest()
    for effect in reversed(effects):
        other.apply(effect.undo)
    assert other.state().digest() == digest


def test_undone_later_it_is_the_former_network_with_what_fits() -> None:
    run = trained(9)
    effect = run.apply(
        EditGraph(graph=Graph.model_validate(graph(linear("hidden", 3, "x"), *REST)))
    )
    assert set(effect.values) == set(EFFECTS["effect.graph"])
    take(run, 1)
    trained_on = run.network.get_parameter("hidden.weight").detach().clone()
    back = run.apply(effect.undo)
    assert back.message == "effect.graph"
    assert run.job.graph == Graph.model_validate(mlp())
    assert torch.equal(run.network.get_parameter("hidden.weight")[:3], trained_on)
    run.apply(back.undo)
    run.apply(SetWeight(parameter="hidden.weight", index=(0, 0), value=5))
    assert run.apply(back.undo if back.undo.graph != run.job.graph else effect.undo).message == (
        "effect.graph"
    ), "what was set since is not forgotten"
    assert run.network.get_parameter("hidden.weight")[0, 0].item() == 5


def test_step_order_and_schedule_go_on() -> None:
    edited, plain = (trained(10, schedule={"kind": "Cosine"}) for _ in range(2))
    edited.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 8, "x"), *REST))))
    for _ in range(12):
        one, other = (run.take(observe=True) for run in (edited, plain))
        assert (one.step, one.epoch, one.lr) == (other.step, other.epoch, other.lr)
        assert edited.observation is not None
        assert plain.observation is not None
        assert edited.observation.ids.tolist() == plain.observation.ids.tolist()


REFUSED = {
    "no inputs of this name": (mlp() | {"inputs": {"z": {"axes": ["D"], "shape": [2]}}}, "hidden"),
    "a hole": (mlp() | {"nodes": [linear("hidden", 4, "nobody"), *REST]}, "hidden"),
    "other data": (graph(linear("hidden", 4, "x"), *REST, inputs=2) | {
        "inputs": {"x": {"axes": ["C", "H", "W"], "shape": [1, 2, 2]}}
    }, "x"),
    "nothing to learn": (graph(activation("bend", "Tanh", "x")), None),
    "another task": (graph(linear("hidden", 7, "x")), None),
}  # fmt: skip


@pytest.mark.parametrize(("document", "at"), REFUSED.values(), ids=REFUSED)
def test_a_network_that_does_not_work_is_refused(document: Document, at: str | None) -> None:
    run = trained(7, optimizer=ADAM)
    digest = run.state().digest()
    with pytest.raises(CommandError) as refusal:
        run.apply(EditGraph(graph=Graph.model_validate(document)))
    assert refusal.value.node == at
    assert run.state().digest() == digest
    take(run, 1)


def test_the_same_network_again_is_nothing() -> None:
    run = trained(7)
    digest = run.state().digest()
    assert run.apply(EditGraph(graph=run.job.graph)).message == "effect.nothing"
    assert run.state().digest() == digest
