"""A run on its way into a worker: built from its job, then brought to where it had come to."""

from collections.abc import Callable, Iterator
from pathlib import Path

from neurarium.sessions.archive import Archive, Scribe
from neurarium.sessions.errors import Refused
from neurarium.sessions.gathering import exactly
from neurarium.sessions.protocol import Checkpointed, Create, Points, Spoken
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import Effect
from neurarium.training.report import Reports
from neurarium.training.run import Run
from neurarium.training.state import State, StateError

TOLD_TOGETHER = 200
"""Replayed steps in one message."""


class Revival:
    """One run that is being taken in."""

    def __init__(
        self, asked: Create, run: Run, scribe: Scribe | None, send: Callable[[Spoken], None]
    ) -> None:
        self._archive = None
        if asked.folder is not None and scribe is not None:
            self._archive = self._open(asked, Path(asked.folder), scribe, send)
        state = self._beginning(asked)
        if state is not None:
            run.restore(state)
        self.timeline = Timeline(run, archive=self._archive)
        if asked.state is not None and self._archive is not None:
            self._keep_beginning()

    def way(self, asked: Create, send: Callable[[Spoken], None]) -> Iterator[None] | None:
        """Go to where the run had come to, a step with each `next()`; None if it only begins."""
        past = asked.past
        if past is None:
            return None
        journal = [Effect.model_validate_json(effect) for effect in past.journal]
        return self._walk(asked, self.timeline.resume(past.step, journal, past.singles), send)

    def _walk(
        self, asked: Create, replay: Iterator[Reports], send: Callable[[Spoken], None]
    ) -> Iterator[None]:
        """Tell every replayed step, so that it can be compared."""
        reports: list[Reports] = []
        run = self.timeline.run

        def tell() -> None:
            if reports:
                series = exactly(reports)
                send(Points(asked.run, asked.attempt, run.step, run.epoch, series, replayed=True))
                reports.clear()

        for report in replay:
            reports.append(report)
            if sum(len(each.loss) for each in reports) >= TOLD_TOGETHER:
                tell()
            yield
        tell()

    def _open(
        self, asked: Create, folder: Path, scribe: Scribe, send: Callable[[Spoken], None]
    ) -> Archive:
        def tell(name: str, size: int, gone: list[str]) -> None:
            send(Checkpointed(asked.run, asked.attempt, name, size, gone))

        archive = Archive(folder, asked.record, asked.attempt, scribe, tell)
        archive.adopt(asked.kept)
        return archive

    def _beginning(self, asked: Create) -> State | None:
        """The state that a fork began with: given, or the first file of its folder."""
        if asked.state is not None:
            return State.loads(asked.state)
        if asked.start is None or self._archive is None:
            return None
        snapshot = self._archive.read(asked.start) if asked.start in self._archive.places else None
        if snapshot is None:
            raise StateError("What this run began with is no longer on the disk.")
        return snapshot.state

    def _keep_beginning(self) -> None:
        """Write down what a fork begins with: nothing else knows it."""
        if self._archive is None:
            return
        try:
            self._archive.save_now(self.timeline.first)
        except OSError as problem:
            raise Refused(
                "storage-full",
                "There is no room left on the server's disk for another run. Delete some of yours.",
            ) from problem
