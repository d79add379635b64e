"""The way back as a job says: beside plain torch that detaches, hooks and sums by hand; changed, undone, kept."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurarium.sessions.timeline import Timeline
from neurarium.training.check import JobError, check_job
from neurarium.training.command import Change, CommandError, EditGraph
from neurarium.training.difference import difference
from neurarium.training.effect import EFFECTS
from neurarium.training.engine.plain import Plain
from neurarium.training.job import merge
from neurarium.training.run import Run
from neurarium.training.script.write import script
from neurarium.training.tamper import written
from neurarium_models.graph import Graph
from tests.backend.probes.runs import preset
from tests.backend.training import textbook
from tests.backend.training.jobs import (
    activation,
    document,
    graph,
    linear,
    make_job,
    mlp,
    take,
    trained,
)

CUT = {"kind": "cut", "source": "bend", "node": "output"}
WIRE = CUT | {"unit": 2, "reader": 1}
SCALE = {"kind": "scale", "source": "hidden", "node": "bend", "factor": -0.5}
WEIGHT = {"kind": "cut_weight", "parameter": "hidden.weight", "index": [3, 1]}
WRONG = {"kind": "wrong", "node": "bend", "backward": "TanhAtOutput"}
STEPS = 12


class ByHand(nn.Module):
    """The network of `mlp(2)` in plain torch, with one thing done to its way back."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.hidden, self.output = nn.Linear(2, 5), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        said: Tensor = torch.tanh(self.sums(x))
        if self.kind == "cut":
            said = said.detach()
        if self.kind == "unit":
            said = torch.cat([said[:, :2], said[:, 2:3].detach(), said[:, 3:]], 1)
        if self.kind == "wire":
            other = torch.cat([said[:, :2], said[:, 2:3].detach(), said[:, 3:]], 1)
            rows = [F.linear(each, self.output.weight[r]) for r, each in enumerate((said, other))]
            return torch.stack(rows, 1) + self.output.bias
        if self.kind == "reader":
            rows = [said @ self.output.weight[0], said.detach() @ self.output.weight[1]]
            return torch.stack(rows, 1) + self.output.bias
        result: Tensor = self.output(said)
        return result

    def sums(self, x: Tensor) -> Tensor:
        weight = self.hidden.weight
        if self.kind == "weight":
            hole = torch.zeros_like(weight, dtype=torch.bool)
            hole[3, 1] = True
            weight = torch.where(hole, weight.detach(), weight)
        sums = F.linear(x, weight, self.hidden.bias)
        if self.kind == "scale":
            return -0.5 * sums + (1.5 * sums).detach()
        return sums


CASES: dict[str, list[dict[str, Any]]] = {
    "cut": [CUT],
    "unit": [CUT | {"unit": 2}],
    "wire": [WIRE],
    "reader": [CUT | {"reader": 1}],
    "scale": [SCALE],
    "weight": [WEIGHT],
    "true": [],
}


def beside_torch(ours: list[dict[str, Any]], kind: str) -> float:
    """Train both on the same minibatches; say how far their weights are apart in the end."""
    run = Run(make_job(graph=mlp(2), tampering=ours, precision="float64", engine="plain"))
    model = ByHand(kind).double()
    model.load_state_dict(run.network.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train = run.examples.train
    for _ in range(STEPS):
        run.take(observe=True)
        assert run.observation is not None
        places = [int((train.ids == each).argmax()) for each in run.observation.ids]
        optimizer.zero_grad()
        output = model(torch.from_numpy(train.arrays["x"][places]).double())
        F.cross_entropy(output, torch.from_numpy(train.arrays["y"][places]).long()).backward()
        optimizer.step()
    theirs = model.state_dict()
    return max(
        float((v - theirs[name]).abs().max()) for name, v in run.network.state_dict().items()
    )


@pytest.mark.parametrize("kind", CASES)
def test_as_plain_torch_that_does_it_by_hand(kind: str) -> None:
    assert beside_torch(CASES[kind], kind) < 1e-12
    if kind != "true":
        assert beside_torch(CASES[kind], "true") > 1e-4  # and it makes a difference


@pytest.mark.parametrize("entry", [CUT, WIRE, SCALE, WEIGHT, WRONG], ids=lambda e: str(e["kind"]))
def test_what_the_network_says_stays_to_the_bit(entry: dict[str, Any]) -> None:
    one, other = (
        Run(make_job(graph=mlp(2), tampering=each, engine="plain")) for each in ([], [entry])
    )
    x = {"x": one.stream.tensors["x"]}
    assert torch.equal(one.network(x)["y"], other.network(x)["y"])
    assert one.network.state_dict().keys() == other.network.state_dict().keys()
    assert one.evaluate() == other.evaluate()


def test_what_lies_before_a_cut_stops_and_what_lies_behind_goes_on() -> None:
    run = trained(3, graph=mlp(2))
    run.apply(Change(changes={"tampering": [CUT]}))
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    take(run, 5)
    moved = {
        name
        for name, value in run.network.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert moved == {"output.weight", "output.bias"}


def test_a_cut_weight_hears_no_penalty_either() -> None:
    run = trained(0, graph=mlp(2), tampering=[WEIGHT], regulariser={"kind": "L2", "strength": 0.1})
    before = run.network.get_parameter("hidden.weight").detach().clone()
    take(run, 5)
    moved = run.network.get_parameter("hidden.weight").detach() != before
    assert not moved[3, 1]
    assert moved.sum() == 9


def test_a_block_and_a_tied_parameter_are_cut_as_wholes() -> None:
    body = {
        "inputs": ["a"], "outputs": {"a": "two"},
        "nodes": [linear("one", 2, "a"), linear("two", 2, "one")],
    }  # fmt: skip
    block = {"id": "blocks", "block": body, "repeat": 2, "inputs": {"a": "first"}}
    network = graph(linear("first", 2, "x"), linear("output", 1, "blocks"))
    network["nodes"].insert(1, block)
    network["tied"] = [["blocks.0.one.weight", "blocks.1.one.weight"]]
    cut = {"kind": "cut", "source": "blocks.0", "node": "blocks.1"}
    tied = {"kind": "cut_weight", "parameter": "blocks.1.one.weight"}
    run = trained(0, graph=network, tampering=[cut, tied])
    run.take(observe=True)
    assert run.observation is not None
    still = {name for name, each in run.observation.gradients.items() if not each.any()}
    inside = {f"blocks.0.{node}.{kind}" for node in ("one", "two") for kind in ("weight", "bias")}
    assert still == {*inside, "first.weight", "first.bias"}


@pytest.mark.parametrize(
    ("entry", "node", "says"),
    [
        (CUT | {"source": "hidden"}, "output", r"`output` does not read `hidden`.*It reads: `bend`"),
        (CUT | {"node": "put"}, "put", r"no node `put`. It has: `hidden`, `bend`, `output`"),
        (CUT | {"source": "band"}, "band", r"no node or input `band`. It has: `x`, `hidden`"),
        (CUT | {"unit": 5}, "bend", r"has 5 units, counted from 0: there is no unit 5"),
        (CUT | {"reader": 2}, "output", r"has 2 units, counted from 0: there is no unit 2"),
        (CUT | {"factor": 2}, None, r"`tampering.0.cut.factor`: Extra inputs"),
        (
            {"kind": "cut", "source": "hidden", "node": "bend", "reader": 1},
            "bend", r"`bend` is Tanh.*Leave out `reader`",
        ),
        (WEIGHT | {"index": [3]}, "hidden", r"has 5 × 2 numbers; there is none at \[3\]"),
        (WEIGHT | {"parameter": "bend.weight"}, "bend", r"no parameter `bend.weight`. It has: `hidden.w"),
        (WRONG | {"backward": "ReLUOpen"}, "bend", r"is Tanh, which has no wrong backward `ReLUOpen`. It has: `TanhA"),
        (WRONG | {"node": "hid"}, "hid", r"no node `hid`"),
        (
            {"kind": "wrong", "node": "output", "backward": "LinearTransposed"},
            "output", r"matrix is 2×5",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_would(
    entry: dict[str, Any], node: str | None, says: str
) -> None:
    run = trained(2, graph=mlp(2))
    job, weights = run.job, run.state().digest()
    with pytest.raises(CommandError, match=says) as refusal:
        run.apply(Change(changes={"tampering": [entry]}))
    assert refusal.value.node == node
    assert run.job == job
    assert run.state().digest() == weights
    if node is not None:
        with pytest.raises(JobError, match=says):
            check_job(make_job(graph=mlp(2), tampering=[entry]))


def test_two_mistakes_in_one_layer_are_refused() -> None:
    two = [WRONG, WRONG | {"backward": "TanhStraight"}]
    with pytest.raises(JobError, match=r"two wrong backwards.*Take one"):
        check_job(make_job(graph=mlp(2), tampering=two))
    with pytest.raises(ValueError, match="at most 64"):
        make_job(graph=mlp(2), tampering=[SCALE] * 65)


def test_it_is_computed_by_the_reference_and_only_as_long_as_needed() -> None:
    run = Run(preset("mlp-circles"))
    fast = run.engine.name
    cut = {"kind": "cut", "source": "hidden1_tanh", "node": "hidden2"}
    effect = run.apply(Change(changes={"tampering": [cut]}))
    assert type(run.engine) is Plain
    take(run, 3)
    run.apply(effect.undo)
    assert run.engine.name == fast != "plain"
    assert run.job.tampering == []
    take(run, 3)


@pytest.mark.parametrize("name", ["momentum", "Adam"])
def test_what_the_optimiser_remembers_outlives_a_cut(name: str) -> None:
    """Zeros arrive, not nothing: so its counts stay even, and the fast engine goes on."""
    run = trained(3, graph=mlp(2), optimizer=textbook.OPTIMIZERS[name][0])
    effect = run.apply(Change(changes={"tampering": [CUT]}))
    take(run, 3)
    run.apply(effect.undo)
    take(run, 3)
    assert set(run.engine.memory()) == {n for n, _ in run.network.named_parameters()}


def test_the_effect_and_the_difference_say_it_in_signs() -> None:
    run = trained(1, graph=mlp(2))
    before = run.job
    effect = run.apply(Change(changes={"tampering": [WIRE, SCALE]}))
    assert (effect.message, tuple(effect.values)) == (
        "effect.tampering",
        EFFECTS["effect.tampering"],
    )
    assert effect.values == {
        "count": 2, "added": "bend.2 ✂ output.1, hidden × -0.5 → bend", "removed": "",
    }  # fmt: skip
    (found,) = difference(before, run.job)
    assert (found.key, found.before, found.after) == ("tampering", None, effect.values["added"])
    later = run.apply(Change(changes={"tampering": [SCALE, WEIGHT, WRONG]}))
    assert later.values == {
        "count": 3, "added": "✂ hidden.weight[3, 1], bend: TanhAtOutput", "removed": "bend.2 ✂ output.1",
    }  # fmt: skip
    run.apply(later.undo)
    assert [written(each) for each in run.job.tampering] == str(effect.values["added"]).split(", ")
    run.apply(effect.undo)
    assert run.job == before


def test_a_past_step_is_computed_again_with_the_tampering_of_then() -> None:
    timeline = Timeline(trained(0, graph=mlp(2)))
    then = {}
    for entries in ([], [CUT], [WRONG, WEIGHT], []):
        timeline.apply(Change(changes={"tampering": entries}))
        for _ in range(4):
            timeline.take()
            then[timeline.run.step] = (timeline.run.state().digest(), timeline.run.job.tampering)
    for step in (3, 7, 10, 11, 15):
        state = timeline.state(step)
        assert (state.digest(), state.facts.job.tampering) == then[step]
    timeline.rewind(7)
    assert (timeline.run.state().digest(), timeline.run.job.tampering) == then[7]


def test_a_saved_state_goes_on_bit_for_bit() -> None:
    run = trained(4, graph=mlp(2), tampering=[WIRE, WRONG, WEIGHT])
    other = Run(make_job())
    other.restore(run.state())
    take(run, 5)
    take(other, 5)
    assert other.state().digest() == run.state().digest()


def renamed() -> dict[str, Any]:
    return graph(
        linear("first", 5, "x"), activation("bend", "Tanh", "first"), linear("output", 2, "bend")
    )


def test_entries_follow_a_renamed_layer() -> None:
    run = trained(2, graph=mlp(2), tampering=[SCALE, WEIGHT, CUT])
    effect = run.apply(EditGraph(graph=Graph.model_validate(renamed())))
    assert effect.values["untampered"] == 0
    assert [written(each) for each in run.job.tampering] == [
        "first × -0.5 → bend", "✂ first.weight[3, 1]", "bend ✂ output",
    ]  # fmt: skip


def test_entries_whose_layer_has_gone_go_with_it_and_come_back_by_undo() -> None:
    run = trained(2, graph=mlp(2), tampering=[SCALE, WEIGHT, WRONG, CUT])
    before = run.job
    without = graph(linear("hidden", 5, "x"), linear("output", 2, "hidden"))
    effect = run.apply(EditGraph(graph=Graph.model_validate(without)))
    assert tuple(effect.values) == EFFECTS["effect.graph"]
    assert effect.values["untampered"] == 3
    assert [written(each) for each in run.job.tampering] == ["✂ hidden.weight[3, 1]"]
    take(run, 2)
    run.apply(effect.undo)
    assert run.job == before


def test_the_file_to_take_home_says_what_it_does_not_do() -> None:
    run = trained(2, graph=mlp(2), tampering=[CUT])
    import safetensors.torch

    weights = safetensors.torch.save(dict(run.network.state_dict()))
    text = script(run.job, weights, run.step).decode()
    assert "bend ✂ output" in text
    assert "here all flow as they should" in " ".join(text.split())
    assert "tampered" not in script(make_job(graph=mlp(2)), weights, run.step).decode()


LESSONS = [
    ("LinearMinus", "output", 1.5),
    ("TanhUnsquared", "bend", None),
    ("LinearOverwritten", "output", None),
]


@pytest.mark.parametrize(("backward", "node", "times"), LESSONS)
def test_training_suffers_from_a_mistake(backward: str, node: str, times: float | None) -> None:
    """After 150 steps a wrong sign has made the loss grow; other mistakes leave it above what it would be."""
    ends = []
    wrong = {"kind": "wrong", "node": node, "backward": backward}
    for tampering in ([], [wrong]):
        run = Run(make_job(
            steps=150, optimizer={"kind": "SGD", "lr": 0.5}, tampering=tampering, engine="plain",
        ))  # fmt: skip
        began = run.evaluate()["train_loss"]
        take(run, 150)
        ends.append(run.evaluate()["train_loss"])
    assert ends[0] < began
    assert ends[1] > ends[0]
    if times is not None:
        assert ends[1] > times * began


def test_a_job_without_it_is_as_before() -> None:
    """Old documents have no such entry, and a merge replaces the whole list."""
    assert make_job().tampering == []
    document_ = merge(document(tampering=[CUT, SCALE]), {"tampering": [WEIGHT]})
    assert document_["tampering"] == [WEIGHT]
