"""A run as the web sees it: whose it is, how it stands, what happened to it, and who is watching."""

import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from neurarium.clock import Clock
from neurarium.probe import Probe
from neurarium.sessions.answers import Answers
from neurarium.sessions.control import AnyControl, Play, Step
from neurarium.sessions.errors import Refused
from neurarium.sessions.link import Link
from neurarium.sessions.log import Log
from neurarium.sessions.protocol import (
    Answer,
    Blind,
    Drop,
    Event,
    Form,
    FromWorker,
    Look,
    Note,
    Picture,
    Points,
    Predict,
    Save,
    State,
    Steer,
    Values,
    Weights,
)
from neurarium.sessions.question import AnyAnalysis
from neurarium.sessions.viewer import FrameBytes, Viewer
from neurarium.sessions.watches import Watches
from neurarium.training.command import AnyCommand, Effect
from neurarium.training.difference import Difference, dated, difference
from neurarium.training.job import Job

RATE_WINDOW = 1.0
"""Seconds over which the rate is taken."""
ENDED = "The process that trained this run has ended. Start the run anew."
Export = Literal["safetensors", "job"]


class House(Protocol):
    """What a session asks of the table that it is in."""

    async def create(
        self, owner: str, job: Job, *, preset: str | None = None, state: bytes | None = None
    ) -> "Session":
        """Make another run."""

    def check_play(self, session: "Session") -> None:
        """Raise Refused if the owner has too many runs that play."""


class Session:
    """One run. It is changed by what its worker tells, and by nothing else."""

    def __init__(
        self, name: str, owner: str, job: Job, link: Link, house: House, clock: Clock
    ) -> None:
        self.id = name
        self.owner = owner
        self.job = job
        self.shared = False
        self.preset: str | None = None
        self.parent: str | None = None
        """The run that it was forked from."""
        self.forked_at: int | None = None
        self.origin: Job | None = None
        """The job that it was forked with: how it differs from its parent."""
        self.created = clock.wall()
        self.state: State = "waiting"
        self.step = 0
        self.epoch_of_data = 0.0
        self.pace: float | None = None
        self.snapshots: list[int] = []
        self.parameters = 0
        self.device = ""
        self.engine = ""
        self.reason: str | None = None
        self.reason_values: Values = {}
        self.log = Log(name)
        self.link: Link | None = link
        """Its worker; None once that has died."""
        self.attempt = 1
        self.watches = Watches(name, self._note)
        self.viewers: set[Viewer] = set()
        self.starting = 0
        """Commands under way that will make it play."""
        self._house = house
        self._clock = clock
        self._answers: Answers[tuple[int, Effect | None]] = Answers()
        self._progress: deque[tuple[float, int]] = deque(maxlen=64)

    @property
    def latest(self) -> dict[str, float]:
        """The last value of each curve."""
        return self.log.history.latest

    @property
    def is_playing(self) -> bool:
        """Whether it trains, or is about to."""
        return self.state == "running" or self.starting > 0

    @property
    def rate(self) -> float:
        """Steps per second over the last second; 0 while it stands still."""
        now = self._clock.elapsed()
        while len(self._progress) > 1 and now - self._progress[1][0] >= RATE_WINDOW:
            self._progress.popleft()
        if self.state != "running" or not self._progress:
            return 0.0
        since, first = self._progress[0]
        return (self.step - first) / max(now - since, 1e-3)

    # --- asked by people ---

    async def command(
        self, cmd_id: str, command: AnyCommand | AnyControl
    ) -> tuple[int, Effect | None]:
        """Change, start, stop or move the run: the step after which it is in force, and what a change did.

        The same `cmd_id` twice is done once and has the same answer.
        """
        if self.shared:
            raise Refused(
                "shared-run",
                "Everybody who comes for the first time shares this run. Make it your own to change it.",
            )
        return await self._answers.once(
            cmd_id, command.model_dump_json(), lambda: self.steer(command)
        )

    async def steer(self, command: AnyCommand | AnyControl) -> tuple[int, Effect | None]:
        """Carry out a command of the house itself, or one that was let through."""
        plays = isinstance(command, (Play, Step))
        if plays:
            self._house.check_play(self)
        self.starting += plays
        try:
            answer = await self._ask(Steer, command=command.model_dump_json().encode())
        finally:
            self.starting -= plays
        return answer.step, Effect.model_validate_json(answer.body) if answer.body else None

    async def look(
        self, probe: Probe, step: int | None = None, form: Form = "wire", picture: str | None = None
    ) -> FrameBytes:
        """Compute a probe once, now or at a past step; `form` is how it is written, `picture` what becomes an image."""
        document = probe.model_dump_json().encode()
        return (await self._ask(Look, probe=document, step=step, form=form, picture=picture)).body

    async def predict(
        self, inputs: dict[str, list[Any]], step: int | None = None
    ) -> tuple[dict[str, Any], int]:
        """Use the network on examples, as it is now or was at a past step: outputs, and the step they belong to."""
        answer = await self._ask(Predict, inputs=json.dumps(inputs).encode(), step=step)
        outputs: dict[str, Any] = answer.facts["outputs"]
        return outputs, answer.step if step is None else step

    async def analyse(
        self, question: AnyAnalysis, told: Callable[[dict[str, Any]], None] = lambda _: None
    ) -> dict[str, Any]:
        """Have something worked out on copies of the run, which goes on; `told` hears parts of the answer."""
        if self.link is None:
            raise Refused("run-failed", ENDED)
        document = question.model_dump_json().encode()
        return (await self.link.analyse(self.id, document, told)).facts

    async def export(self, kind: Export) -> tuple[bytes, str, str]:
        """Write the run down to take home: bytes, media type, name of the file."""
        if kind == "job":
            return (
                self.job.model_dump_json(indent=2).encode(),
                "application/json",
                f"{self.id}-job.json",
            )
        answer = await self._ask(Weights)
        return answer.body, "application/octet-stream", f"{self.id}-step-{answer.step}.safetensors"

    async def save(self, step: int | None = None) -> tuple[Job, bytes, int]:
        """Write down all that continuation depends on, now or at a past step: job, state, step."""
        answer = await self._ask(Save, step=step)
        return Job.model_validate_json(answer.facts["job"]), answer.body, answer.step

    async def fork(self, owner: str, step: int | None = None) -> "Session":
        """Make another run that goes on from here, or from a past step; its curves begin with these."""
        job, state, at = await self.save(step)
        forked = await self._house.create(owner, job, preset=self.preset, state=state)
        forked.parent, forked.forked_at, forked.origin = self.id, at, job
        forked.log.inherit(self.log.history, at)
        return forked

    @property
    def journal(self) -> list[Effect]:
        """What commands did to it, those that were taken back by a rewind left out."""
        effects = (record.effect for record in self.log.journal)
        return [effect for effect in effects if effect is not None and effect.step <= self.step]

    @property
    def changes(self) -> list[Difference]:
        """What differs from the run that it was forked from, as that was."""
        return [] if self.origin is None else dated(difference(self.origin, self.job), self.journal)

    # --- watched ---

    def watch(self, viewer: Viewer, resume: tuple[str, int] | None = None) -> None:
        """Let a viewer follow the log, from its start or from where it had come to."""
        viewer.follow(self.log, resume)
        self.viewers.add(viewer)

    def unwatch(self, viewer: Viewer) -> None:
        """Let it follow no longer."""
        self.viewers.discard(viewer)
        viewer.unfollow(self.id)

    def subscribe(self, viewer: Viewer, subscription: int, probe: Probe) -> None:
        """Show a viewer a probe's pictures while the run goes on."""
        self.watches.add(viewer, subscription, probe)

    def unsubscribe(self, viewer: Viewer, subscription: int) -> None:
        """Show them no longer."""
        self.watches.remove(viewer, subscription)

    # --- told by the worker and the house ---

    def settle(self, answer: Answer) -> None:
        """Take over what the worker said of the run when it took it in."""
        facts = answer.facts
        self.step, self.state, self.epoch_of_data = answer.step, facts["state"], facts["epoch"]
        self.parameters, self.device = facts["parameters"], facts["device"]
        self.engine, self.snapshots = facts["engine"], facts["snapshots"]
        self.job = Job.model_validate_json(facts["job"])

    def hear(self, message: FromWorker) -> None:
        """Take in what the worker tells; what an older attempt says is not believed."""
        if isinstance(message, (Points, Event, Picture, Blind)) and message.attempt != self.attempt:
            return
        match message:
            case Points():
                self.step, self.epoch_of_data = message.step, message.epoch
                self._progress.append((self._clock.elapsed(), message.step))
                self.log.metrics(message.series)
                self._notify()
            case Event():
                self._take(message)
            case Picture() | Blind():
                self.watches.hear(message)

    def lose(self, reason: str) -> None:
        """The worker has died, and the run with it."""
        self.link = None
        self._fail("failed.worker", {"step": self.step, "detail": reason})
        self.watches.close("run-failed", "The process that trained this run has ended.")

    async def close(self) -> None:
        """Forget the run, here and in its worker."""
        self.watches.close("not-found", "This run was deleted.")
        for viewer in list(self.viewers):
            self.unwatch(viewer)
        link, self.link = self.link, None
        if link is not None and link.is_ready:
            await link.ask(Drop, self.id)

    def _take(self, event: Event) -> None:
        self.step, self.epoch_of_data = event.step, event.epoch
        if event.job is not None:
            self.job = Job.model_validate_json(event.job)
        self.parameters = event.parameters if event.parameters is not None else self.parameters
        self.engine = event.engine or self.engine
        self.snapshots = event.snapshots if event.snapshots is not None else self.snapshots
        if event.event == "state" and event.state is not None:
            self.state, self.pace = event.state, event.pace
            self.reason, self.reason_values = event.reason, event.values
        if event.event in ("state", "rewound"):
            self._progress.clear()
            self._progress.append((self._clock.elapsed(), event.step))
        self.log.event(
            event.step,
            event.event,
            state=event.state,
            effect=None if event.effect is None else Effect.model_validate_json(event.effect),
            snapshots=event.snapshots,
            reason=event.reason,
            values=event.values,
        )
        self._notify()

    def _fail(self, reason: str, values: Values) -> None:
        self.state, self.pace = "failed", None
        self.reason, self.reason_values = reason, values
        self.log.event(self.step, "state", state="failed", reason=reason, values=values)
        self._notify()

    def _notify(self) -> None:
        for viewer in self.viewers:
            viewer.notify(self.id)

    def _note(self, note: Note) -> None:
        if self.link is not None:
            self.link.note(note)

    def _ask(self, kind: Any, **facts: Any) -> Awaitable[Answer]:
        if self.link is None:
            raise Refused("run-failed", ENDED)
        return self.link.ask(kind, self.id, **facts)
