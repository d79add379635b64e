"""How fast do networks of a few units train? Ours, nobody watching, against a textbook loop and against ConvNetJS.

All train on one core and take turns: points in the plane, tanh units, squared error, plain gradient descent. ConvNetJS
computes no evaluations, keeps no snapshots and leaves out the last tanh; ours does its whole work. On a graphics card
steps that are played as recordings race against the same loop, of which the card is told operation by operation.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import nn

from benchmarks.convnetjs import Peer as Script
from benchmarks.race import Race, Round
from benchmarks.train_loop import Bare, Ours, Peer, job_of
from neurarium.training.job import Job
from neurarium.training.lockstep import Lockstep

ROUNDS = 9
SECONDS = 0.4
"""Of each turn of a peer; ours has those of the training loop's race."""
CARD_TARGET = 5.0
CARD_SECONDS = 1.0
REPLICAS = 64
BURST = 200


class Question(NamedTuple):
    """One network, and how many times the textbook's speed is asked for."""

    name: str
    widths: tuple[int, ...]
    batch: int
    target: float


QUESTIONS = (
    Question("2-4-2-1, batch 10", (2, 4, 2, 1), 10, 10.0),
    Question("2-8x6-1, batch 30", (2, 8, 8, 8, 8, 8, 8, 1), 30, 5.0),
)


def job(question: Question, **changes: Any) -> Job:
    """Write the network as a job on circles."""
    nodes: list[dict[str, Any]] = []
    source = "x"
    for place, width in enumerate(question.widths[1:]):
        layer = {"kind": "Linear", "out_features": width}
        nodes.append({"id": f"line{place}", "layer": layer, "inputs": [source]})
        nodes.append({"id": f"bend{place}", "layer": {"kind": "Tanh"}, "inputs": [f"line{place}"]})
        source = f"bend{place}"
    inputs = {"x": {"axes": ["D"], "shape": [question.widths[0]]}}
    graph = {"inputs": inputs, "nodes": nodes, "outputs": {"y": source}}
    batch = {"policy": "minibatch", "size": question.batch}
    return job_of("mlp-circles", graph=graph, batch=batch, **changes)


def textbook(question: Question, job: Job) -> Peer:
    """Write the same as any textbook does."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip(question.widths, question.widths[1:], strict=False):
        layers += [nn.Linear(fan_in, fan_out), nn.Tanh()]
    net = nn.Sequential(*layers)
    half = job.optimizer.lr / 2  # MSELoss has not our ½
    return Peer(net, nn.MSELoss(), torch.optim.SGD(net.parameters(), lr=half))


def script(question: Question, job: Job) -> Script:
    """Write the same for ConvNetJS."""
    train = job.dataset.draw(job.seed).train.arrays
    return Script(
        "mlp.js",
        widths=question.widths,
        batch=question.batch,
        lr=job.optimizer.lr,
        x=train["x"].tolist(),
        t=(2 * train["y"] - 1).tolist(),
    )


class Replicas:
    """Many seeds of one job in lockstep."""

    def __init__(self, question: Question) -> None:
        self.lockstep = Lockstep.of([job(question, seed=seed) for seed in range(REPLICAS)])

    def turn(self) -> float:
        """Train for a while; say how many steps of single models a second has."""
        first, start = self.lockstep.step, time.thread_time()
        while (spent := time.thread_time() - start) < SECONDS:
            self.lockstep.take_many(BURST)
        return (self.lockstep.step - first) * REPLICAS / spent


def races(rounds: int = ROUNDS) -> Iterator[Race]:
    """Let all train in turns, question by question."""
    torch.set_num_threads(1)
    for question in QUESTIONS:
        described = job(question)
        ours, bare = Ours(described, fast=True), Bare(described, textbook(question, described))
        with script(question, described) as other:
            for _ in range(3):  # a run's beginning has more snapshots and evaluations
                ours.turn(), bare.turn(), other.turn(SECONDS)
            turns = [(ours.turn(), bare.turn(), other.turn(SECONDS)) for _ in range(rounds)]
        yield Race(question.name, question.target, [Round(we, it) for we, it, _ in turns])
        against = f"{question.name}, against ConvNetJS"
        yield Race(against, 1.0, [Round(we, peer) for we, _, peer in turns])
    question = QUESTIONS[0]
    many, bare = Replicas(question), Bare(job(question), textbook(question, job(question)))
    many.turn(), bare.turn()
    pairs = [Round(many.turn(), bare.turn()) for _ in range(rounds)]
    yield Race(f"{REPLICAS} replicas of {question.name}", 20.0, pairs)


def on_card(device: str, rounds: int = ROUNDS) -> Iterator[Race]:
    """Let ours race on a graphics card against a textbook loop there, against our reference there, and the CPU."""
    torch.set_num_threads(1)
    for question in QUESTIONS:
        described = job(question)
        sides = (
            Ours(described, fast=True, seconds=CARD_SECONDS, device=device),
            Bare(described, textbook(question, described), CARD_SECONDS, device),
            Ours(described, fast=False, seconds=CARD_SECONDS, device=device),
            Ours(described, fast=True, seconds=CARD_SECONDS),
        )
        for side in sides:
            side.turn()
        turns = [tuple(side.turn() for side in sides) for _ in range(rounds)]
        against = (("eager", CARD_TARGET), ("our reference", CARD_TARGET), ("the CPU", None))
        for place, (name, target) in enumerate(against, 1):
            pairs = [Round(turn[0], turn[place]) for turn in turns]
            yield Race(f"{question.name}, recorded against {name}", target, pairs)
