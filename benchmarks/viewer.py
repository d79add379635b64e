"""Does anybody watching slow the training down? Our training with one viewer, against a bare PyTorch loop.

Both sides train `mlp-circles`. Ours is a server with one worker, and a page's socket that follows the
run's log and draws every picture that the page shows by default. The peer is the loop of any textbook. Both
take turns; each turn counts steps per second of the processor that trains: in ours the whole worker, looking
and telling included.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np
from websockets.sync.client import ClientConnection, connect

from benchmarks.race import Race, Round
from neurarium.api.messages import PROTOCOL
from neurarium.api.routes.presets import preset_job
from neurarium.client import Client

if TYPE_CHECKING:
    from torch import Tensor

NAME = "training with one viewer"
PRESET = "mlp-circles"
TARGET = 0.9
ROUNDS = 9
SECONDS = 2.0
"""Of each turn."""
SETTLE = 0.5
"""Seconds before a turn of ours counts: what the start of a run costs is no steady cost."""
START_SECONDS = 90.0
PATIENCE = 60.0
"""Seconds that points may take to arrive: a worker gives way to all else on a busy machine."""
Probes = Sequence[dict[str, Any]]
WATCHED: Probes = (
    {"kind": "data"},
    {"kind": "answer"},
    {"kind": "boundary"},
    {"kind": "boundary", "node": "output", "size": 128},
    {"kind": "batch"},
    {"kind": "hard"},
    {"kind": "health"},
    {"kind": "contrib"},
)
"""What a page shows by default."""


class Spectator:
    """One viewer: follows the run's log, draws every frame at once, and says so, as the page does."""

    def __init__(self, socket: ClientConnection, run: str, probes: Probes) -> None:
        self.run = run
        self.step = 0
        self.frames = [0] * len(probes)
        self.heard = threading.Condition()
        self.refusals: list[str] = []
        self._socket = socket
        self._say(type="hello", v=PROTOCOL)
        self._say(type="watch", run=run)
        for number, probe in enumerate(probes):
            self._say(type="subscribe", subscription=number, run=run, probe=probe)

    def wait_for_points(self) -> int:
        """Wait until points of the curves arrive, and say up to which step they go."""
        with self.heard:
            before = self.step
            if not self.heard.wait_for(lambda: self.step > before, timeout=PATIENCE):
                raise RuntimeError(f"nothing is heard of the run any more. {self.refusals}")
            return self.step

    def listen(self) -> None:
        """Take what comes until the socket ends."""
        told = time.monotonic()
        for raw in self._socket:
            message = json.loads(raw) if isinstance(raw, str) else msgspec.msgpack.decode(raw)
            self._take(message)
            if "seq" in message and time.monotonic() - told > 1:
                told = time.monotonic()
                self._say(type="read", run=self.run, seq=message["seq"])

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "frame":
                self.frames[message["subscription"]] += 1
                self._say(type="drawn", subscription=message["subscription"])
            case "metrics":
                with self.heard:
                    self.step = max(series["steps"][-1] for series in message["series"])
                    self.heard.notify_all()
            case "refused":
                self.refusals.append(message["detail"])

    def _say(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))


@contextmanager
def watched(client: Client, run: str, probes: Probes) -> Iterator[Spectator]:
    """Let somebody watch a run."""
    address = client.url.replace("http", "ws", 1) + "/api/v1/live"
    headers = {"Authorization": f"Bearer {client.token}"}
    with connect(address, additional_headers=headers, compression=None, max_size=None) as socket:
        spectator = Spectator(socket, run, probes)
        thread = threading.Thread(target=spectator.listen)
        thread.start()
        yield spectator
        socket.close()
        thread.join()


class Ours:
    """A run on a real server, watched."""

    def __init__(
        self, client: Client, worker: int, spectator: Spectator, work: "Work | None" = None
    ) -> None:
        self.client = client
        self.worker = worker
        self.spectator = spectator
        self.run = spectator.run
        self.work = work or (lambda first, last: last - first)

    def turn(self) -> float:
        """Train for a while; the clock is read whenever points arrive, so that steps and seconds belong together."""
        self.client.play(self.run)
        time.sleep(SETTLE)
        first, start = self.spectator.wait_for_points(), cpu_seconds(self.worker)
        time.sleep(SECONDS)
        last, end = self.spectator.wait_for_points(), cpu_seconds(self.worker)
        self.client.pause(self.run)
        time.sleep(0.1)  # the last pictures of the run that stands still
        return self.work(first, last) / (end - start)


Work = Callable[[int, int], float]
"""Says how much is done from one step to another, where steps are not all alike."""


class Turns(Protocol):
    """Whoever trains for a while and says how many steps a second that were."""

    def turn(self) -> float:
        """Take a turn."""


class Bare:
    """The same job as any textbook writes it."""

    def __init__(self) -> None:
        import torch
        from torch import nn

        job = preset_job(PRESET)
        assert job is not None
        train = job.dataset.draw(job.seed).train.arrays
        torch.manual_seed(job.seed)
        self.x = torch.from_numpy(train["x"].astype(np.float32))
        self.t = torch.from_numpy(2 * train["y"] - 1).float().unsqueeze(1)
        self.size = job.batch.size
        self.net = nn.Sequential(
            nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1), nn.Tanh()
        )
        self.criterion = nn.MSELoss()  # without our ½, so that half our rate is the same step
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=job.optimizer.lr / 2)

    def turn(self) -> float:
        """Train for a while."""
        steps, start = 0, time.thread_time()
        while (spent := time.thread_time() - start) < SECONDS:
            steps += self.epoch()
        return steps / spent

    def epoch(self) -> int:
        """See every example once, in an order of its own; say how many steps it took."""
        import torch

        batches = torch.randperm(len(self.x)).split(self.size)
        for batch in batches:
            self.step(batch)
        return len(batches)

    def step(self, batch: "Tensor") -> None:
        """Take one step with some of the examples."""
        self.optimizer.zero_grad()
        loss = self.criterion(self.net(self.x[batch]), self.t[batch])
        loss.backward()
        self.optimizer.step()


@contextmanager
def server() -> Iterator[tuple[Client, int]]:
    """Start a server with one worker; yield a client, and the worker's process id."""
    command = [sys.executable, "-m", "neurarium", "serve", "--port", "0", "--workers", "1"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [*command, "--device", "cpu", "--data", folder], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            greeting = process.stdout.readline()
            address = next(word for word in greeting.split() if word.startswith("http"))
            with Client(address, data=folder) as client:
                deadline = time.monotonic() + START_SECONDS
                while not client.ready() and time.monotonic() < deadline:
                    time.sleep(0.1)
                yield client, worker_of(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=20)
            process.stdout.close()


def worker_of(server: int) -> int:
    """Find the one worker process of a server: its child, or a child of its fork server."""
    (worker,) = (
        pid
        for child in children(server)
        for pid in ([child] if is_named(child, b"sessions.worker") else children(child))
    )
    return worker


def children(pid: int) -> list[int]:
    """List the processes that a process has started."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def is_named(pid: int, name: bytes) -> bool:
    """Whether a process was started by that name."""
    return name in Path(f"/proc/{pid}/cmdline").read_bytes()


def cpu_seconds(pid: int) -> float:
    """Seconds of the processor that a process has used, all its threads: Linux' clock of that process."""
    return time.clock_gettime((~pid << 3) | 2)


def rounds(
    count: int = ROUNDS,
    preset: str = PRESET,
    probes: Probes = WATCHED,
    bare: Turns | None = None,
    work: Work | None = None,
) -> list[Round]:
    """Let both train in turns; `work` says how much some steps are, else they are counted."""
    import torch

    torch.set_num_threads(1)  # as the worker does
    with server() as (client, worker):
        run = client.create(preset, {"steps": 10_000_000})["id"]
        client.step(run)  # without a step there is no minibatch to be seen
        with watched(client, run, probes) as spectator:
            ours, other = Ours(client, worker, spectator, work), bare or Bare()
            other.turn()  # warms the caches; ours has SETTLE
            measured = [Round(ours.turn(), other.turn()) for _ in range(count)]
    if spectator.refusals or not all(spectator.frames):
        raise RuntimeError(f"not all was seen: {spectator.frames} {spectator.refusals}")
    return measured


def races() -> Iterator[Race]:
    """Ask the one question of this file."""
    yield Race(NAME, TARGET, rounds())
