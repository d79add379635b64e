"""The fast path on NVIDIA's cards: a step is recorded once, and from then on the card plays it at one stroke.

A step of a small network is some dozens of operations of a few microseconds each, and to tell the card of each takes
longer than that. A recording (a CUDA graph) holds them all. What changes from step to step lies in fixed places that
are written before it is played: the batch, the learning rate, the count of steps; the generator that layers draw from
is started anew, and the card reads that when it plays. A batch of another shape is another recording.
"""

from functools import partial
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from neurarium.training.arithmetic import EXACT, products
from neurarium.training.engine.chain import Chain, Unsuited
from neurarium.training.engine.contract import Engine, Memory, Outcome
from neurarium.training.engine.flat import Flat
from neurarium.training.engine.grid import Grid
from neurarium.training.engine.plain import Plain
from neurarium.training.engine.recorder import Card, Recorder, Recording
from neurarium.training.engine.rules import RULES
from neurarium.training.job import Job
from neurarium.training.stream import Tensors
from neurarium_models.network import Network

ROOMS = 16
"""Shapes of batches whose recordings are kept: few sizes, but batches of sentences have many lengths."""
Shape = tuple[tuple[int, ...], ...]


class Room(NamedTuple):
    """Where batches of one shape are laid, and what is played on them: it leaves losses, and mean and penalty."""

    batch: Tensors
    learn: Recording[tuple[Tensor, Tensor]]


class Recorded(Engine):
    """The gradients of another engine and an optimiser's rule, both recorded."""

    name: ClassVar[str] = "recorded"

    def __init__(self, network: Network, job: Job, recorder: Recorder | None = None) -> None:
        self.job = job
        self.network = network
        self.inner = _inner(network, job)
        self.device = next(network.parameters()).device
        self.recorder = recorder or Card(self.device)
        self.shape, vector, self.gradient = _joined(self.inner, network)
        self.slopes = self.shape.views(self.gradient)
        kind = RULES.get(type(self.inner.optimizer))
        if kind is None:
            raise Unsuited
        self.rule = kind(self.inner.optimizer.param_groups[0], vector, self.gradient)
        self.move = Recording(self.recorder, self._move, self.device)
        self.rooms: dict[Shape, Room] = {}
        self.given: float | None = None
        """The learning rate that lies where recordings read it; None: nobody knows."""

    @property
    def recordings(self) -> list[Recording[Any]]:
        """The optimiser's move, and a batch of each shape that was met."""
        return [self.move, *(room.learn for room in self.rooms.values())]

    @property
    def hindrance(self) -> str:
        """Why steps are not recorded, if they are not."""
        return next(filter(None, (each.hindrance for each in self.recordings)), "")

    @property
    def is_played(self) -> bool:
        """Whether all of it is recorded by now."""
        return all(each.is_played for each in self.recordings)

    def backward(self, batch: Tensors, step: int) -> Outcome:
        """Lay the batch where the recording reads it, play, and wait for two numbers."""
        room = self._room(batch)
        for name, place in room.batch.items():
            place.copy_(batch[name], non_blocking=True)
        if isinstance(self.inner, Plain):
            self.inner.prepare(room.batch, step)
        losses, told = room.learn()
        loss, penalty = told.tolist()
        return Outcome(losses, loss, penalty)

    def update(self, lr: float) -> None:
        """Write the learning rate where the recording reads it, and play."""
        if lr != self.given:
            self.rule.lr.fill_(lr)
            self.given = lr
        self.move()
        self.rule.has_moved = True

    def forward(self, batch: Tensors) -> dict[str, Tensor]:
        """Compute all outputs, as the other engine does."""
        return self.inner.forward(batch)

    def gradients(self) -> dict[str, Tensor]:
        """Views of the one gradient."""
        return self.slopes

    def memory(self) -> Memory:
        """What the rule remembers, cut into parameters."""
        return self.rule.memory(self.shape)

    def remember(self, memory: Memory) -> None:
        """Join the entries of all parameters. What was recorded reads elsewhere, and is recorded anew."""
        self.rule.remember(memory, self.shape)
        self.move = Recording(self.recorder, self._move, self.device)

    def _room(self, batch: Tensors) -> Room:
        shape = tuple(tuple(each.shape) for each in batch.values())
        if shape not in self.rooms:
            while len(self.rooms) >= ROOMS:
                self.rooms.pop(next(iter(self.rooms)))
            places = {
                name: torch.empty_like(each, memory_format=torch.contiguous_format)
                for name, each in batch.items()
            }
            learn = Recording(self.recorder, partial(self._learn, places), self.device)
            self.rooms[shape] = Room(places, learn)
        return self.rooms[shape]

    def _learn(self, batch: Tensors) -> tuple[Tensor, Tensor]:
        """Compute the gradients; return each example's loss, and their mean beside the penalty."""
        inner = self.inner
        if isinstance(inner, Chain):
            losses, loss, penalty = inner.reckon(batch)
        else:
            losses, loss, penalty = self._derive(inner, batch)
        told = torch.stack((loss, torch.zeros_like(loss) if penalty is None else penalty))
        return losses.detach(), told.detach()

    def _derive(self, inner: Plain, batch: Tensors) -> tuple[Tensor, Tensor, Tensor | None]:
        """Let autograd walk back, and lay the gradients side by side."""
        with products(self.job.precision, self.device):
            losses, penalty = inner.reckon(batch)
            loss = losses.mean()
            whole = loss + penalty if penalty.requires_grad else loss
            found = torch.autograd.grad(whole, list(inner.parameters.values()))
        torch._foreach_copy_(list(self.slopes.values()), found)
        return losses, loss, penalty if penalty.requires_grad else None

    def _move(self) -> None:
        with torch.no_grad():
            self.rule.move()


def _inner(network: Network, job: Job) -> Chain | Plain:
    """Choose what computes the gradients."""
    suited: tuple[type[Chain] | type[Grid], ...] = (
        (Chain, Grid) if job.precision in EXACT else (Grid,)
    )
    for engine in suited:
        try:
            return engine(network, job)
        except Unsuited:
            continue
    return Plain(network, job)


def _joined(inner: Chain | Plain, network: Network) -> tuple[Flat, Tensor, Tensor]:
    """Make all parameters views of one vector, if they are not; return their places, it, and room for its gradient."""
    if isinstance(inner, Chain):
        return inner.shape, inner.flat.detach(), inner.gradient
    parameters = dict(network.named_parameters())
    shape = Flat(parameters)
    with torch.no_grad():
        vector = shape.join(parameters)
    for name, view in shape.views(vector).items():
        parameters[name].data = view
    return shape, vector, torch.zeros_like(vector)
