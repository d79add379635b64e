"""Nodes that are frozen, or learn at rates of their own: as plain torch with parameter groups, and in mid-run."""

from typing import Any

import pytest
import torch
from torch import nn

from neurarium.sessions.timeline import Timeline
from neurarium.training.command import Change, CommandError, EditGraph
from neurarium.training.effect import EFFECTS
from neurarium.training.engine.grid import Grid
from neurarium.training.engine.plain import Plain
from neurarium.training.job import Job, merge
from neurarium.training.rates import factor
from neurarium.training.run import Run
from neurarium_models.graph import Graph
from tests.backend.probes.runs import preset
from tests.backend.training import textbook
from tests.backend.training.jobs import activation, graph, linear, make_job, mlp, take, trained

RATES = {"hidden": 0.1, "output": 3.0}


def check(run: Run, name: str, steps: int, factors: list[float]) -> None:
    """Train plain torch on the same minibatches, with a parameter group for each layer, and compare all weights."""
    settings, build = textbook.OPTIMIZERS[name]
    model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    layers = {"hidden": model[0], "output": model[2]}
    with torch.no_grad():
        for path, value in run.network.named_parameters():
            layer, _, own = path.partition(".")
            layers[layer].get_parameter(own).copy_(value)
    groups: Any = [
        {"params": list(layer.parameters()), "lr": settings["lr"] * each}
        for layer, each in zip(layers.values(), factors, strict=True)
    ]
    optimizer = build(groups)
    train = run.examples.train
    for _ in range(steps):
        run.take(observe=True)
        assert run.observation is not None
        places = [int((train.ids == each).argmax()) for each in run.observation.ids]
        x = torch.from_numpy(train.arrays["position"][places]).double()
        y = torch.from_numpy(train.arrays["y"][places])
        optimizer.zero_grad()
        textbook.LOSSES["CrossEntropy"](model(x), y).mean().backward()
        optimizer.step()
    for path, value in run.network.named_parameters():
        layer, _, own = path.partition(".")
        torch.testing.assert_close(value, layers[layer].get_parameter(own), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", textbook.OPTIMIZERS)
@pytest.mark.parametrize("factors", [[0.1, 3.0], [0.0, 1.0], [0.5, 0.0]], ids=str)
def test_as_parameter_groups_of_plain_torch(name: str, factors: list[float]) -> None:
    rates = dict(zip(RATES, factors, strict=True))
    job = make_job(rates=rates, precision="float64", optimizer=textbook.OPTIMIZERS[name][0])
    run = Run(job)
    before = run.state().tensors
    check(run, name, 20, factors)
    after = run.state().tensors
    for path, each in rates.items():
        assert (
            torch.equal(before[f"parameter.{path}.weight"], after[f"parameter.{path}.weight"])
        ) == (not each)


@pytest.mark.parametrize("name", ["momentum", "Adam", "RMSprop"])
def test_networks_for_images_keep_to_them_by_their_own_engine(name: str) -> None:
    job = preset("lenet5").model_copy(
        update={"precision": "float64", "rates": {"conv2": 0.0, "dense1": 0.1}}
    )
    job = job.model_copy(
        update={"optimizer": make_job(optimizer=textbook.OPTIMIZERS[name][0]).optimizer}
    )
    fast, plain = Run(job), Run(job, fast=False)
    assert isinstance(fast.engine, Grid)
    before = fast.state().tensors
    for run in (fast, plain):
        take(run, 4)
    ours, theirs = fast.state().tensors, plain.state().tensors
    assert torch.equal(ours["parameter.conv2.weight"], before["parameter.conv2.weight"])
    assert not torch.equal(ours["parameter.dense1.weight"], before["parameter.dense1.weight"])
    for path, value in theirs.items():
        torch.testing.assert_close(ours[path], value, rtol=1e-8, atol=1e-9)


def test_without_them_it_is_another_network() -> None:
    run = Run(make_job(precision="float64", optimizer=textbook.OPTIMIZERS["momentum"][0]))
    with pytest.raises(AssertionError, match="not close"):
        check(run, "momentum", 20, [0.1, 3.0])


def test_frozen_and_thawed_in_mid_run() -> None:
    run = trained(10)
    fast = run.engine.name
    effect = run.apply(Change(changes={"rates.hidden": 0}))
    assert (effect.message, effect.values) == ("effect.rates", {"frozen": "hidden", "others": ""})
    assert set(effect.values) == set(EFFECTS[effect.message])
    assert isinstance(run.engine, Plain)
    before = run.state().tensors
    take(run, 5)
    after = run.state().tensors
    assert torch.equal(before["parameter.hidden.weight"], after["parameter.hidden.weight"])
    assert not torch.equal(before["parameter.output.weight"], after["parameter.output.weight"])
    second = run.apply(Change(changes={"rates.output": 0.5}))
    assert run.job.rates == {"hidden": 0, "output": 0.5}
    run.apply(second.undo)
    assert run.job.rates == {"hidden": 0}
    run.apply(effect.undo)
    assert (run.job.rates, run.engine.name) == ({}, fast)
    take(run, 3)
    last = run.state().tensors
    assert not torch.equal(after["parameter.hidden.weight"], last["parameter.hidden.weight"])


def test_the_innermost_factor_holds() -> None:
    rates = {"blocks": 0.5, "blocks.1": 0.25, "blocks.1.a": 0.0, "b": 2.0}
    names = ("blocks.0.a.weight", "blocks.1.b.bias", "blocks.1.a.in_proj_weight", "bb.weight")
    assert [factor(rates, name) for name in names] == [0.5, 0.25, 0.0, 1.0]


def test_dots_in_a_path_are_part_of_it() -> None:
    before = {"rates": {"a": 0.5}}
    assert merge(before, {"rates.blocks.0.lin": 0}) == {"rates": {"a": 0.5, "blocks.0.lin": 0}}
    assert merge(before, {"rates": {"b.0.c": 2}}) == {"rates": {"b.0.c": 2}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rates.hiden": 0}, "`hiden` has a factor .* no such node"),
        ({"rates.hidden": -1}, "greater than or equal to 0"),
        ({"rates.hidden": None}, "number"),
        ({"rates": 3}, "`rates`"),
    ],
)
def test_factors_that_mean_nothing_are_refused(changes: dict[str, Any], says: str) -> None:
    run = trained(3)
    digest = run.state().digest()
    with pytest.raises(CommandError, match=says):
        run.apply(Change(changes=changes))
    assert run.state().digest() == digest


def test_a_factor_goes_with_its_node_and_comes_back_with_it() -> None:
    run = trained(3, rates={"hidden": 0, "output": 2.0})
    before = run.state().digest()
    other = Graph.model_validate(graph(linear("first", 4, "x"), activation("bend", "ReLU", "first"), *mlp()["nodes"][2:]))  # fmt: skip # noqa: E501
    effect = run.apply(EditGraph(graph=other))
    assert effect.values["unrated"] == 1
    assert run.job.rates == {"output": 2.0}
    run.apply(effect.undo)
    assert run.job.rates == {"hidden": 0, "output": 2.0}
    assert run.state().digest() == before
    kept = run.apply(EditGraph(graph=Graph.model_validate(mlp(kind="ReLU"))))  # the control
    assert (kept.values["unrated"], run.job.rates) == (0, {"hidden": 0, "output": 2.0})
    run.apply(kept.undo)
    told = run.apply(EditGraph(graph=other, rates={"first": 0.5}))
    assert run.job.rates == {"first": 0.5}
    run.apply(told.undo)
    assert run.job.rates == {"hidden": 0, "output": 2.0}
    with pytest.raises(CommandError, match="`nowhere` has a factor") as refusal:
        run.apply(EditGraph(graph=other, rates={"nowhere": 0.5}))
    assert refusal.value.node == "nowhere"


def test_the_past_is_the_same_with_them() -> None:
    timeline = Timeline(Run(make_job(optimizer={"kind": "Adam", "lr": 0.02})))
    commands = {5: {"rates.hidden": 0}, 21: {"rates.output": 0.1}, 40: {"rates": {}}}
    states = {}
    while timeline.run.step < 55:
        if timeline.run.step in commands:
            timeline.apply(Change(changes=commands[timeline.run.step]))
        states[timeline.run.step] = timeline.run.state().digest()
        timeline.take()
    for step in (54, 40, 5, 21, 33, 0):
        assert timeline.state(step).digest() == states[step]


def test_old_jobs_have_none() -> None:
    document = make_job().model_dump(mode="json")
    del document["rates"]
    assert Job.model_validate(document).rates == {}
