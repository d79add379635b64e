"""What a command refers to is kept with the run, whole, bounded, and no longer than it is needed."""

from pathlib import Path

import pytest
from safetensors.torch import save

from neurarium.sessions import limits
from neurarium.sessions.errors import Refused
from neurarium.sessions.parcels import Stored
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import CommandError, DrawWeights, TakeWeights
from neurarium.training.parcel import name_of
from neurarium.training.run import Run
from tests.backend.training.jobs import make_job, mlp, trained


def weights(steps: int) -> bytes:
    state = trained(steps).network.state_dict()
    return save({name: value.clone() for name, value in state.items()})


def test_a_parcel_lies_there_whole_and_once(tmp_path: Path) -> None:
    parcels = Stored(tmp_path)
    name = parcels.put(b"weights")
    assert name == name_of(b"weights") == parcels.put(b"weights")
    assert Stored(tmp_path).get(name) == b"weights"
    assert [path.name for path in parcels.folder.iterdir()] == [name]
    parcels.keep({name})
    assert parcels.get(name) == b"weights"
    parcels.keep(set())
    assert parcels.get(name) is None


def test_a_damaged_parcel_is_none(tmp_path: Path) -> None:
    parcels = Stored(tmp_path)
    name = parcels.put(b"weights")
    (parcels.folder / name).write_bytes(b"weighty")
    assert parcels.get(name) is None


def test_beyond_the_bound_nothing_is_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PARCEL_BYTES", 10)
    parcels = Stored(tmp_path)
    parcels.put(b"12345678")
    with pytest.raises(Refused, match="Go on in a fork"):
        parcels.put(b"abc")
    parcels.put(b"ab")


def test_the_past_before_and_behind_taken_weights_is_as_it_was(tmp_path: Path) -> None:
    timeline = Timeline(Run(make_job(), parcels=Stored(tmp_path)))
    digests = {}
    for step in range(1, 40):
        timeline.take()
        if step in (10, 21):
            parcel = timeline.run.parcels.put(weights(step))
            timeline.apply(TakeWeights(parcel=parcel, strict=True))
        digests[step] = timeline.state().digest()
    for step in (9, 10, 11, 20, 21, 22, 35):
        assert timeline.state(step).digest() == digests[step]
    for _ in timeline.verify(25):
        continue
    replay = timeline.view(25).replay
    assert replay is not None
    assert (found := replay()) is not None
    assert found.identical


def test_weights_are_said_to_be_given_until_they_are_given_back() -> None:
    timeline = Timeline(Run(make_job()))
    assert not timeline.view().given
    effect = timeline.apply(TakeWeights(parcel=timeline.run.parcels.put(weights(3))))
    assert timeline.view().given
    back = timeline.apply(effect.undo)
    assert not timeline.view().given
    again = timeline.apply(back.undo)
    assert timeline.view().given
    drawn = timeline.apply(DrawWeights(node="hidden"))
    timeline.apply(drawn.undo)
    assert timeline.view().given
    timeline.apply(again.undo)
    assert not timeline.view().given
    timeline.take()


def test_a_rewind_forgets_what_no_command_needs_any_more(tmp_path: Path) -> None:
    parcels = Stored(tmp_path)
    timeline = Timeline(Run(make_job(), parcels=parcels))
    names = {}
    for step in range(1, 13):
        timeline.take()
        if step in (5, 10):
            names[step] = parcels.put(weights(step))
            timeline.apply(TakeWeights(parcel=names[step]))
    assert len(list(parcels.folder.iterdir())) == 4  # what was taken, and what was before
    timeline.rewind(7)
    assert parcels.get(names[5]) is not None
    assert parcels.get(names[10]) is None
    assert len(list(parcels.folder.iterdir())) == 2


def test_what_came_with_a_refused_command_is_forgotten(tmp_path: Path) -> None:
    parcels = Stored(tmp_path)
    timeline = Timeline(Run(make_job(graph=mlp(inputs=2)), parcels=parcels))
    with pytest.raises(CommandError):
        timeline.apply(TakeWeights(parcel=parcels.put(b"nonsense")))
    assert not list(parcels.folder.iterdir())
