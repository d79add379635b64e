"""A run that died goes on from its last checkpoint, and arrives at the very state that it would have had."""

import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import safetensors
import torch

from neurarium.sessions import limits
from neurarium.sessions.archive import Archive, Scribe, Snapshot, write
from neurarium.sessions.limits import Limit
from neurarium.sessions.place import Place
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import AnyCommand, Change
from neurarium.training.job import Job
from neurarium.training.run import Run
from tests.backend.sessions.house import preset
from tests.backend.training.jobs import activation, dropping, graph, linear, make_job, mlp

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "momentum": {"kind": "SGD", "lr": 0.05, "momentum": 0.9},
    "nesterov": {"kind": "SGD", "lr": 0.05, "momentum": 0.9, "nesterov": True},
    "rmsprop": {"kind": "RMSprop", "lr": 0.005},
    "adam": {"kind": "Adam", "lr": 0.01},
    "adamw": {"kind": "AdamW", "lr": 0.01},
}
NORMED = graph(
    linear("hidden", 6, "x"),
    activation("norm", "BatchNorm1d", "hidden"),
    activation("bend", "Tanh", "norm"),
    linear("output", 1, "bend"),
)
COMMANDS: dict[int, AnyCommand] = {
    9: Change(changes={"optimizer.lr": 0.02}),
    25: Change(changes={"batch.size": 7}),
    41: Change(changes={"regulariser": {"kind": "L2", "strength": 0.01}}),
}
SCRIBE = Scribe()


def jobs(network: str, optimizer: str) -> Job:
    if network == "conv":
        return preset("lenet5", optimizer=OPTIMIZERS[optimizer])
    networks = {"dense": mlp(), "dropout": dropping(), "batchnorm": NORMED}
    return make_job(graph=networks[network], optimizer=OPTIMIZERS[optimizer], steps=1000)


def archive(folder: Path, attempt: int = 1) -> Archive:
    return Archive(folder, b'{"id": "abcd"}', attempt, SCRIBE, lambda *_: None)


def settled(kept: Archive) -> Archive:
    SCRIBE.settle(kept.folder)
    kept.collect()
    return kept


def train(timeline: Timeline, until: int, checkpoints: tuple[int, ...] = ()) -> str:
    """Go on with commands, and say the state's digest; at some steps, write a checkpoint."""
    run = timeline.run
    while run.step < until:
        if run.step in checkpoints:
            timeline.write(0.0, sync=True)
        if run.step in COMMANDS and run.step not in {effect.step for effect in timeline.journal}:
            timeline.apply(COMMANDS[run.step])
        timeline.take("example" if run.step in (13, 14) else "minibatch")
    return run.state().digest()


def died_and_resumed(
    job: Job, folder: Path, *, journal: bool = True, singles: bool = True
) -> Timeline:
    """Train to step 31 with checkpoints on the way, die, and come back to step 31."""
    first = Timeline(Run(job), archive=archive(folder))
    train(first, 31, checkpoints=(0, 9, 12))
    kept = [place.name for place in settled(first.archive or archive(folder)).places.values()]
    again = archive(folder, attempt=2)
    again.adopt(kept)
    timeline = Timeline(Run(job), archive=again)
    given = first.journal if journal else []
    reports = list(timeline.resume(31, given, [(14, 15)] if singles else []))
    assert reports[0].first == 13  # from the checkpoint, not from the beginning
    return timeline


@pytest.mark.slow
@pytest.mark.parametrize("network", ["dense", "conv", "batchnorm", "dropout"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_who_dies_and_comes_back_arrives_at_the_same_bits(
    network: str, optimizer: str, tmp_path: Path
) -> None:
    job = jobs(network, optimizer)
    timeline = died_and_resumed(job, tmp_path / "run")
    assert train(timeline, 60) == train(Timeline(Run(job)), 60)


@pytest.mark.parametrize("left_out", ["journal", "singles"])
def test_without_its_journal_it_is_another_run(left_out: str, tmp_path: Path) -> None:
    job = jobs("dense", "momentum")
    timeline = died_and_resumed(job, tmp_path / "run", **{left_out: False})
    timeline.journal = []  # so that `train` gives no command that was left out
    other = Timeline(Run(job))
    train(other, 31)
    assert timeline.run.state().digest() != other.run.state().digest()


def test_a_past_step_is_found_on_the_disk_by_who_was_not_there(tmp_path: Path) -> None:
    job = jobs("dense", "adam")
    whole = Timeline(Run(job))
    states = {}
    for step in range(60):
        train(whole, step)
        states[step] = whole.run.state().digest()
    timeline = died_and_resumed(job, tmp_path / "run")
    assert {1, 10, 13} <= set(timeline.steps())
    for step in (0, 5, 9, 10, 13, 20, 30):
        if step not in COMMANDS:
            assert timeline.state(step).digest() == states[step]
    steps, values = timeline.past("hidden.weight")
    assert {0, 9, 12} <= set(steps.tolist())
    assert len(values) == len(steps)


def test_who_comes_back_compares_a_step_up_to_the_next_file(tmp_path: Path) -> None:
    first = Timeline(Run(jobs("dense", "adam")), archive=archive(tmp_path / "run"))
    train(first, 60, checkpoints=(0, 10, 30, 50))
    again = archive(tmp_path / "run", attempt=2)
    again.adopt([place.name for place in settled(first.archive or again).places.values()])
    timeline = Timeline(Run(jobs("dense", "adam")), archive=again)
    for _ in timeline.resume(60, first.journal, [(14, 15)]):
        continue
    for step, start, until in ((5, 0, 10), (12, 11, 30), (45, 31, 50), (55, 51, 60)):
        found = timeline.view(step).replay
        assert found is not None
        told = found()
        assert told is not None
        assert (told.start, told.until, told.identical) == (start, until, True)


def test_who_goes_back_deletes_what_came_after(tmp_path: Path) -> None:
    job = jobs("dense", "momentum")
    timeline = Timeline(Run(job), archive=archive(tmp_path / "run"))
    train(timeline, 31, checkpoints=(0, 9, 12, 20))
    timeline.rewind(10)
    assert sorted(settled(timeline.archive or archive(tmp_path)).places) == [0, 9]
    assert len(list((tmp_path / "run").iterdir())) == 2


def test_a_torn_file_is_passed_over(tmp_path: Path) -> None:
    timeline = Timeline(Run(jobs("dense", "adam")), archive=archive(tmp_path / "run"))
    train(timeline, 20, checkpoints=(0, 5, 10))
    kept = settled(timeline.archive or archive(tmp_path))
    file = kept.folder / kept.places[10].name
    file.write_bytes(file.read_bytes()[:100])
    found = kept.at_or_before(19)
    assert found is not None
    assert found.state.facts.step == 5


def test_files_that_nobody_knows_are_swept(tmp_path: Path) -> None:
    state = Run(jobs("dense", "adam")).state()
    for attempt in (1, 2):
        write(tmp_path, Place(0, 0, attempt), state, b"{}", safe=False)
    (tmp_path / "0000000007-000000-0001.tmp").write_bytes(b"half")
    kept = archive(tmp_path, attempt=3)
    kept.adopt([Place(0, 0, 1).name, Place(5, 0, 1).name])
    assert [path.name for path in tmp_path.iterdir()] == [Place(0, 0, 1).name]
    assert list(kept.places) == [0]


def test_a_file_says_whose_it_is(tmp_path: Path) -> None:
    place = Place(0, 0, 1)
    write(tmp_path, place, Run(jobs("dense", "adam")).state(), b'{"owner": "me"}', safe=True)
    with safetensors.safe_open(tmp_path / place.name, "pt") as file:
        assert json.loads(file.metadata()["run"]) == {"owner": "me"}


def test_what_is_not_finite_is_not_kept(tmp_path: Path) -> None:
    timeline = Timeline(Run(jobs("dense", "adam")), archive=archive(tmp_path / "run"))
    timeline.write(0.0, sync=True)
    train(timeline, 3)
    with torch.no_grad():
        next(timeline.run.network.parameters()).fill_(torch.nan)
    timeline.write(0.0, sync=True)
    assert list(settled(timeline.archive or archive(tmp_path)).places) == [0]


@pytest.mark.parametrize(("name", "bound"), [("CHECKPOINTS", 8), ("CHECKPOINT_BYTES", 20_000)])
def test_checkpoints_are_thinned_evenly_within_their_bound(
    name: str, bound: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, name, Limit(bound, "", ""))
    kept = archive(tmp_path / "run")
    state = Run(jobs("dense", "momentum")).state()
    for step in range(60):
        facts = state.facts.model_copy(update={"step": step})
        kept.save(Snapshot(type(state)(facts, state.tensors), 0), 0.0, 0.0)
        settled(kept)
    steps = sorted(kept.places)
    files = [path.stat().st_size for path in kept.folder.iterdir()]
    assert len(files) == len(steps)
    assert len(files) <= 8 if name == "CHECKPOINTS" else sum(files) <= bound
    assert steps[0] == 0
    assert steps[-3:] == [57, 58, 59]
    gaps = [later - earlier for earlier, later in itertools.pairwise(steps)]
    assert max(gaps) <= 32


def test_a_full_disk_keeps_the_old_file_and_the_new_one_comes_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline = Timeline(Run(jobs("dense", "adam")), archive=archive(tmp_path / "run"))
    train(timeline, 20, checkpoints=(0, 10))
    kept = settled(timeline.archive or archive(tmp_path))

    def full(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as injected:
        injected.setattr(Path, "rename", full)
        timeline.write(0.0, sync=True)
        SCRIBE._tasks.join()
        kept.collect()
        assert sorted(kept.places) == [0, 10]
        assert not list(kept.folder.glob("*.tmp"))
    deadline = time.monotonic() + 60
    while 20 not in kept.places:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        kept.collect()


@pytest.mark.slow
@pytest.mark.parametrize(("place", "names"), [("written", {".tmp"}), ("renamed", {".safetensors"})])
def test_who_dies_while_writing_leaves_a_whole_file_or_none(
    place: str, names: set[str], tmp_path: Path
) -> None:
    program = (
        "import pathlib, sys\nfrom neurarium.sessions.archive import write\n"
        "from neurarium.sessions.place import Place\nfrom neurarium.training.run import Run\n"
        "from tests.backend.training.jobs import make_job\n"
        "write(pathlib.Path(sys.argv[1]), Place(0, 0, 1), Run(make_job()).state(), b'{}', True)"
    )
    child = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "run")],
        env={**os.environ, "NEURARIUM_FAULT": f"checkpoint.{place}"},
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )
    assert child.returncode == -9
    assert {path.suffix for path in (tmp_path / "run").iterdir()} == names
    kept = archive(tmp_path / "run", attempt=2)
    kept.adopt([Place(0, 0, 1).name])
    found = kept.at_or_before(0)
    assert (found is not None) == (place == "renamed")
    assert not list(kept.folder.glob("*.tmp"))
