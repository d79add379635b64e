"""A past step that is computed again is compared, bit by bit, with what was: and if a bit differs, it is said."""

from typing import Any

import pytest
import torch

from neurarium.probes.replay import Replay
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import Change, SetWeight
from neurarium.training.run import Run
from neurarium.training.state import State
from tests.backend.training.jobs import dropping, make_job, mlp


def trained(steps: int = 70, **changes: Any) -> Timeline:
    timeline = Timeline(Run(make_job(steps=1000, **changes)))
    while timeline.run.step < steps:
        if timeline.run.step == 10:
            timeline.apply(Change(changes={"optimizer.lr": 0.05}))
        if timeline.run.step == 50:
            timeline.apply(SetWeight(parameter="hidden.weight", index=(0, 0), value=1.5))
        timeline.take("example" if timeline.run.step % 7 == 3 else "minibatch")
    return timeline


@pytest.mark.parametrize("network", [mlp(), dropping()], ids=["chain", "dropout"])
def test_a_replay_is_identical_up_to_the_next_snapshot(network: dict[str, Any]) -> None:
    commands = network == mlp()
    timeline = trained(graph=network) if commands else Timeline(Run(make_job(graph=network)))
    while timeline.run.step < 70:
        timeline.take()
    for step, start, until in ((2, 0, 3), (5, 4, 7), (23, 16, 23), (53, 48, 63), (66, 64, 70)):
        found = timeline.view(step).replay
        assert found is not None
        told = found()
        assert told is not None
        assert (told.start, told.until, told.identical) == (start, until, True)


def tampered(state: State, name: str) -> State:
    """The same state but for one bit of one number."""
    tensor = state.tensors[name].clone()
    bits = tensor.view(torch.int32 if tensor.dtype == torch.float32 else torch.int64)
    bits.view(-1)[0] ^= 1 << 14
    return State(state.facts, {**state.tensors, name: tensor})


def test_one_bit_that_differs_at_the_start_is_found() -> None:
    timeline = trained()
    kept = timeline._kept[48]
    timeline._kept[48] = kept._replace(state=tampered(kept.state, "parameter.hidden.bias"))
    frame = Replay().look(timeline.view(55))
    assert frame.reading is not None
    assert (frame.reading.key, frame.details["identical"]) == ("replay.different", False)
    other = Replay().look(timeline.view(30)).reading
    assert other is not None
    assert other.key == "replay.identical"


def test_a_step_taken_otherwise_than_the_first_time_is_found() -> None:
    timeline = trained()
    timeline._units.clear()  # all replays take whole minibatches, where the run once took one example
    frame = Replay().look(timeline.view(20))
    assert frame.reading is not None
    assert frame.reading.key == "replay.different"


def test_a_command_given_while_the_bits_are_compared_is_not_mistaken_for_a_difference() -> None:
    timeline = trained()
    way = timeline.verify(66)
    next(way)
    timeline.apply(Change(changes={"optimizer.lr": 0.9}))
    timeline.take()
    for _ in way:
        continue
    replay = timeline.view(66).replay
    assert replay is not None
    told = replay()
    assert told is not None
    assert told.identical


def test_the_present_and_the_beginning_were_not_computed_again() -> None:
    timeline = trained()
    for step in (0, 70):
        reading = Replay().look(timeline.view(step)).reading
        assert reading is not None
        assert reading.key == "replay.kept"


def test_comparing_leaves_the_run_and_what_is_shown_alone() -> None:
    timeline = trained()
    live = timeline.run.state().digest()
    view = timeline.view(55)
    shown = {name: value.clone() for name, value in view.network.state_dict().items()}
    Replay().look(view)
    for name, value in view.network.state_dict().items():
        assert torch.equal(value, shown[name])
    assert timeline.run.state().digest() == live


def test_who_goes_back_compares_anew() -> None:
    timeline = trained()
    Replay().look(timeline.view(66))
    timeline.rewind(60)
    timeline.apply(Change(changes={"optimizer.lr": 0.2}))
    while timeline.run.step < 70:
        timeline.take()
    frame = Replay().look(timeline.view(66))
    assert frame.details["identical"] is True
