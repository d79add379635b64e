"""The checkpoints of one run on disk: one file each, whole or not there, enough by itself to go on from.

A file is written beside its place, then renamed. Copies of the run are made in the training loop; all else is done by
the scribe, a thread of the worker, so that training waits for no disk.
"""

import logging
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import safetensors.torch

from neurarium.fault import fault
from neurarium.sessions import limits
from neurarium.sessions.place import Place
from neurarium.training.state import ENTRY, State, StateError

LOGGER = logging.getLogger(__name__)
RECORD = "run"
"""Where a file says whose it is, beside the facts of its state."""
SPACING = 0.25
"""Seconds of training between two checkpoints: so much is replayed at most, until files are thinned out."""
SHARE = 0.04
"""Part of the training time that checkpoints may cost; where they cost more, there are fewer."""
SYNC_INTERVAL = 30.0
"""Seconds after which what was written is also safe from a power cut."""
RETRY = 2.0
NEWEST = 3


class Snapshot(NamedTuple):
    """A state, and how many entries of the journal are in it already."""

    state: State
    journal: int


@dataclass
class Written:
    """What the scribe tells: a file lies there, or could not be written."""

    place: Place
    size: int
    seconds: float
    problem: OSError | None = None


@dataclass
class Task:
    """Something for the scribe to write."""

    folder: Path
    place: Place
    snapshot: Snapshot
    record: bytes
    sync: bool
    done: Callable[[Written], None]


class Scribe:
    """One thread that writes files, in the order in which they come. What finds no room is tried again."""

    def __init__(self) -> None:
        self._tasks: queue.Queue[Task] = queue.Queue()
        self._synced = time.monotonic()
        self._unsynced: list[Path] = []
        self._failed: dict[Path, Task] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._work, name="scribe", daemon=True).start()

    def put(self, task: Task) -> None:
        """Have something written soon."""
        self._tasks.put(task)

    def settle(self, folder: Path) -> None:
        """Wait until all that was put is done, and try nothing of this folder again."""
        self._tasks.join()
        with self._lock:
            self._failed.pop(folder, None)

    def _work(self) -> None:
        while True:
            try:
                task = self._tasks.get(timeout=RETRY)
            except queue.Empty:
                self._retry()
                self._sync()
                continue
            with self._lock:
                self._failed.pop(task.folder, None)  # this one is newer
                self._write(task)
            self._tasks.task_done()

    def _retry(self) -> None:
        with self._lock:
            tasks, self._failed = list(self._failed.values()), {}
            for task in tasks:
                self._write(task)

    def _write(self, task: Task) -> None:
        start = time.thread_time()
        problem, size = None, 0
        try:
            size = write(task.folder, task.place, task.snapshot.state, task.record, task.sync)
            if not task.sync:
                self._unsynced.append(task.folder / task.place.name)
        except OSError as error:
            problem = error
            self._failed[task.folder] = task
        except Exception:
            LOGGER.exception("a checkpoint of %s could not be written", task.folder.name)
            problem = OSError("it could not be written")
        task.done(Written(task.place, size, time.thread_time() - start, problem))
        if time.monotonic() - self._synced >= SYNC_INTERVAL:
            self._sync()

    def _sync(self) -> None:
        """Make safe from a power cut what was written since the last time."""
        self._synced = time.monotonic()
        files, self._unsynced = self._unsynced, []
        for path in files:
            try:
                sync(path)
            except OSError:
                continue  # thinned out meanwhile
        for folder in {path.parent for path in files if path.parent.exists()}:
            sync(folder)


def write(folder: Path, place: Place, state: State, record: bytes, safe: bool) -> int:
    """Put a file in its place in one stroke; return its size. `safe`: also from a power cut."""
    document = safetensors.torch.save(
        state.tensors, metadata={ENTRY: state.facts.model_dump_json(), RECORD: record.decode()}
    )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / place.name
    temporary = target.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(document)
            file.flush()
            fault("checkpoint.written")
            if safe:
                os.fsync(file.fileno())
        temporary.rename(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    fault("checkpoint.renamed")
    if safe:
        sync(folder)
    return len(document)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass
class Archive:
    """One run's folder. `tell` is told of each file that lies there now, and of those that have gone."""

    folder: Path
    record: bytes
    attempt: int
    scribe: Scribe
    tell: Callable[[str, int, list[str]], None]
    places: dict[int, Place] = field(default_factory=dict)
    """The files by their step."""
    _sizes: dict[int, int] = field(default_factory=dict)
    _marked: int = 0
    _due: float = 0.0
    _cost: float = 0.0
    _waiting: int = 0
    _written: deque[Written] = field(default_factory=deque)
    _gone: list[str] = field(default_factory=list)
    _asked: Place | None = None

    def adopt(self, kept: Iterable[str]) -> None:
        """Find what an earlier attempt has left; what is not known of it is deleted."""
        wanted = set(kept)
        for path in sorted(self.folder.glob("*")):
            place = Place.parse(path.name)
            if path.is_dir():
                continue
            if place is None or path.name not in wanted:
                path.unlink(missing_ok=True)
                continue
            self.places[place.step] = place
            self._sizes[place.step] = path.stat().st_size
        self._gone = [name for name in wanted if not (self.folder / name).exists()]

    def is_due(self, used: float) -> bool:
        """Whether so much training has passed since the last checkpoint that another should be written."""
        return used >= self._due and not self._waiting

    def save(self, snapshot: Snapshot, used: float, cost: float, *, sync: bool = False) -> None:
        """Have a checkpoint written; copying it took `cost` seconds. `sync`: it must survive a power cut."""
        place = Place(snapshot.state.facts.step, snapshot.journal, self.attempt)
        if place == self._asked:
            return
        self._asked = place
        self._waiting += 1
        self._due = used + max(SPACING, (cost + self._cost) / SHARE)
        if sync:
            self._marked = place.step
        self.scribe.put(Task(self.folder, place, snapshot, self.record, sync, self._written.append))

    def save_now(self, snapshot: Snapshot) -> None:
        """Write the state that the run begins with, before anything else happens; OSError if there is no room."""
        place = Place(snapshot.state.facts.step, snapshot.journal, self.attempt)
        size = write(self.folder, place, snapshot.state, self.record, safe=True)
        self._take(Written(place, size, 0.0))

    def close(self) -> None:
        """Let nothing more be written: the folder may be deleted."""
        self.scribe.settle(self.folder)

    def collect(self) -> None:
        """Tell what the scribe has done since the last time."""
        while self._written:
            written = self._written.popleft()
            self._waiting = max(0, self._waiting - 1)
            self._cost = written.seconds
            if written.problem is not None:
                LOGGER.warning("no checkpoint of %s: %s", self.folder.name, written.problem)
                self._asked = None
            else:
                self._take(written)

    def at_or_before(self, step: int) -> Snapshot | None:
        """Read the latest state up to a step; files that cannot be read are passed over."""
        for at in sorted((at for at in self.places if at <= step), reverse=True):
            snapshot = self.read(at)
            if snapshot is not None:
                return snapshot
        return None

    def read(self, step: int) -> Snapshot | None:
        """Read the state at a step; None if its file cannot be read."""
        place = self.places[step]
        try:
            return Snapshot(State.loads((self.folder / place.name).read_bytes()), place.journal)
        except (OSError, StateError) as problem:
            LOGGER.warning("checkpoint %s cannot be read: %s", place.name, problem)
            return None

    def forget_after(self, step: int) -> None:
        """Delete what lies after a step, before anybody hears that the run has gone back there."""
        self.scribe.settle(self.folder)
        self.collect()
        gone = [self._delete(at) for at in list(self.places) if at > step]
        self._asked, self._due = None, 0.0
        if gone:
            self.tell("", 0, gone)

    def _take(self, written: Written) -> None:
        step = written.place.step
        gone, self._gone = self._gone, []
        if step in self.places and self.places[step] != written.place:
            gone.append(self._delete(step))
        self.places[step] = written.place
        self._sizes[step] = written.size
        while len(self.places) > limits.CHECKPOINTS or (
            sum(self._sizes.values()) > limits.CHECKPOINT_BYTES and len(self.places) > NEWEST + 2
        ):
            gone.append(self._delete(self._least_missed()))
        self.tell(written.place.name, written.size, gone)

    def _delete(self, step: int) -> str:
        place = self.places.pop(step)
        self._sizes.pop(step, None)
        (self.folder / place.name).unlink(missing_ok=True)
        return place.name

    def _least_missed(self) -> int:
        """Find the file without which the longest replay grows least: never the first, the newest, or a marked one."""
        steps = sorted(self.places)
        inner = [
            (steps[i + 1] - steps[i - 1], steps[i])
            for i in range(1, len(steps) - NEWEST)
            if steps[i] != self._marked
        ]
        return min(inner)[1] if inner else steps[1]
