"""What does our loop cost where arithmetic counts? `lenet5`, alone and with one viewer, against a bare PyTorch loop.

The bare loop is that of any textbook, and so is its network. With a viewer, ours is a server with one worker, and a
page's socket that draws every picture that the page shows of this network by default.
"""

from collections.abc import Iterator

import torch
from torch import nn

from benchmarks import viewer
from benchmarks.race import Race, Round
from benchmarks.train_loop import Bare, Ours, Peer, job_of
from neurarium.training.job import Job

PRESET = "lenet5"
ROUNDS = 9
SECONDS = 2.0
"""Of each turn: some epochs and evaluations."""
WATCHED = (
    {"kind": "data"},
    {"kind": "answer"},
    {"kind": "batch"},
    {"kind": "hard", "count": 8},
    {"kind": "value"},
    {"kind": "health"},
)


def textbook(job: Job) -> Peer:
    """Cross-entropy by Adam."""
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip
    adam = torch.optim.Adam(net.parameters(), lr=job.optimizer.lr)
    return Peer(net, nn.CrossEntropyLoss(), adam)


def races(rounds: int = ROUNDS) -> Iterator[Race]:
    """Let both train in turns."""
    torch.set_num_threads(1)
    job = job_of(PRESET)
    ours, bare = Ours(job, fast=True, seconds=SECONDS), Bare(job, textbook(job), SECONDS)
    ours.turn(), bare.turn()  # warms the caches
    measured = [Round(ours.turn(), bare.turn()) for _ in range(rounds)]
    yield Race("lenet5 against a bare loop", 1.0, measured)
    yield Race("lenet5 with one viewer", 0.9, viewer.rounds(rounds, PRESET, WATCHED, bare))


def on_card(device: str, rounds: int = ROUNDS) -> Iterator[Race]:
    """Let both train on a graphics card, and ours beside on the CPU."""
    torch.set_num_threads(1)
    job = job_of(PRESET)
    sides = (
        Ours(job, fast=True, seconds=SECONDS, device=device),
        Bare(job, textbook(job), SECONDS, device),
        Ours(job, fast=True, seconds=SECONDS),
    )
    for side in sides:
        side.turn()
    turns = [tuple(side.turn() for side in sides) for _ in range(rounds)]
    for place, (name, target) in enumerate((("a bare loop", 1.0), ("the CPU", None)), 1):
        pairs = [Round(turn[0], turn[place]) for turn in turns]
        yield Race(f"lenet5 on the card against {name}", target, pairs)
