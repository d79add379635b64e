"""A shift in a thread of the test: its runs, its books and its defences are within reach."""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from neurarium.sessions import protocol
from neurarium.sessions.channel import Channel
from neurarium.sessions.governor import Governor
from neurarium.sessions.protocol import (
    LENGTH,
    Answer,
    Asked,
    Blind,
    ChannelError,
    Create,
    Event,
    FromWorker,
    Note,
    Picture,
    Refusal,
    Want,
)
from neurarium.sessions.shift import Shift
from neurarium.training.job import Job

T = TypeVar("T")
PATIENCE = 20.0
"""Seconds that something may take, of the processor: the shift works in this process, on a busy machine, too."""


class Bench:
    """The other end of a shift's socket."""

    def __init__(
        self, governor: Governor | None = None, *, credits: bool = True, device: str = "cpu"
    ) -> None:
        near, self._far = socket.socketpair()
        self._near = near
        self.shift = Shift(Channel(near), device, governor or Governor())
        self.credits = credits
        self.heard: list[FromWorker] = []
        self._ids = 0
        self._hears = threading.Event()
        self._hears.set()
        self._reader = threading.Thread(target=self._read)
        self._worker = threading.Thread(target=self._work)

    def __enter__(self) -> "Bench":
        gc.freeze()  # a worker is a young process: what other tests left behind is not its garbage
        self._reader.start()
        self._worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._far.shutdown(socket.SHUT_RDWR)
        self._worker.join(10)
        self._near.close()
        self._reader.join(10)
        self._far.close()
        gc.unfreeze()

    def ask(self, kind: type[Asked], run: str, **facts: Any) -> Answer | Refusal:
        return self.answer(self.send(kind, run, **facts))

    def send(self, kind: type[Asked], run: str, **facts: Any) -> int:
        self._ids += 1
        self._far.sendall(protocol.pack(kind(self._ids, run, **facts)))
        return self._ids

    def answer(self, number: int) -> Answer | Refusal:
        def answers() -> list[Answer | Refusal]:
            return [m for m in self.heard if isinstance(m, (Answer, Refusal)) and m.id == number]

        return self.wait(answers)[0]

    def create(self, run: str, job: Job) -> None:
        assert isinstance(
            self.ask(Create, run, attempt=1, job=job.model_dump_json().encode()), Answer
        )

    def note(self, note: Note) -> None:
        self._far.sendall(protocol.pack(note))

    def wait(self, condition: Callable[[], T]) -> T:
        deadline = time.process_time() + PATIENCE
        while not (value := condition()):
            assert time.process_time() < deadline, "it never happened"
            time.sleep(0.002)
        return value

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Read nothing for a while."""
        self._hears.clear()
        yield
        self._hears.set()

    def pictures(self, run: str) -> list[Picture]:
        return [
            message for message in self.heard if isinstance(message, Picture) and message.run == run
        ]

    def states(self, run: str) -> list[Any]:
        return [m.state for m in self.heard if isinstance(m, Event) and m.run == run and m.state]

    def _work(self) -> None:
        try:
            self.shift.run()
        except ChannelError:
            return

    def _read(self) -> None:
        file = self._far.makefile("rb")
        with file:
            while self._hears.wait() and len(head := file.read(LENGTH)) == LENGTH:
                size = protocol.length(head)
                if len(body := file.read(size)) < size:  # the shift ended in the midst of a picture
                    return
                message = protocol.FROM_WORKER.decode(body)
                self.heard.append(message)
                if self.credits and isinstance(message, Picture | Blind):
                    with suppress(ConnectionError):  # the shift may just have ended
                        self.note(Want(message.run, message.watch))
