"""The fastest path: chains of small layers whose whole step, the optimiser's move included, is one compiled loop.

It rounds otherwise than torch, but always in the same way: the bits of a step depend neither on how many steps a call
takes nor on whether it is observed. Where layers are wide, torch's matrix products win, and this engine is not taken.
"""

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


class Fused(Chain, Repeating):
    """Linear layers and simple activations, compiled."""

    name: ClassVar[str] = "fused"

    def __init__(self, network: Network, job: Job) -> None:
        super().__init__(network, job)
        if job.loss.kind not in LOSSES or job.regulariser.kind not in PENALTIES:
            raise Unsuited
        self.rule, self.remembered = RULES[type(self.optimizer)]
        self.operations = self._operations()
        self.settings = self._settings()
        self.moves = np.zeros(1, np.int64)
        self.spare = np.zeros_like(self.flat.detach().numpy())
        self.data: tuple[Tensors, tuple[NDArray[Any], ...]] | None = None
        self.scratch = self._scratch(0)

    def burst(self, examples: Tensors, plan: Plan, lrs: NDArray[np.float64]) -> Burst:
        """Take the steps of a plan."""
        if self.data is None or self.data[0] is not examples:
            self.data = examples, self._columns(examples)
        return self._run(self.data[1], plan, lrs, backward=True, update=True)

    def backward(self, batch: Tensors, step: int) -> Outcome:
        """Take the first half of a step."""
        del step  # nothing here is drawn at random
        count = len(batch[TARGET])
        plan = Plan(np.arange(count), np.zeros(1, np.int64), np.array([count]))
        told = self._run(self._columns(batch), plan, np.zeros(1), backward=True, update=False)
        losses = torch.from_numpy(self.scratch[2][:count].copy())
        return Outcome(losses, told.losses.item(), told.penalties.item())

    def update(self, lr: float) -> None:
        """Take the second half."""
        nothing = np.zeros(1, np.int64)
        plan = Plan(nothing, nothing, nothing)
        data = self._columns({})
        self._run(data, plan, np.array([lr]), backward=False, update=True)

    def _run(
        self,
        data: tuple[NDArray[Any], ...],
        plan: Plan,
        lrs: NDArray[np.float64],
        *,
        backward: bool,
        update: bool,
    ) -> Burst:
        most = int(plan.counts.max())
        if len(self.scratch[2]) < most:
            self.scratch = self._scratch(most)
        told = np.zeros((1, len(lrs), 2))
        loss, penalty = LOSSES[self.job.loss.kind], PENALTIES[self.job.regulariser.kind]
        taken = kernel.burst(
            self.operations,
            np.array([loss, penalty, self.rule, backward, update]),
            (self.settings, lrs[None], self.moves),
            data,
            (plan.order[None], plan.starts, plan.counts, told),
            self._trained(begin=update),
            self.scratch,
        )
        if update:
            self._count(taken)
        return (
            Burst(taken, told[0, :taken, 0], told[0, :taken, 1])
            if update
            else Burst(1, told[0, :, 0], told[0, :, 1])
        )

    def _trained(self, *, begin: bool) -> tuple[NDArray[Any], ...]:
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
        vectors = self.flat.detach().numpy(), self.gradient.numpy(), first, second
        return tuple(vector[None] for vector in vectors)

    def _count(self, taken: int) -> None:
        self.moves += taken
        step = self.optimizer.state.get(self.flat, {}).get("step")
        if step is not None:
            step.fill_(float(self.moves[0]))

    def remember(self, memory: Any) -> None:
        """Join the entries of all parameters, and count on from there."""
        super().remember(memory)
        step = self.optimizer.state.get(self.flat, {}).get("step", 0)
        self.moves[0] = int(step)

    def _columns(self, examples: Tensors) -> tuple[NDArray[Any], ...]:
        dtype = self.spare.dtype
        labels, wanted = np.zeros((1, 0), np.int64), np.zeros((1, 0, 1), dtype)
        if not examples:
            return np.zeros((1, 0, 1), dtype), labels, wanted
        target = examples[TARGET].numpy()
        if target.dtype == np.int64:
            labels = np.ascontiguousarray(target)[None]
        else:
            wanted = np.ascontiguousarray(target, dtype)[None]
        x = examples[self.input].flatten(1).numpy()
        return np.ascontiguousarray(x, dtype)[None], labels, wanted

    def _scratch(self, examples: int) -> tuple[NDArray[Any], ...]:
        lanes = -(-examples // loops.LANES) * loops.LANES
        operations = self.operations[0]
        units = int(operations[0, kernel.FAN_IN] + operations[:, kernel.FAN_OUT].sum())
        widest = int(operations[:, kernel.FAN_IN].max())
        sizes = units * lanes, units * lanes, lanes, widest * lanes
        return tuple(np.zeros(size, self.spare.dtype) for size in sizes)

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


def _bend(module: nn.Module) -> tuple[int, float]:
    """Find an activation's number, and the one setting that it may have."""
    kind = BENDS.get(type(module))
    if kind is None:
        raise Unsuited
    if isinstance(module, nn.GELU) and module.approximate == "tanh":
        return loops.GELU_TANH, 0.0
    alpha: Any = getattr(module, "negative_slope", getattr(module, "alpha", 0.0))
    return kind, float(alpha)
