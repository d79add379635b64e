"""The whole wire: every message of the socket, in one file, in order of use. `docs/protocol.md` tells the story.

The browser's types are generated from here. Control messages are JSON text. `Metrics` and `FrameMessage` are
MessagePack in binary messages, as numbers in them may be infinite and arrays are bytes.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium.probes import AnyProbe
from neurarium.sessions.control import AnyControl
from neurarium.sessions.ledger import Storage
from neurarium.sessions.walk import Walk
from neurarium.training.command import AnyCommand, Effect

PROTOCOL = 1

RunId = Annotated[str, Field(pattern=r"^[a-z0-9]{4,32}$", description="Id of a run.")]
CommandId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Chosen by the sender, once for each command."
    ),
]
Count = Annotated[int, Field(ge=0, le=2**53)]
Subscription = Annotated[
    int, Field(ge=0, le=2**31, description="Chosen by the page, unique on its socket.")
]
State = Literal["waiting", "running", "paused", "finished", "diverged", "failed"]


class Message(BaseModel):
    """One message, told from others by `type`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- the page speaks -------------------------------------------------------------------------------------------------


class Position(Message):
    """How far a page has read a run's log. `epoch` is random for each life of the log."""

    epoch: Annotated[str, Field(max_length=32)]
    seq: Count


class Hello(Message):
    """The first message, within 5 seconds."""

    type: Literal["hello"] = "hello"
    v: int = Field(ge=0, le=1000, description="Protocol version.")
    build: str = Field(
        default="", max_length=64, description="Build of the page; another build is told to reload."
    )


class Watch(Message):
    """Follow a run's log (metrics and events), from the start or from where the page had come to."""

    type: Literal["watch"] = "watch"
    run: RunId
    resume: Position | None = None


class Unwatch(Message):
    """Stop following a run's log."""

    type: Literal["unwatch"] = "unwatch"
    run: RunId


class Read(Message):
    """Everything of the log up to `seq` has arrived; sent at least every 2 seconds while something arrives."""

    type: Literal["read"] = "read"
    run: RunId
    seq: Count


class Subscribe(Message):
    """Ask for a probe's pictures: again and again while the run goes on, or once at a past step."""

    type: Literal["subscribe"] = "subscribe"
    subscription: Subscription
    run: RunId
    probe: AnyProbe
    step: Count | None = Field(default=None, description="A past step; none: live.")


class Unsubscribe(Message):
    """The pictures are no longer on screen."""

    type: Literal["unsubscribe"] = "unsubscribe"
    subscription: Subscription


class Drawn(Message):
    """A frame was drawn: gives its credit back. At most two frames of a subscription are under way."""

    type: Literal["drawn"] = "drawn"
    subscription: Subscription


class Command(Message):
    """Change a run, or start and stop it. Answered by `ack` or `refused` with the same `cmd_id`."""

    type: Literal["command"] = "command"
    cmd_id: CommandId
    run: RunId
    command: Annotated[AnyCommand | AnyControl, Field(discriminator="kind")]


ClientMessage = Annotated[
    Hello | Watch | Unwatch | Read | Subscribe | Unsubscribe | Drawn | Command,
    Field(discriminator="type"),
]


# --- the server answers ----------------------------------------------------------------------------------------------


class Welcome(Message):
    """The answer to `hello`."""

    type: Literal["welcome"] = "welcome"
    v: int = PROTOCOL
    build: str
    device: str = Field(description="What trains here: `cpu`, `cuda`, `mps`.")
    storage: Storage = Field(description="How it stands with the server's disk, as in `heartbeat`.")


class Ack(Message):
    """A command was taken: it is in the run's journal, and in force after `step`."""

    type: Literal["ack"] = "ack"
    cmd_id: CommandId
    run: RunId
    step: Count
    effect: Effect | None = Field(
        default=None, description="What a change did; none for play, pause, step, rewind."
    )


class Refused(Message):
    """A command or subscription was not taken: what was wrong, and what would work."""

    type: Literal["refused"] = "refused"
    cmd_id: CommandId | None = None
    subscription: Subscription | None = None
    run: str | None = None
    code: str
    detail: str


class RunEvent(Message):
    """Something happened to a run. Durable: numbered with the metrics in one log."""

    type: Literal["event"] = "event"
    run: RunId
    epoch: str
    seq: Count
    step: Count
    event: Literal[
        "state", "journal", "snapshots", "rewound", "data", "recovered", "determinism_violation"
    ]
    state: State | None = Field(default=None, description="With `state`: what the run does now.")
    effect: Effect | None = Field(default=None, description="With `journal`: what a command did.")
    snapshots: list[Count] | None = Field(
        default=None, description="With `snapshots`: the past steps that can be shown."
    )
    operation: Walk | None = Field(
        default=None,
        description="With `state`: where within its next step somebody stands who goes through it operation by "
        "operation.",
    )
    reason: str | None = Field(
        default=None, description="With `state` diverged or failed: key of the sentence why."
    )
    values: dict[str, float | int | str] = Field(
        default={}, description="Numbers and names for that sentence."
    )


class Reset(Message):
    """The log cannot be resumed from where the page was: load the history by REST, then go on after `seq`."""

    type: Literal["reset"] = "reset"
    run: RunId
    reason: Literal["epoch", "too-old", "too-much"]
    epoch: str
    seq: Count


class Gap(Message):
    """The page was too slow: records `first` to `last` were not sent. Fetch them by REST."""

    type: Literal["gap"] = "gap"
    run: RunId
    first: Count
    last: Count


class Heartbeat(Message):
    """The newest numbers of the logs that the page follows, so that a silent gap is seen. Every 5 seconds.

    Also when the disk becomes full, and when it has room again.
    """

    type: Literal["heartbeat"] = "heartbeat"
    heads: dict[str, Count]
    steps: dict[str, Count]
    rates: dict[str, float] = Field(description="Steps per second of each run.")
    storage: Storage = Field(
        description=(
            "The server's disk: `open`, there is room; `short`, what runs do is stored, but nothing can be begun or "
            "changed; `full`, runs go on in memory, unseen; `held`, they stand still until there is room."
        )
    )


class Series(Message):
    """Points of one curve: every step up to 1,000 a second, above that buckets, which `counts` marks."""

    name: str = Field(
        description="`loss`, `penalty`, `lr`; evaluated: `train_loss`, `validation_accuracy`, ..."
    )
    steps: list[int] = Field(description="The last step of each point.")
    counts: list[int] = Field(description="How many steps each point stands for.")
    values: list[list[float]] = Field(description="Mean of each point, for each replica.")
    low: list[list[float]] | None = Field(
        default=None, description="Least value, where points are buckets."
    )
    high: list[list[float]] | None = Field(
        default=None, description="Greatest value, where points are buckets."
    )


class Metrics(Message):
    """Points of a run's curves. Durable. MessagePack."""

    type: Literal["metrics"] = "metrics"
    run: RunId
    epoch: str
    seq: Count
    series: list[Series]


class Array(Message):
    """One array of a frame, row by row, little-endian."""

    name: str
    node: str
    axes: list[str]
    dtype: Literal["uint8", "float32", "float64", "int32"]
    shape: list[int]
    scale: Literal["unit", "node", "network", "fixed"]
    lo: float | list[float] = Field(
        description="Value of uint8 0; a list where every unit has its own scale."
    )
    hi: float | list[float] = Field(description="Value of uint8 255.")
    data: bytes


class ReadingMessage(Message):
    """The sentence that a frame says."""

    key: str
    values: dict[str, float | int | str]


class FrameMessage(Message):
    """A probe's pictures at one step, drawn together. Latest wins. MessagePack."""

    type: Literal["frame"] = "frame"
    v: int = PROTOCOL
    subscription: Subscription
    run: RunId
    probe: str
    replica: int | None
    step: Count
    example: int | None
    reading: ReadingMessage | None
    arrays: list[Array]
    details: dict[str, Any]


ServerMessage = Annotated[
    Welcome | Ack | Refused | RunEvent | Reset | Gap | Heartbeat | Metrics | FrameMessage,
    Field(discriminator="type"),
]
