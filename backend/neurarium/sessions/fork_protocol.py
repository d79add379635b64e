"""What the web process and its fork server say to each other: messages as between the web process and a worker."""

import msgspec

from neurarium.sessions.protocol import Spoken

DESCRIPTORS = 3
"""What comes with a `Fork`: the ends of the worker's socket, of its complaints, and of its slip."""


class Fork(Spoken, frozen=True):
    """Make a worker."""

    id: int
    index: int
    device: str


class Warm(Spoken, frozen=True):
    """The first message: torch is in. Where `device` is not the CPU, nothing should be forked."""

    device: str
    pid: int


class Born(Spoken, frozen=True):
    """The worker of that request is there."""

    id: int
    pid: int


class Ended(Spoken, frozen=True):
    """A worker has ended; `code` is negative for a signal."""

    pid: int
    code: int


FromForkServer = Warm | Born | Ended

TO_FORK_SERVER: msgspec.msgpack.Decoder[Fork] = msgspec.msgpack.Decoder(Fork)
FROM_FORK_SERVER: msgspec.msgpack.Decoder[FromForkServer] = msgspec.msgpack.Decoder(FromForkServer)
