"""The fastest path: chains of small layers whose whole step, the optimiser's move included, is one compiled loop.

It rounds otherwise than torch, but always in the same way: the bits of a step depend neither on how many steps a call
takes nor on whether it is observed. Where layers are wide, torch's matrix products win, and this engine is not taken.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn, optim

from neurarium.training.engine import kernel, loops
from neurarium.training.engine.chain import Chain, Line, Unsuited
from neurarium.training.engine.contract import Burst, Outcome, Repeating
from neurarium.training.job import Job
from neurarium.training.stream import Plan, Tensors
from neurarium_models.modules import Step
from neurarium_models.network import Network

BENDS: dict[type[nn.Module], int] = {
    nn.ELU: loops.ELU,
    nn.GELU: loops.GELU,
    nn.Identity: loops.IDENTITY,
    nn.LeakyReLU: loops.LEAKY_RELU,
    nn.ReLU: loops.RELU,
    nn.SiLU: loops.SILU,
    nn.Sigmoid: loops.SIGMOID,
    nn.Tanh: loops.TANH,
    Step: loops.STEP,
}
LOSSES = {
    "CrossEntropy": kernel.CROSS_ENTROPY,
    "Hinge": kernel.HINGE,
    "Perceptron": kernel.PERCEPTRON,
    "SquaredError": kernel.SQUARED_ERROR,
}
PENALTIES = {"NoPenalty": kernel.NO_PENALTY, "L1": kernel.L1, "L2": kernel.L2}
RULES: dict[type[optim.Optimizer], tuple[int, tuple[str | None, str | None]]] = {
    optim.SGD: (kernel.SGD, ("momentum_buffer", None)),
    optim.RMSprop: (kernel.RMSPROP, (None, "square_avg")),
    optim.Adam: (kernel.ADAM, ("exp_avg", "exp_avg_sq")),
    optim.AdamW: (kernel.ADAM, ("exp_avg", "exp_avg_sq")),
}
"""What torch calls the two vectors that a rule may remember."""
TARGET = "y"
Columns = tuple[NDArray[Any], ...]


class Fused(Chain, Repeating):
    """Linear layers and simple activations, compiled."""

    name: ClassVar[str] = "fused"
    abreast: ClassVar[bool] = True

    def __init__(self, network: Network, job: Job) -> None:
        super().__init__(network, job)
        if job.loss.kind not in LOSSES or job.regulariser.kind not in PENALTIES:
            raise Unsuited
        self.rule, self.remembered = RULES[type(self.optimizer)]
        self.operations = self._operations()
        self.settings = self._settings()
        self.moves = np.zeros(1, np.int64)
        self.spare = np.zeros_like(self.flat.detach().numpy())
        self.seen: tuple[Tensors, Columns] | None = None
        self.room: tuple[NDArray[Any], ...] | None = None

    def burst(self, examples: Tensors, plan: Plan, lrs: NDArray[np.float64]) -> Burst:
        """Take the steps of a plan."""
        return together([self], [examples], [plan], lrs[None])[0]

    def backward(self, batch: Tensors, step: int) -> Outcome:
        """Take the first half of a step."""
        del step  # nothing here is drawn at random
        count = len(batch[TARGET])
        plan = Plan(np.arange(count), np.zeros(1, np.int64), np.array([count]))
        costs, _ = _run([self], self.columns(batch), plan, np.zeros((1, 1)), update=False)
        losses = torch.from_numpy(self.scratch(count)[2][:count].copy())
        return Outcome(losses, *costs[0, 0].tolist())

    def update(self, lr: float) -> None:
        """Take the second half."""
        nothing = np.zeros(1, np.int64)
        plan = Plan(nothing, nothing, nothing)
        _run([self], self.columns({}), plan, np.array([[lr]]), backward=False)

    def trained(self, *, begin: bool) -> tuple[NDArray[Any], ...]:
        """Show everything that a step changes, with what the optimiser remembers in torch's own place for it."""
        state = self.optimizer.state
        if begin and self.flat not in state:
            names = [name for name in self.remembered if name is not None]
            if self.rule != kernel.SGD:
                state[self.flat] = {"step": torch.tensor(0.0)}
            elif not self.settings[0, kernel.MOMENTUM]:
                names = []
            for name in names:
                state[self.flat][name] = torch.zeros_like(self.flat)
        kept = state.get(self.flat, {})
        first, second = (
            self.spare if kept.get(name) is None else kept[name].numpy() for name in self.remembered
        )
        return self.flat.detach().numpy(), self.gradient.numpy(), first, second

    def count(self, taken: int) -> None:
        """Note how often the optimiser has moved."""
        self.moves += taken
        step = self.optimizer.state.get(self.flat, {}).get("step")
        if step is not None:
            step.fill_(float(self.moves[0]))

    def remember(self, memory: Any) -> None:
        """Join the entries of all parameters, and count on from there."""
        super().remember(memory)
        step = self.optimizer.state.get(self.flat, {}).get("step", 0)
        self.moves[0] = int(step)

    def columns(self, examples: Tensors) -> Columns:
        """Show features, class labels and wanted numbers of examples, as of one replica."""
        if self.seen is not None and self.seen[0] is examples:
            return self.seen[1]
        dtype = self.spare.dtype
        x, labels = np.zeros((0, 1), dtype), np.zeros(0, np.int64)
        wanted = np.zeros((0, 1), dtype)
        if examples:
            x = np.ascontiguousarray(examples[self.input].flatten(1).numpy(), dtype)
            target = np.ascontiguousarray(examples[TARGET].numpy())
            if target.dtype == np.int64:
                labels = target
            else:
                wanted = target.astype(dtype, copy=False)
        return x[None], labels[None], wanted[None]

    def keep(self, examples: Tensors) -> Columns:
        """Show the same of examples that will come again and again."""
        if self.seen is None or self.seen[0] is not examples:
            self.seen = examples, self.columns(examples)
        return self.seen[1]

    def scratch(self, examples: int) -> tuple[NDArray[Any], ...]:
        """Make room for a batch."""
        lanes = -(-examples // loops.LANES) * loops.LANES
        if self.room is None or len(self.room[2]) < lanes:
            operations = self.operations[0]
            units = int(operations[0, kernel.FAN_IN] + operations[:, kernel.FAN_OUT].sum())
            widest = int(operations[:, kernel.FAN_IN].max())
            sizes = units * lanes, units * lanes, lanes, widest * lanes
            self.room = tuple(np.zeros(size, self.spare.dtype) for size in sizes)
        return self.room

    def _operations(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Write down the layers as rows of numbers."""
        rows, alphas, width = [], [], 0
        for layer in self.layers:
            if isinstance(layer, Line):
                fan_out, fan_in = layer.weight.shape
                bias = -1 if layer.bias is None else layer.bias.storage_offset()
                rows.append((loops.LINE, fan_in, fan_out, layer.weight.storage_offset(), bias))
                width, alpha = fan_out, 0.0
            else:
                kind, alpha = _bend(layer.module)
                rows.append((kind, width, width, -1, -1))
            alphas.append(alpha)
        return np.array(rows, np.int64), np.array(alphas)

    def _settings(self) -> NDArray[np.float64]:
        """Write down the optimiser's settings, by torch's names, and the strength of the penalty."""
        group = self.optimizer.param_groups[0]
        settings = np.zeros((1, kernel.SETTINGS))
        settings[0, kernel.MOMENTUM] = group.get("momentum", 0.0)
        settings[0, kernel.NESTEROV] = group.get("nesterov", False)
        betas = group.get("betas", (0.0, group.get("alpha", 0.0)))
        settings[0, [kernel.BETA1, kernel.BETA2]] = betas
        settings[0, kernel.DECAY] = group.get("weight_decay", 0.0)
        settings[0, kernel.STRENGTH] = self.job.regulariser.strength
        return settings


def together(
    engines: Sequence[Fused],
    examples: Sequence[Tensors],
    plans: Sequence[Plan],
    lrs: NDArray[np.float64],
) -> list[Burst]:
    """Take the steps of plans that are cut alike, with engines of one kind; `lrs` is (replicas, steps)."""
    columns = [engine.keep(each) for engine, each in zip(engines, examples, strict=True)]
    data = tuple(_stack([each[n] for each in columns]) for n in range(3))
    plan = plans[0]._replace(order=np.stack([plan.order for plan in plans]))
    costs, taken = _run(engines, data, plan, lrs)
    return [
        Burst(count, *(each[:count, place].copy() for place in (0, 1)))
        for each, count in zip(costs, taken.tolist(), strict=True)
    ]


def _run(
    engines: Sequence[Fused],
    data: Columns,
    plan: Plan,
    lrs: NDArray[np.float64],
    *,
    backward: bool = True,
    update: bool = True,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Call the kernel with what all engines hold; what it has changed of several is copied back to each."""
    first = engines[0]
    held = [engine.trained(begin=update) for engine in engines]
    trained = tuple(_stack([each[n][None] for each in held]) for n in range(len(held[0])))
    costs, taken = np.zeros((*lrs.shape, 2)), np.zeros(len(engines), np.int64)
    kinds = LOSSES[first.job.loss.kind], PENALTIES[first.job.regulariser.kind], first.rule
    kernel.burst(
        first.operations,
        np.array([*kinds, backward, update]),
        (_stack([e.settings for e in engines]), lrs, _stack([e.moves for e in engines])),
        data,
        (np.atleast_2d(plan.order), plan.starts, plan.counts),
        trained,
        first.scratch(int(plan.counts.max())),
        (costs, taken),
    )
    for place, (engine, own) in enumerate(zip(engines, held, strict=True)):
        if len(engines) > 1:
            for vector, changed in zip(own, trained, strict=True):
                vector[:] = changed[place]
        if update:
            engine.count(int(taken[place]))
    return costs, taken


def _stack(rows: list[NDArray[Any]]) -> NDArray[Any]:
    """Lay replicas one after the other; of a single one nothing is copied."""
    return rows[0] if len(rows) == 1 else np.concatenate(rows)


def _bend(module: nn.Module) -> tuple[int, float]:
    """Find an activation's number, and the one setting that it may have."""
    kind = BENDS.get(type(module))
    if kind is None:
        raise Unsuited
    if isinstance(module, nn.GELU) and module.approximate == "tanh":
        return loops.GELU_TANH, 0.0
    alpha: Any = getattr(module, "negative_slope", getattr(module, "alpha", 0.0))
    return kind, float(alpha)
