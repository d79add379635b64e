"""The engine for images computes what the reference computes, to rounding, and repeats itself bit for bit."""

from typing import Any

import pytest
import torch

from neurarium.sessions.timeline import Timeline
from neurarium.training.command import Change
from neurarium.training.engine import grid
from neurarium.training.engine.grid import Grid, channels_last
from neurarium.training.engine.plain import Plain
from neurarium.training.run import Run
from tests.backend.training import textbook
from tests.backend.training.jobs import make_job, take

IMAGES = {"x": {"axes": ["C", "H", "W"], "shape": [1, 32, 32]}}
OPTIMIZERS = {name: settings for name, (settings, _) in textbook.OPTIMIZERS.items()}


def node(id_: str, after: str, kind: str, **settings: Any) -> dict[str, Any]:
    return {"id": id_, "layer": {"kind": kind, **settings}, "inputs": after.split()}


def network(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "inputs": IMAGES, "nodes": nodes, "outputs": {"y": nodes[-1]["id"]}}


LENET = network(
    node("conv1", "x", "Conv2d", out_channels=3, kernel_size=5, stride=3),
    node("bend1", "conv1", "Tanh"),
    node("pool", "bend1", "AvgPool2d"),
    node("conv2", "pool", "Conv2d", out_channels=6, kernel_size=5),
    node("bend2", "conv2", "Tanh"),
    node("flat", "bend2", "Flatten"),
    node("y", "flat", "Linear", out_features=10),
)
RESNET = network(
    node("stem", "x", "Conv2d", out_channels=4, kernel_size=5, stride=4, bias=False),
    node("norm", "stem", "BatchNorm2d"),
    node("bend", "norm", "ReLU"),
    node("inner", "bend", "Conv2d", out_channels=4, padding=1),
    node("sum", "bend inner", "Add"),
    node("drop", "sum", "Dropout", p=0.2),
    node("pool", "drop", "MaxPool2d"),
    node("flat", "pool", "Flatten"),
    node("y", "flat", "Linear", out_features=10),
)
NETWORKS = {"lenet": LENET, "resnet": RESNET}


def job(graph: dict[str, Any], **changes: Any) -> Any:
    settings = {
        "graph": graph,
        "dataset": {"kind": "PenDigits", "samples": 120},
        "batch": {"policy": "minibatch", "size": 20},
        "optimizer": {"kind": "SGD", "lr": 0.05},
        "steps": 400,
    }
    return make_job(**(settings | changes))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_both_engines_take_the_same_steps(name: str, optimizer: str) -> None:
    """In float64, where what rounding does in 30 steps stays far below what a wrong slope would do in one."""
    settings = job(NETWORKS[name], optimizer=OPTIMIZERS[optimizer], precision="float64")
    fast, plain = Run(settings, "cpu"), Run(settings, "cpu", fast=False)
    assert isinstance(fast.engine, Grid)
    assert type(plain.engine) is Plain
    for ours, theirs in zip(take(fast, 30), take(plain, 30), strict=True):
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-6)
    for name_, value in plain.network.state_dict().items():
        torch.testing.assert_close(fast.network.state_dict()[name_], value, rtol=1e-5, atol=1e-7)
    for measure, value in plain.evaluate().items():
        assert fast.evaluate()[measure] == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_in_single_precision_agree(name: str) -> None:
    fast, plain = (Run(job(NETWORKS[name]), "cpu", fast=fast) for fast in (True, False))
    fast.take()
    plain.take()
    for path, slope in plain.engine.gradients().items():
        ours = fast.engine.gradients()[path]
        assert ours.stride() == slope.stride()
        torch.testing.assert_close(ours, slope, rtol=1e-3, atol=2e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_restored_run_goes_on_bit_for_bit(optimizer: str) -> None:
    settings = job(RESNET, optimizer=OPTIMIZERS[optimizer])
    first = Run(settings, "cpu")
    take(first, 7)
    state = first.state()
    second = Run(settings, "cpu")
    second.restore(state)
    assert take(first, 9) == take(second, 9)
    assert first.state().digest() == second.state().digest()


def test_a_state_moves_between_the_engines() -> None:
    for optimizer in OPTIMIZERS.values():
        fast, plain = (Run(job(LENET, optimizer=optimizer), "cpu", fast=f) for f in (True, False))
        take(fast, 5)
        plain.restore(fast.state())
        take(plain, 5)
        fast.restore(plain.state())
        assert take(fast, 3)[0].loss == pytest.approx(take(plain, 3)[0].loss, rel=1e-3)


def test_a_past_step_is_taken_again_bit_for_bit() -> None:
    """The timeline goes back over a command, and its past steps are the very ones."""
    timeline = Timeline(Run(job(LENET), "cpu"))
    seen = []
    for step in range(12):
        if step == 6:
            timeline.apply(Change(changes={"optimizer.lr": 0.01}))
        next(timeline)
        seen.append(timeline.run.state().digest())
    timeline.rewind(4)
    assert timeline.run.state().digest() == seen[3]


def test_channels_lie_side_by_side_even_where_there_is_one() -> None:
    for channels in (1, 3):
        x = torch.randn(2, channels, 4, 5)
        laid = channels_last(x)
        assert torch.equal(laid, x)
        assert laid.stride() == (20 * channels, 1, 5 * channels, channels)
    rows = torch.randn(2, 3)
    assert channels_last(rows) is rows


def test_a_cheaper_layer_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the trial before use."""
    run = Run(job(LENET), "cpu")
    assert set(grid._cheaper(run.network)) == {"bend1", "bend2", "conv2"}
    monkeypatch.setattr(grid, "_tanh", lambda module: torch.sigmoid)
    assert set(grid._cheaper(run.network)) == {"conv2"}


def test_a_single_example_is_a_step_too() -> None:
    run = Run(job(RESNET), "cpu")
    run.take("example")
    assert run.stream.offset == 1
