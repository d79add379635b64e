"""What the web process and its workers say to each other: small tagged structs, never pickles.

A message is four bytes of length, little-endian, and one MessagePack map. Documents (jobs, commands,
probes, effects) travel as their JSON inside, so that only their own models read them. Requests have
an id and are answered once; notes and news are not answered. `attempt` is how often a run has been
given to a worker: what an older attempt says is not believed.
"""

from typing import Any, Literal

import msgspec
import numpy as np

from neurarium.capture.document import Extent
from neurarium.sessions import limits

State = Literal["waiting", "running", "paused", "finished", "diverged", "failed"]
Values = dict[str, float | int | str]
Form = Literal["wire", "json", "npz", "png"]
"""How a frame is written: for the socket, or with its true numbers for scripts."""
LENGTH = 4
"""Bytes of length before each message."""


class Spoken(msgspec.Struct, frozen=True, tag=True, tag_field="type"):
    """One message, told from others by `type`."""


class Series(msgspec.Struct, frozen=True):
    """Points of one curve. Where `counts` are above 1 they are buckets, with their least and greatest values."""

    name: str
    steps: list[int]
    counts: list[int]
    values: list[list[float]]
    low: list[list[float]] | None = None
    high: list[list[float]] | None = None


class Packed(msgspec.Struct, frozen=True):
    """Points of one curve as the bytes of their numbers: to make a list of each would cost a worker its time."""

    name: str
    whole: bytes
    """Steps, then counts: int64."""
    real: bytes
    """Values, and for buckets their least and greatest: float64."""

    @property
    def last(self) -> int:
        """The last step."""
        return int(np.frombuffer(self.whole, np.int64)[len(self.whole) // 16 - 1])

    @property
    def series(self) -> Series:
        """The points."""
        steps, counts = np.frombuffer(self.whole, np.int64).reshape(2, -1).tolist()
        real = np.frombuffer(self.real, np.float64).reshape(-1, len(steps), 1).tolist()
        return Series(self.name, steps, counts, *real)


# --- the web process asks: answered by Answer or Refusal with the same id ---


class Request(Spoken, frozen=True):
    """Something about one run that is answered."""

    id: int
    run: str


class Past(msgspec.Struct, frozen=True):
    """How far a run had come before: the worker goes there again by itself, and tells its steps as `replayed`."""

    step: int
    """Up to here the log knows it."""
    state: State
    """As what it then stands still: a run that trained is played by another request."""
    journal: list[bytes] = []
    """All effects so far as JSON, in order."""
    singles: list[tuple[int, int]] = []
    """First and last step of each stretch that was taken example by example."""


class Create(Request, frozen=True):
    """Take a run in: build it from its job, or go on from a saved state.

    With a `folder`, checkpoints are written there, each with `record` in it. Of those that lie there, only `kept` are
    believed. With `past`, the run is brought to where it was: from its last checkpoint, with its journal given again.
    """

    attempt: int
    job: bytes
    state: bytes | None = None
    folder: str | None = None
    record: bytes = b"{}"
    start: int | None = None
    """Step of the checkpoint that it began with, where it did not begin afresh."""
    kept: list[str] = []
    past: Past | None = None


class Steer(Request, frozen=True):
    """Change the run, or start, stop and move it: an `AnyCommand` or `AnyControl` as JSON."""

    command: bytes
    parcel: bytes = b""
    """What the command refers to, where it comes with it."""


class Look(Request, frozen=True):
    """Compute one probe once, now or at a past step; `picture` is the array that becomes an image."""

    probe: bytes
    step: int | None = None
    form: Form = "wire"
    picture: str | None = None


class Save(Request, frozen=True):
    """Write the run down as it is, or as it was at a past step."""

    step: int | None = None


class Weights(Request, frozen=True):
    """Write the parameters and buffers as safetensors, as they are or were at a past step."""

    step: int | None = None


class WriteOnnx(Request, frozen=True):
    """Write the network down as an ONNX file."""


class ReadOnnx(Request, frozen=True):
    """Read an ONNX file as a network, which is no run yet; its weights come as safetensors."""

    document: bytes


class Predict(Request, frozen=True):
    """Use the network, as it is or was at a past step, on inputs by name, each a list of examples."""

    inputs: bytes
    step: int | None = None


class Generate(Request, frozen=True):
    """Let the network, as it is or was at a past step, say words: an `Utterance` as JSON."""

    utterance: bytes
    step: int | None = None


class Analyse(Request, frozen=True):
    """Work something out on copies of the run: an `AnyAnalysis` as JSON. Parts of the answer come before it."""

    question: bytes


class CaptureStep(Request, frozen=True):
    """Capture the computational graph of the next step, of the minibatch or of one example: a `Capture` as JSON."""

    extent: Extent


class Drop(Request, frozen=True):
    """Forget the run."""


# --- the web process notes: not answered ---


class Abandon(Spoken, frozen=True):
    """Nobody waits for this analysis any more."""

    id: int


class Note(Spoken, frozen=True):
    """Something about one watched probe of a run."""

    run: str
    watch: int


class WatchProbe(Note, frozen=True):
    """Somebody watches: compute this probe again and again. Its first frame is wanted."""

    probe: bytes


class UnwatchProbe(Note, frozen=True):
    """Nobody watches any more."""


class Want(Note, frozen=True):
    """The last frame found a viewer with credit: the next one will too."""


class Captured(Spoken, frozen=True):
    """The computational graph that probes of this run execute from now on; or why there is none."""

    run: str
    extent: Extent
    document: bytes
    problem: str = ""


# --- the worker answers ---


class Answer(Spoken, frozen=True):
    """A request was carried out."""

    id: int
    step: int
    facts: dict[str, Any] = {}
    body: bytes = b""


class Part(Spoken, frozen=True):
    """A part of an answer that is still being worked out."""

    id: int
    facts: dict[str, Any]


class Refusal(Spoken, frozen=True):
    """A request was not carried out: a sentence for a learner."""

    id: int
    code: str
    sentence: str
    values: Values = {}


# --- the worker tells ---


class Ready(Spoken, frozen=True):
    """The first message: torch is in and two real steps were taken."""

    device: str
    devices: int
    torch: str
    pid: int


class Beat(Spoken, frozen=True):
    """Sent at least every second from the training loop, with what the processor's time went into."""

    seconds_training: float
    seconds_looking: float
    """While something trained: what the governor holds to its share."""
    seconds_looking_free: float
    """While nothing trained: it cost nobody anything."""
    looks: int
    steps: int
    step: float = 0.0
    """Seconds of a typical step of the slowest run that plays."""


class News(Spoken, frozen=True):
    """Something that happened to a run."""

    run: str
    attempt: int


class Points(News, frozen=True):
    """New points of the curves, and where the run is."""

    step: int
    epoch: float
    packed: list[Packed]
    replayed: bool = False
    """Whether the log has these steps already: they are compared, never written twice."""

    @property
    def series(self) -> list[Series]:
        """The points of each curve."""
        return [curve.series for curve in self.packed]


class Checkpointed(News, frozen=True):
    """A checkpoint lies in the run's folder under this name; those in `gone` were deleted."""

    name: str
    size: int
    gone: list[str] = []


class Event(News, frozen=True):
    """An event of the run's log. `job`, `parameters` and `engine` are there where they may have changed."""

    step: int
    epoch: float
    event: Literal["state", "journal", "snapshots", "rewound", "data"]
    state: State | None = None
    pace: float | None = None
    effect: bytes | None = None
    snapshots: list[int] | None = None
    reason: str | None = None
    values: Values = {}
    job: bytes | None = None
    parameters: int | None = None
    engine: str | None = None


class Picture(News, frozen=True):
    """A watched probe's frame: the MessagePack map of a `FrameMessage` without its subscription."""

    watch: int
    step: int
    body: bytes


class Blind(News, frozen=True):
    """A watched probe has no answer here: a sentence for a learner."""

    watch: int
    step: int
    code: str
    sentence: str


ToWorker = (
    Create
    | Steer
    | Look
    | Save
    | Weights
    | WriteOnnx
    | ReadOnnx
    | Predict
    | Generate
    | Analyse
    | CaptureStep
    | Drop
    | Abandon
    | WatchProbe
    | UnwatchProbe
    | Want
    | Captured
)
FromWorker = (
    Answer | Part | Refusal | Ready | Beat | Points | Checkpointed | Event | Picture | Blind
)
Asked = (
    Create
    | Steer
    | Look
    | Save
    | Weights
    | WriteOnnx
    | ReadOnnx
    | Predict
    | Generate
    | Analyse
    | CaptureStep
    | Drop
)

ENCODER = msgspec.msgpack.Encoder()
TO_WORKER: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
FROM_WORKER: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)


class ChannelError(ConnectionError):
    """The other side says what is no message, or has gone."""


def pack(message: Spoken) -> bytes:
    """Write one message with its length before it."""
    body = ENCODER.encode(message)
    if len(body) > limits.MESSAGE_BYTES:
        raise ChannelError(f"a message of {len(body)} bytes is longer than may be sent")
    return len(body).to_bytes(LENGTH, "little") + body


def length(head: bytes) -> int:
    """Read a length; ChannelError if nothing of that length may come."""
    count = int.from_bytes(head, "little")
    if count > limits.MESSAGE_BYTES:
        raise ChannelError(f"a message of {count} bytes is longer than may come")
    return count
