"""A run as the web sees it: whose it is, how it stands, what happened to it, and who is watching."""

import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

from neurarium.clock import Clock
from neurarium.probe import Probe
from neurarium.sessions.answers import Answers
from neurarium.sessions.asking import Asking
from neurarium.sessions.captures import Captures
from neurarium.sessions.control import AnyControl, Pause, Play, Rewind, Step
from neurarium.sessions.delivery import fetch
from neurarium.sessions.errors import Refused
from neurarium.sessions.house import House
from neurarium.sessions.ledger import Ledger
from neurarium.sessions.link import Link
from neurarium.sessions.log import Log, Make, make_event
from neurarium.sessions.memoir import Memoir
from neurarium.sessions.protocol import (
    Answer,
    Blind,
    Captured,
    Checkpointed,
    Drop,
    Event,
    FromWorker,
    News,
    Note,
    Picture,
    Points,
    State,
    Steer,
    Values,
    WatchProbe,
)
from neurarium.sessions.store.writer import Work
from neurarium.sessions.viewer import Viewer
from neurarium.sessions.walk import Walk, begin, begin_by_number
from neurarium.sessions.watches import Watches
from neurarium.training.command import AnyCommand, Effect, TakeWeights
from neurarium.training.difference import Difference, dated, difference
from neurarium.training.job import Job

LOGGER = logging.getLogger(__name__)
RATE_WINDOW = 1.0
"""Seconds over which the rate is taken."""
ENDED = "The process that trained this run has ended. Start the run anew."


class Session(Asking):
    """One run. It is changed by what its worker tells, and by nothing else."""

    walk: Walk | None = None
    """Where within the next step somebody stands who goes through it operation by operation."""

    def __init__(
        self, name: str, owner: str, job: Job, house: House, ledger: Ledger, clock: Clock
    ) -> None:
        self.id = name
        self.owner = owner
        self.job = job
        self.shared = False
        self.preset: str | None = None
        self.parent: str | None = None
        """The run that it was forked from."""
        self.forked_at: int | None = None
        """The step at which it was."""
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
        self.link: Link | None = None
        """Its worker; None while it is in none."""
        self.attempt = 1
        """How often it was given to a worker."""
        self.first_job = job
        """What it began as."""
        self.memoir = Memoir()
        self._told: dict[str, Any] = {}
        """What the worker has told of it: to be seen as soon as it is stored."""
        self.watches = Watches(name, self._tell)
        self.captures = Captures(name, house, lambda: self.told("job"), self._hand)
        self.viewers: set[Viewer] = set()
        self.starting = 0
        """Commands under way that will make it play."""
        self._house = house
        self._ledger = ledger
        self._clock = clock
        self._answers: Answers[tuple[int, Effect | None]] = Answers()
        self._progress: deque[tuple[float, int]] = deque(maxlen=64)

    @property
    def latest(self) -> dict[str, float]:
        """The last value of each curve."""
        if not self.log.is_recalled:
            return self.memoir.latest
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
        _, step = self._progress[-1]
        return (step - first) / max(now - since, 1e-3)

    # --- asked by people ---

    async def command(
        self, cmd_id: str, command: AnyCommand | AnyControl, parcel: bytes = b""
    ) -> tuple[int, Effect | None]:
        """Change, start, stop or move the run: the step after which it is in force, and what a change did.

        The same `cmd_id` twice is done once and has the same answer. `parcel` is what a command refers to.
        """
        if self.shared:
            raise Refused(
                "shared-run",
                "Everybody who comes for the first time shares this run. Make it your own to change it.",
            )
        return await self._answers.once(
            cmd_id, command.model_dump_json(), lambda: self._once(cmd_id, command, parcel)
        )

    async def _once(
        self, cmd_id: str, command: AnyCommand | AnyControl, parcel: bytes
    ) -> tuple[int, Effect | None]:
        """Carry out a command, unless it was answered before the server was started, or its worker's end."""
        if self.link is None:
            await self._ledger.written()
        known = await self._ledger.answer(self.id, cmd_id)
        if known is None:
            return await self.steer(command, cmd_id, parcel)
        if known.command != command.model_dump_json():
            raise Refused("cmd-id-reused", "This command id was used for another command.")
        effect = None if known.effect is None else Effect.model_validate_json(known.effect)
        return known.step, effect

    async def steer(
        self, command: AnyCommand | AnyControl, cmd_id: str | None = None, parcel: bytes = b""
    ) -> tuple[int, Effect | None]:
        """Carry out a command of the house itself, or one that was let through; it is stored before it is answered."""
        if not isinstance(command, Pause):
            self._ledger.check_room()
        words = command.model_dump_json()
        if isinstance(command, Step) and command.unit == "operation":
            return await self._walk(command.count, cmd_id, words)
        if isinstance(command, (Play, Pause, Step, Rewind)):
            self.walk = None
        if isinstance(command, TakeWeights) and command.parcel is None:
            command, parcel = await fetch(self._house, self.owner, command)
        return await self._steer(command, cmd_id, words, parcel)

    async def _steer(
        self, command: AnyCommand | AnyControl, cmd_id: str | None, words: str, parcel: bytes = b""
    ) -> tuple[int, Effect | None]:
        """Have a command carried out; `words` is what was said."""
        plays = isinstance(command, (Play, Step))
        if plays:
            self._house.check_play(self)
        self.starting += plays
        asked = self.memoir.ask(self.id, command, cmd_id, words)
        document = command.model_dump_json().encode()
        try:
            answer = await self._ask(Steer, command=document, parcel=parcel)
        finally:
            self.starting -= plays
            self.memoir.answered(asked)
        effect = Effect.model_validate_json(answer.body) if answer.body else None
        self._note(works=asked.works(answer.step, effect))
        if not (isinstance(command, Pause) and self._ledger.is_full):
            await self._ledger.written()
        return answer.step, effect

    async def _walk(self, count: int, cmd_id: str | None, words: str) -> tuple[int, None]:
        """Go on or back within the next step; whoever reaches its end has it taken."""
        if self.is_playing:
            await self.steer(Pause())
        start = begin_by_number(self.job) or begin(await self._captured())
        if self.walk is not None:  # another network may have fewer operations
            start = start.model_copy(update={"at": min(self.walk.at, start.of - 1)})
        walk, steps = start.on(count)
        step = self.step
        if steps:
            step, _ = await self._steer(Step(count=steps), cmd_id, words)
        self.walk = walk
        self._note(make_event(self.step, "state", state=self.told("state"), operation=walk))
        return step, None

    async def _captured(self) -> bytes:
        """Have the step captured as the optimiser takes it."""
        is_single = self.job.batch.policy == "single"
        return await self.captures.get("example" if is_single else "minibatch")

    async def fork(self, owner: str, step: int | None = None) -> "Session":
        """Make another run that goes on from here, or from a past step; its curves begin with these."""
        job, state, at = await self.save(step)
        return await self._house.create(
            owner, job, preset=self.preset, state=state, origin=(self, at)
        )

    @property
    def journal(self) -> list[Effect]:
        """What commands did to it, those that were taken back by a rewind left out."""
        effects = (record.effect for record in self.log.journal)
        return [effect for effect in effects if effect is not None and effect.step <= self.step]

    @property
    def origin(self) -> Job | None:
        """The job that it was forked with: how it differs from its parent."""
        return None if self.parent is None else self.first_job

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
        self.captures.hand(self.watches.extents)

    def unsubscribe(self, viewer: Viewer, subscription: int) -> None:
        """Show them no longer."""
        self.watches.remove(viewer, subscription)

    # --- told by the worker and the house ---

    def settle(self, answer: Answer) -> None:
        """Take over what the worker said of the run when it took it in."""
        facts = answer.facts
        self._told = {} if self.attempt > 1 else {"state": facts["state"]}
        self._told |= {"step": answer.step, "epoch_of_data": facts["epoch"]}
        self._told |= {
            name: facts[name] for name in ("parameters", "device", "engine", "snapshots")
        }
        self._told["job"] = Job.model_validate_json(facts["job"])
        self._show(self._told)

    def hear(self, message: FromWorker) -> None:
        """Take in what the worker tells; what an older attempt says is not believed."""
        if isinstance(message, News) and message.attempt != self.attempt:
            return
        match message:
            case Points(replayed=True):
                self._compare(message)
            case Points(series=series):
                self._told |= {"step": message.step, "epoch_of_data": message.epoch}
                self._progress.append((self._clock.elapsed(), message.step))
                self.memoir.latest |= {
                    part.name: part.values[-1][0] for part in series if part.values
                }
                size = sum(24 * len(part.steps) for part in series)
                self._note(self.log.make_metrics(series), size=size)
            case Checkpointed():
                self._note(works=[self.memoir.checkpointed(self.id, message)])
            case Event():
                self._take(message)
            case Picture() | Blind():
                self.watches.hear(message)

    def lose(self, reason: str) -> None:
        """The worker has died; without a store, the run has died with it."""
        self.link = None
        if self._ledger.store is not None:
            return
        self.fail("failed.worker", {"step": self.step, "detail": reason})
        self.watches.close("run-failed", "The process that trained this run has ended.")

    def row(self) -> dict[str, Any]:
        """Everything of it that is stored beside its log."""
        return self.memoir.row(self)

    def publish(self) -> None:
        """Tell those who follow that there are new records."""
        for viewer in self.viewers:
            viewer.notify(self.id)

    async def close(self) -> None:
        """Forget the run, here and in its worker."""
        self.watches.close("not-found", "This run was deleted.")
        self.captures.close()
        for viewer in list(self.viewers):
            self.unwatch(viewer)
        link, self.link = self.link, None
        if link is not None and link.is_ready:
            await link.ask(Drop, self.id)

    def _take(self, event: Event) -> None:
        told = self._told = self._told | {"step": event.step, "epoch_of_data": event.epoch}
        if event.job is not None:
            told["job"] = Job.model_validate_json(event.job)
        if event.parameters is not None:
            told["parameters"] = event.parameters
        if event.snapshots is not None:
            told["snapshots"] = event.snapshots
        if event.engine is not None:
            told["engine"] = event.engine
        if event.event == "state" and event.state is not None:
            told |= {"state": event.state, "pace": event.pace}
            told |= {"reason": event.reason, "reason_values": event.values}
        works = self.memoir.hear(self.id, event)
        if event.event == "rewound":
            self.memoir.latest = self.log.history.latest_at(event.step)
        if event.event in ("state", "rewound"):
            self._progress.clear()
            self._progress.append((self._clock.elapsed(), event.step))
        effect = None if event.effect is None else Effect.model_validate_json(event.effect)
        facts: dict[str, Any] = {
            "state": event.state,
            "snapshots": event.snapshots,
            "reason": event.reason,
        }
        facts["operation"] = self.walk if event.event == "state" else None
        self._note(
            make_event(event.step, event.event, effect=effect, values=event.values, **facts), works
        )

    def stand(self, state: State) -> None:
        """Say that it stands still, where nobody else can."""
        self._told |= {"state": state, "pace": None}
        self._note(make_event(self.step, "state", state=state))

    def fail(self, reason: str, values: Values) -> None:
        """Say that it cannot go on."""
        self._told |= {"state": "failed", "pace": None, "reason": reason, "reason_values": values}
        self._note(make_event(self.step, "state", state="failed", reason=reason, values=values))

    def _compare(self, message: Points) -> None:
        """Steps that were taken again must be what they were."""
        found = self.log.history.difference(message.series)
        if found is not None:
            name, step = found
            LOGGER.error("run %s: `%s` of step %s is not what it was", self.id, name, step)
            values: Values = {"curve": name, "step": step}
            self._note(make_event(self.step, "determinism_violation", values=values))

    def _note(self, make: Make | None = None, works: Sequence[Work] = (), size: int = 512) -> None:
        told = dict(self._told)
        self._ledger.note(self, make, works, size, lambda: self._show(told))

    def _show(self, told: dict[str, Any]) -> None:
        """Let what was told be seen."""
        for name, value in told.items():
            setattr(self, name, value)
        if "job" in told:
            self.captures.hand(self.watches.extents)

    def told(self, name: str) -> Any:
        """Return what is newest of a fact, be it stored or not."""
        return self._told.get(name, getattr(self, name))

    def _tell(self, note: Note) -> None:
        if self.link is not None:
            self.link.note(note)
        elif self._ledger.store is not None and isinstance(note, WatchProbe):
            self._house.want(self)

    def _hand(self, captured: Captured) -> None:
        if self.link is not None:
            self.link.note(captured)

    async def _placed(self) -> Link:
        """Return its worker; where it is in none yet, it is brought into one first, and set going if it was."""
        if self._ledger.store is not None and (self.link is None or self._house.is_moving(self)):
            await self._house.place(self)
        if self.link is None:
            raise Refused("run-failed", ENDED)
        return self.link
