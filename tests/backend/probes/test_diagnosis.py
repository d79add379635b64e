"""Each rule of the diagnosis, from facts made up for it, and the facts themselves from runs that are ill on purpose."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from neurarium.optics.diagnosis import Vitals, diagnose
from neurarium.probe import Frame
from neurarium.probes.health import Health
from tests.backend.probes.runs import (
    array,
    chain,
    everything,
    forward,
    make_job,
    preset,
    seen,
    trained,
)

WELL = Vitals(
    seed=7,
    step=500,
    parameters=37,
    loss=0.2,
    finite=True,
    count=80,
    wrong=10,
    explained=None,
    saturated=("h0", 0.1),
    silent=("h0", 0, 4),
    sharpness=1.0,
    limit=2.0,
    before=((100, 0.7), (400, 0.3)),
)
NUMBERS = {"wrong": None, "explained": 0.7}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "learning"),
        (NUMBERS, "closing"),
        ({"loss": math.inf}, "broken"),
        ({"loss": math.nan}, "broken"),
        ({"finite": False}, "broken"),
        ({"step": 0, "before": ()}, "untrained"),
        ({"step": 0, "before": (), "given": True}, "given"),
        ({"loss": 1.41}, "diverging"),
        ({"loss": 1.39}, "stuck"),
        ({"loss": 1.41, "wrong": 4}, "learning"),
        ({"wrong": 0}, "solved"),
        ({"wrong": 0, "loss": 1.41}, "solved"),
        ({**NUMBERS, "explained": 0.99}, "fitted"),
        ({"saturated": ("h1", 0.51)}, "saturated"),
        ({"saturated": ("h1", 0.51), "wrong": 4}, "learning"),
        ({"silent": ("h1", 2, 4)}, "silent"),
        ({"silent": ("h1", 1, 4)}, "learning"),
        ({"sharpness": 2.6, "loss": 0.29}, "steep"),
        ({"sharpness": 2.4, "loss": 0.29}, "learning"),
        ({"sharpness": 2.6, "loss": 0.2}, "learning"),
        ({"sharpness": 2.6, "before": ()}, "steep"),
        ({"sharpness": 2.6, "before": (), "limit": None}, "learning"),
        ({"loss": 0.2975}, "stuck"),
        ({"loss": 0.29}, "learning"),
        ({"before": ()}, "learning"),
        ({"before": ((400, 0.0),), "loss": 0.0}, "settled"),
    ],
)
def test_the_first_rule_that_holds_is_said(changes: dict[str, Any], key: str) -> None:
    sentence, values = diagnose(replace(WELL, **changes))
    assert sentence == key
    assert tuple(values) == Health.says[key]


def said(frame: Frame) -> str:
    assert frame.reading is not None
    return frame.reading.key.removeprefix("health.")


def test_a_run_begins_untrained() -> None:
    frame = Health().look(seen(steps=0))
    assert said(frame) == "untrained"
    assert {picture.name for picture in frame.pictures} == {"saturated", "silent"}


def test_ratio_and_gradient_are_those_of_the_step_that_led_here() -> None:
    timeline = trained(make_job(), 8)
    view = timeline.view()
    frame = Health().look(view)
    before = timeline.view(7).network.state_dict()
    assert frame.details["nodes"] == ["h0", "h1", "h2"]
    for number, stage in enumerate(frame.details["nodes"]):
        names = [f"{stage}.weight", f"{stage}.bias"]
        old = torch.cat([before[name].flatten() for name in names])
        new = torch.cat([view.network.get_parameter(name).detach().flatten() for name in names])
        ratio = float((new - old).norm() / old.norm())
        assert array(frame, "ratio")[number] == pytest.approx(ratio, rel=1e-9)
        slope = float((new - old).norm() / 0.05)  # plain gradient descent with η = 0.05
        assert array(frame, "grad_norm")[number] == pytest.approx(slope, rel=1e-9)


def test_saturation_counts_the_values_on_the_flat_ends() -> None:
    view = seen()
    with torch.no_grad():
        view.network.get_parameter("h0.weight").mul_(40)
    frame = Health().look(view)
    values = forward(view, view.examples.train.arrays["x"])["a0"]
    share = np.mean(1 - values**2 <= 0.04)
    assert array(frame, "saturated")[0] == pytest.approx(share)
    assert share > 0.5
    assert said(frame) == "saturated"
    assert frame.reading is not None
    assert frame.reading.values["node"] == "h0"


def test_a_dead_unit_is_silent() -> None:
    view = seen(make_job(graph=chain(4, 1, kind="ReLU")))
    with torch.no_grad():
        view.network.get_parameter("h0.bias")[1:] = -100
    frame = Health().look(view)
    assert array(frame, "silent")[0] == 0.75
    assert array(frame, "saturated")[0] == 0
    assert said(frame) == "silent"


def test_a_run_that_cannot_learn_is_stuck() -> None:
    timeline = trained(preset("perceptron-xor"), 200)
    assert said(Health().look(timeline.view())) == "stuck"


def test_a_run_without_a_past_is_never_stuck() -> None:
    timeline = trained(preset("perceptron-xor"), 200)
    assert said(Health().look(timeline.run.view())) == "learning"


def test_a_run_that_learns_says_so_until_it_is_solved() -> None:
    timeline = trained(preset("mlp-circles", **{"dataset.noise": 0}), 60)
    assert said(Health().look(timeline.view())) == "learning"
    for _ in range(900):
        timeline.take(observe=True)
    view = timeline.view()
    frame = Health().look(view)
    assert said(frame) == "solved"
    held = len(view.examples.validation)
    assert frame.reading is not None
    assert frame.reading.values["count"] == held


def test_numbers_are_fitted_at_last() -> None:
    timeline = trained(preset("mlp-regression", **{"dataset.noise": 0}), 1)
    assert said(Health().look(timeline.view())) in {"closing", "stuck"}
    for _ in range(900):
        timeline.take(observe=True)
    view = timeline.view()
    frame = Health().look(view)
    batch = view.inputs(view.examples.validation.arrays)
    output = view.network(batch)["y"].detach().numpy()[:, 0]
    target = view.examples.validation.arrays["y"][:, 0]
    mean = view.examples.train.arrays["y"].mean()
    explained = 1 - np.sum((target - output) ** 2) / np.sum((target - mean) ** 2)
    assert explained > 0.99
    assert said(frame) == "fitted"
    assert frame.reading is not None
    assert frame.reading.values["explained"] == pytest.approx(explained, rel=1e-4)


def test_a_learning_rate_beyond_the_limit_is_steep() -> None:
    view = seen(make_job(optimizer={"kind": "SGD", "lr": 50.0}), steps=0)
    view = replace(view, step=1)
    frame = Health().look(view)
    assert frame.details["sharpness"] > 1.25 * frame.details["limit"]
    assert said(frame) == "steep"


def test_weights_that_are_no_numbers_are_broken() -> None:
    view = seen()
    with torch.no_grad():
        view.network.get_parameter("h1.bias")[0] = math.nan
    assert said(Health().look(view)) == "broken"


def test_everything_counts_where_nothing_is_held_out() -> None:
    assert len(everything(seen(), "x")) == 90
