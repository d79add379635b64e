"""What does our loop cost? Our training, nobody watching, against a bare PyTorch loop of the same job.

Both train on one thread and take turns. The bare loop is that of any textbook: nn.Sequential, torch.optim, autograd,
batches picked by a permutation. Ours also reports each step, watches for numbers that are not finite, keeps snapshots
for going back, and evaluates both whole sets now and then.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.race import Race, Round
from neurarium.sessions.timeline import Timeline
from neurarium.training.job import Job, merge
from neurarium.training.run import Run
from neurarium.training.throughput import clock_of
from neurarium_models.preset import PRESETS

TARGET = 1.0
ROUNDS = 15
SECONDS = 0.3
"""Of each turn."""
BURST = 600
"""Steps that ours may take between two looks at the clock."""


class Peer(NamedTuple):
    """What a textbook writes for a job."""

    net: nn.Sequential
    criterion: Callable[[Tensor, Tensor], Tensor]
    optimizer: torch.optim.Optimizer
    penalty: float = 0.0


def circles(job: Job) -> Peer:
    """Squared error by SGD, through tanh."""
    net = nn.Sequential(
        nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1), nn.Tanh()
    )
    criterion = nn.MSELoss()  # without our ½, so that half our rate is the same step
    return Peer(net, criterion, torch.optim.SGD(net.parameters(), lr=job.optimizer.lr / 2))


def xor(job: Job) -> Peer:
    """Cross-entropy with an L2 penalty, by Adam."""
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    adam = torch.optim.Adam(net.parameters(), lr=job.optimizer.lr)
    return Peer(net, nn.BCEWithLogitsLoss(), adam, job.regulariser.strength)


def spiral(job: Job) -> Peer:
    """Cross-entropy by Adam, through ReLU; wide enough for arithmetic to count."""
    net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    adam = torch.optim.Adam(net.parameters(), lr=job.optimizer.lr)
    return Peer(net, nn.BCEWithLogitsLoss(), adam)


class Bare:
    """The textbook's loop."""

    def __init__(self, job: Job, peer: Peer, seconds: float = SECONDS, device: str = "cpu") -> None:
        self.seconds = seconds
        self.device = torch.device(device)
        self.clock = clock_of(self.device)
        train = job.dataset.draw(job.seed).train.arrays
        self.x = torch.from_numpy(train["x"].astype(np.float32)).to(device)
        self.t = _wanted(peer.criterion, torch.from_numpy(train["y"])).to(device)
        self.size = job.batch.size
        self.peer = peer
        peer.net.to(device)
        self.weights = [value for value in peer.net.parameters() if value.ndim > 1]

    def turn(self) -> float:
        """Train for a while; say how many steps a second."""
        steps, start = 0, self.clock()
        while (spent := self.clock() - start) < self.seconds:
            steps += self.epoch()
        return steps / spent

    def epoch(self) -> int:
        """See every example once, in an order of its own; say how many steps it took."""
        net, criterion, optimizer, strength = self.peer
        batches = torch.randperm(len(self.x), device=self.device).split(self.size)
        for batch in batches:
            optimizer.zero_grad()
            loss = criterion(net(self.x[batch]), self.t[batch])
            if strength:
                loss = loss + strength / 2 * sum(weight.square().sum() for weight in self.weights)
            loss.backward()
            optimizer.step()
        return len(batches)


def _wanted(criterion: Callable[[Tensor, Tensor], Tensor], labels: Tensor) -> Tensor:
    """Write classes as a criterion wants them: as they are, as signs, or as probabilities of the second."""
    if isinstance(criterion, nn.CrossEntropyLoss):
        return labels
    column = labels.float().unsqueeze(1)
    return 2 * column - 1 if isinstance(criterion, nn.MSELoss) else column


class Ours:
    """The same job in our hands."""

    def __init__(
        self, job: Job, *, fast: bool, seconds: float = SECONDS, device: str = "cpu"
    ) -> None:
        self.seconds = seconds
        self.timeline = Timeline(Run(job, device, fast=fast))
        self.clock = clock_of(self.timeline.run.device)

    def turn(self) -> float:
        """Train for a while; say how many steps a second."""
        first, start = self.timeline.run.step, self.clock()
        while (spent := self.clock() - start) < self.seconds:
            self.timeline.take_many(BURST)
        return (self.timeline.run.step - first) / spent


def job_of(preset: str, **changes: Any) -> Job:
    """Take a preset's job, with more steps than the race has."""
    found = PRESETS[preset]
    document = {**(found.job or {}), "graph": found.graph.model_dump(mode="json")}
    return Job.model_validate(merge(document, {"steps": 10_000_000, **changes}))


QUESTIONS: tuple[tuple[str, str, Callable[[Job], Peer], bool, float | None], ...] = (
    ("circles, SGD", "mlp-circles", circles, True, TARGET),
    ("xor, Adam and L2", "mlp-xor", xor, True, TARGET),
    ("spiral, Adam", "mlp-spiral", spiral, True, TARGET),
    ("circles, SGD, the reference engine", "mlp-circles", circles, False, None),
)


def races(rounds: int = ROUNDS) -> Iterator[Race]:
    """Let both train in turns, question by question."""
    torch.set_num_threads(1)
    for name, preset, peer, fast, target in QUESTIONS:
        job = job_of(preset)
        ours, bare = Ours(job, fast=fast), Bare(job, peer(job))
        ours.turn(), bare.turn()  # warms the caches
        yield Race(name, target, [Round(ours.turn(), bare.turn()) for _ in range(rounds)])
