"""One contract for the shelf of schedules, and each against torch.optim.lr_scheduler."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from torch.optim import SGD, lr_scheduler

from neurarium.training.schedule import Schedule
from neurarium.training.schedules import SCHEDULES, AnySchedule

ADAPTER: TypeAdapter[Schedule] = TypeAdapter(AnySchedule)
STEPS = 40
Scheduler = Callable[[SGD], lr_scheduler.LRScheduler]

SETTINGS: list[tuple[dict[str, Any], Scheduler]] = [
    ({"kind": "Constant"}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    (
        {"kind": "Warmup", "warmup": 8},
        lambda o: lr_scheduler.LinearLR(o, start_factor=1 / 8, total_iters=7),
    ),
    (
        {"kind": "StepDrop", "every": 7, "gamma": 0.3},
        lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3),
    ),
    ({"kind": "Exponential", "gamma": 0.9}, lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9)),
    ({"kind": "Cosine"}, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS)),
    (
        {"kind": "Cosine", "warmup": 10},
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, start_factor=1 / 10, total_iters=9),
                lr_scheduler.CosineAnnealingLR(o, T_max=STEPS - 10),
            ],
            milestones=[10],
        ),
    ),
]


def name_of(value: object) -> str:
    return str(value) if isinstance(value, dict) else "torch"


def factors(settings: dict[str, Any], steps: int = STEPS) -> list[float]:
    schedule = ADAPTER.validate_python(settings)
    return [schedule.factor(step, steps) for step in range(steps)]


@pytest.mark.parametrize("kind", SCHEDULES)
def test_an_entry_is_explained(kind: str) -> None:
    schedule = SCHEDULES[kind]
    assert schedule.__doc__
    assert len(schedule.__doc__.split()) >= 6
    assert schedule.title
    assert kind == schedule.__name__
    for name, field in schedule.model_fields.items():
        assert field.description or name == "kind", name
    made = ADAPTER.validate_python({"kind": kind})
    assert ADAPTER.validate_json(made.model_dump_json()) == made


def test_the_oracle_knows_the_whole_shelf() -> None:
    assert {settings["kind"] for settings, _ in SETTINGS} == set(SCHEDULES)


@pytest.mark.parametrize(("settings", "scheduler"), SETTINGS, ids=name_of)
@pytest.mark.filterwarnings("ignore:The epoch parameter in")  # torch's own, within SequentialLR
def test_equals_torch(settings: dict[str, Any], scheduler: Scheduler) -> None:
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = scheduler(optimizer)
    expected = []
    for _ in range(STEPS):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()
    assert factors(settings) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 10_000_000])
def test_any_step_may_be_asked_for(kind: str, steps: int) -> None:
    schedule = ADAPTER.validate_python({"kind": kind})
    for step in (0, 1, steps - 1, steps, 2 * steps):
        assert 0 <= schedule.factor(step, steps) <= 1


def test_a_warmup_longer_than_the_run_is_only_a_warmup() -> None:
    assert factors({"kind": "Cosine", "warmup": 100}, 10) == [
        (step + 1) / 100 for step in range(10)
    ]


def test_cosine_reaches_nothing_when_all_steps_are_taken() -> None:
    schedule = ADAPTER.validate_python({"kind": "Cosine"})
    assert schedule.factor(0, 100) == 1
    assert schedule.factor(50, 100) == pytest.approx(0.5)
    assert schedule.factor(100, 100) == 0
