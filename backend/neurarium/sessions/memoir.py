"""What has to be remembered of a run besides its log, so that it can go on in another life of the server."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert

from neurarium.sessions.control import AnyControl, Play, Step
from neurarium.sessions.place import Place
from neurarium.sessions.protocol import Checkpointed, Event
from neurarium.sessions.store.schema import ANSWERS, CHECKPOINTS, JOURNAL
from neurarium.sessions.store.writer import Work
from neurarium.training.command import AnyCommand, Effect
from neurarium.training.job import Job

if TYPE_CHECKING:
    from neurarium.sessions.session import Session

FACTS = (
    "epoch_of_data", "pace", "snapshots", "parameters", "device", "reason", "reason_values",
    "engine",
)  # fmt: skip


@dataclass(eq=False)
class Asked:
    """A command under way. Its answer is stored in the transaction of what it did."""

    run: str
    command: AnyCommand | AnyControl
    cmd_id: str | None
    words: str
    """The command as it was given, which may say less than what was carried out."""
    is_stored: bool = False

    def works(self, step: int, effect: Effect | None) -> list[Work]:
        """Write the answer down, once."""
        if self.cmd_id is None or self.is_stored:
            return []
        self.is_stored = True
        values = {
            "run": self.run,
            "cmd_id": self.cmd_id,
            "command": self.words,
            "step": step,
            "effect": None if effect is None else effect.model_dump_json(),
        }
        statement = insert(ANSWERS).prefix_with("OR IGNORE").values(**values)
        return [lambda connection: connection.execute(statement)]


@dataclass
class Memoir:
    """The commands under way, and how the run was set going."""

    control: Play | Step | None = None
    """What made it train."""
    since: int = 0
    """The step at which it did."""
    singles: list[tuple[int, int]] = field(default_factory=list)
    """Stretches of steps that were taken example by example: first and last."""
    latest: dict[str, float] = field(default_factory=dict)
    """The last value of each curve, stored or soon to be."""
    under_way: list[Asked] = field(default_factory=list)
    _job: tuple[Job, str] | None = None

    def ask(
        self, run: str, command: AnyCommand | AnyControl, cmd_id: str | None, words: str
    ) -> Asked:
        """A command goes to the worker."""
        asked = Asked(run, command, cmd_id, words)
        self.under_way.append(asked)
        return asked

    def answered(self, asked: Asked) -> None:
        """It has come back."""
        self.under_way.remove(asked)

    def hear(self, run: str, event: Event) -> list[Work]:
        """Take in an event; return what belongs into its transaction. Commands are carried out in their order."""
        match event.event:
            case "journal" if event.effect is not None:
                effect = Effect.model_validate_json(event.effect)
                asked = next((a for a in self.under_way if a.command == effect.command), None)
                works = asked.works(event.step, effect) if asked else []
                return [*works, _journal(run, effect, asked.cmd_id if asked else None)]
            case "rewound":
                self._cut(event.step)
                return [_rewound(run, event.step)]
            case "state":
                self._cut(event.step)
                if event.state == "running":
                    return self._start(event.step)
        return []

    def checkpointed(self, run: str, message: Checkpointed) -> Work:
        """Write down which files there are."""
        values = {"run": run, "name": message.name, "size": message.size}

        def work(connection: Connection) -> None:
            gone = CHECKPOINTS.c.name.in_(message.gone)
            connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.run == run, gone))
            place = Place.parse(message.name)
            if place is not None:
                row = {**values, "step": place.step}
                connection.execute(insert(CHECKPOINTS).prefix_with("OR REPLACE").values(**row))

        return work

    def remaining(self, step: int) -> Play | Step | None:
        """What makes it go on from a step; None if it has done what it was asked."""
        control = self.control
        if not isinstance(control, Step) or control.unit == "epoch":
            return control
        left = self.since + control.count - step
        return control.model_copy(update={"count": left}) if left > 0 else None

    def row(self, session: "Session") -> dict[str, Any]:
        """Write a run's row."""
        facts = {name: session.told(name) for name in FACTS}
        control = None if self.control is None else self.control.model_dump()
        facts |= {"control": control, "since": self.since, "singles": self.singles}
        return {
            "job": self._written(session.told("job")),
            "state": session.told("state"),
            "step": session.told("step"),
            "attempt": session.attempt,
            "facts": json.dumps(facts | {"latest": self.latest}),
        }

    def _written(self, job: Job) -> str:
        """Write the job as JSON; anew only where it is another one, as rows are written many times a second."""
        if self._job is None or self._job[0] is not job:
            self._job = job, job.model_dump_json()
        return self._job[1]

    def read(self, session: "Session", row: Any) -> None:
        """Be what a row says, and let the run be so."""
        facts = json.loads(row.facts)
        for name in FACTS:
            setattr(session, name, facts[name])
        session.state, session.step, session.attempt = row.state, row.step, row.attempt
        self.latest = facts["latest"]
        self.since = facts["since"]
        self.singles = [(first, last) for first, last in facts["singles"]]
        control = facts["control"]
        if control is not None:
            self.control = (Play if control["kind"] == "play" else Step).model_validate(control)

    def _start(self, step: int) -> list[Work]:
        asked = next((a for a in self.under_way if isinstance(a.command, (Play, Step))), None)
        if asked is None or not isinstance(asked.command, (Play, Step)):
            return []
        control = self.control = asked.command
        self.since = step
        if isinstance(control, Step) and control.unit == "example":
            first = step + 1
            if self.singles and self.singles[-1][1] == step:
                first, _ = self.singles.pop()
            self.singles.append((first, step + control.count))
        return asked.works(step, None)

    def _cut(self, step: int) -> None:
        """The run stands at a step: what was to come after it has not."""
        kept = [(first, min(last, step)) for first, last in self.singles if first <= step]
        self.singles = kept


def _journal(run: str, effect: Effect, cmd_id: str | None) -> Work:
    values = {
        "run": run,
        "step": effect.step,
        "cmd_id": cmd_id,
        "command": effect.command.model_dump_json(),
        "effect": effect.model_dump_json(),
    }
    statement = insert(JOURNAL).values(**values)
    return lambda connection: connection.execute(statement)


def _rewound(run: str, step: int) -> Work:
    statement = delete(JOURNAL).where(JOURNAL.c.run == run, JOURNAL.c.step > step)
    return lambda connection: connection.execute(statement)
