"""Health through depth: the numbers of plain torch, and each ill named with its cause; who is well is called so."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from neurarium.optics.fading import Depth, judge
from neurarium.optics.retaken import Moment
from neurarium.probe import Frame
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import Change
from neurarium.training.run import Run
from tests.backend.probes.runs import make_probe
from tests.backend.training.jobs import activation, graph, linear, make_job

DEEP = 8


def chain(kind: str, depth: int = DEEP, width: int = 8) -> dict[str, Any]:
    """Equal stages in a row."""
    nodes, source = [], "x"
    for number in range(depth):
        nodes += [linear(f"h{number}", width, source), activation(f"a{number}", kind, f"h{number}")]
        source = f"a{number}"
    return graph(*nodes, linear("output", 1, source))


def look(run: Run | Timeline) -> Frame:
    view = run.view()
    frame = make_probe("depth").look(view)
    assert frame.reading is not None
    return frame


def said(frame: Frame) -> tuple[str, dict[str, Any]]:
    assert frame.reading is not None
    return frame.reading.key.removeprefix("depth."), dict(frame.reading.values)


def array(frame: Frame, name: str) -> Any:
    return next(picture.values for picture in frame.pictures if picture.name == name)


def fresh(steps: int = 1, scale: float = 1.0, bias: float | None = None, **changes: Any) -> Run:
    """A run whose initial weights are scaled, and whose biases may all be one number."""
    run = Run(make_job(**{"engine": "plain", **changes}))
    with torch.no_grad():
        for value in run.network.parameters():
            value.mul_(scale) if value.ndim > 1 or bias is None else value.fill_(bias)
    for _ in range(steps):
        run.take(observe=True)
    return run


def whole(values: Sequence[Tensor]) -> list[Tensor]:
    """Weights and biases of each layer as one vector."""
    return [torch.cat([v.detach().flatten() for v in values[at : at + 2]]) for at in (0, 2)]


def test_the_numbers_are_those_of_plain_torch_at_every_moment() -> None:
    timeline = Timeline(Run(make_job(precision="float64", optimizer={"kind": "Adam", "lr": 0.01})))
    first, last = torch.nn.Linear(2, 5).double(), torch.nn.Linear(5, 1).double()
    layers = {"hidden": first, "output": last}
    with torch.no_grad():
        for name, value in timeline.run.network.named_parameters():
            layer, _, own = name.partition(".")
            layers[layer].get_parameter(own).copy_(value)
    learned = [*first.parameters(), *last.parameters()]
    optimizer = torch.optim.Adam(learned, lr=0.01)
    train, true = timeline.run.examples.train, []
    for _ in range(20):
        timeline.take(observe=True)
        assert timeline.run.observation is not None
        rows = [int((train.ids == each).argmax()) for each in timeline.run.observation.ids]
        optimizer.zero_grad()
        x = torch.from_numpy(train.arrays["x"][rows]).double()
        y = torch.from_numpy(train.arrays["y"][rows]).double()
        F.binary_cross_entropy_with_logits(last(torch.tanh(first(x)))[:, 0], y).backward()
        before = whole(learned)
        slopes = [p.grad for p in learned if p.grad is not None]
        optimizer.step()
        moved = [b - a for a, b in zip(before, whole(learned), strict=True)]
        sizes = [float(each.norm()) for each in whole(slopes)]
        ratios = [float(m.norm() / b.norm()) for m, b in zip(moved, before, strict=True)]
        true.append((sizes, ratios))
    frame = look(timeline)
    steps = array(frame, "step")
    assert steps[-1] == 19
    assert len(steps) > 2
    for row, step in enumerate(steps):
        np.testing.assert_allclose(array(frame, "gradient")[row], true[step][0], rtol=1e-9)
        np.testing.assert_allclose(array(frame, "ratio")[row], true[step][1], rtol=1e-7)


def test_looking_changes_nothing() -> None:
    timeline = Timeline(Run(make_job(graph=chain("ReLU", 2), engine="plain")))
    for _ in range(6):
        timeline.take(observe=True)
    state, drawn = timeline.run.state().digest(), torch.default_generator.get_state()
    look(timeline)
    assert timeline.run.state().digest() == state
    assert torch.equal(torch.default_generator.get_state(), drawn)


def test_a_shallow_network_is_well() -> None:
    sentence, values = said(look(fresh(graph=chain("Tanh", 2))))
    assert sentence == "even"
    assert 0.01 < values["factor"] < 100


def test_sigmoids_in_a_row_are_named_with_their_slope() -> None:
    sentence, values = said(look(fresh(graph=chain("Sigmoid"))))
    assert sentence == "slopes"
    assert (values["first"], values["last"], values["stages"]) == ("h0", "output", DEEP)
    assert values["steepest"] == pytest.approx(0.25, abs=1e-3)
    assert values["factor"] < 0.01


def test_small_weights_are_named_where_they_are_the_cause() -> None:
    sentence, values = said(look(fresh(graph=chain("Tanh", 4), scale=0.2)))
    assert sentence == "small"
    assert values["gain"] < 0.2
    assert said(look(fresh(graph=chain("Tanh", 4))))[0] == "even"


def test_depth_alone_is_named_with_what_each_stage_passes_on() -> None:
    sentence, values = said(look(fresh(graph=chain("Tanh", 20))))
    assert (sentence, values["stages"]) == ("fades", 20)
    assert values["each"] ** 20 == pytest.approx(values["factor"])
    assert 0.4 < values["each"] < 0.8


def test_saturated_units_are_named() -> None:
    sentence, values = said(look(fresh(graph=chain("Tanh", 3), bias=4.0, scale=0.5)))
    assert sentence == "saturated"
    assert values["share"] > 0.9


def test_dead_units_are_named() -> None:
    frame = look(fresh(graph=chain("ReLU", 3), bias=-0.25, scale=0.5))
    assert said(frame)[0] in {"dead", "none"}
    assert array(frame, "silent")[-1].max() >= 0.5


def test_a_cut_is_no_ill_of_the_network() -> None:
    run = fresh(2, graph=chain("Tanh", 2))
    run.apply(Change(changes={"tampering": [{"kind": "cut", "source": "a0", "node": "h1"}]}))
    run.take(observe=True)
    sentence, values = said(look(run))
    assert sentence == "cut"
    assert values["first"] == "h0"


def test_large_weights_make_gradients_explode() -> None:
    sentence, values = said(
        look(fresh(graph=chain("Identity", 6), scale=6.0, optimizer={"kind": "SGD", "lr": 1e-12}))
    )
    assert sentence == "large"
    assert values["gain"] > 2
    assert values["size"] > 100


def test_a_learning_rate_that_is_too_large_is_named_and_when_it_began() -> None:
    timeline = Timeline(Run(make_job(engine="plain")))
    for _ in range(8):
        timeline.take(observe=True)
    assert said(look(timeline))[0] == "even"
    timeline.apply(Change(changes={"optimizer.lr": 60.0}))
    for _ in range(2):
        timeline.take(observe=True)
    sentence, values = said(look(timeline))
    assert (sentence, values["lr"]) == ("steps", 60.0)
    assert values["since"] >= 8
    assert values["ratio"] > 0.5


# --- the rules, one by one ---


def moment(step: int, *gradients: float, **more: Any) -> Moment:
    stages = len(gradients)
    given: dict[str, Any] = {
        "weights": (1.0,) * stages,
        "ratios": (0.001,) * stages,
        "saturated": (0.0,) * stages,
        "silent": (0.0,) * stages,
    }
    return Moment(step, gradients, **(given | more))


def depth(*moments: Moment, **more: Any) -> Depth:
    stages = len(moments[0].gradients)
    usual: dict[str, Any] = {
        "nodes": [f"h{number}" for number in range(stages)], "units": [4] * stages, "numbers": [1] * stages,
        "steepest": [1.0] * stages, "gains": [1.0] * stages, "lr": 0.1, "tampered": False,
    }  # fmt: skip
    return Depth(moments=moments, **(usual | more))


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (depth(moment(4, math.inf, 1, 1)), "broken"),
        (depth(moment(4, 0, 0, 0)), "none"),
        (depth(moment(4, 1, 1, 1, ratios=(0.1, 0.6, 0.1))), "steps"),
        (depth(moment(4, 1.0)), "one"),
        (depth(moment(4, 0, 1, 1), tampered=True), "cut"),
        (depth(moment(4, 1e-3, 1, 1, silent=(0, 0.5, 0))), "dead"),
        (depth(moment(4, 1e-3, 1, 1, saturated=(0, 0.6, 0))), "saturated"),
        (depth(moment(4, 1e-3, 1, 1), steepest=[0.25, 0.25, 1]), "slopes"),
        (depth(moment(4, 1e-3, 1, 1), gains=[1, 0.1, 0.1]), "small"),
        (depth(moment(4, 1e-3, 1, 1)), "fades"),
        (depth(moment(4, 1e3, 10, 1), gains=[1, 30, 30]), "large"),
        (depth(moment(4, 1e3, 1, 1)), "grows"),
        (depth(moment(4, 0.02, 1, 1)), "even"),
    ],
)
def test_the_first_rule_that_holds_is_said(seen: Depth, sentence: str) -> None:
    assert judge(seen)[0] == sentence


def test_it_says_since_when() -> None:
    ill, well = (1e-3, 1.0, 1.0), (1.0, 1.0, 1.0)
    seen = depth(moment(0, *ill), moment(5, *well), moment(9, *ill), moment(12, *ill))
    assert judge(seen)[1]["since"] == 9
