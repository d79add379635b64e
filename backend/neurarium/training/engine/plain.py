"""The reference: autograd and torch.optim, as any textbook writes them. Every network, loss and optimiser runs here."""

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from neurarium.training.arithmetic import layers, products, restored
from neurarium.training.bare import built, step_of
from neurarium.training.device import reseed
from neurarium.training.engine.contract import Engine, Memory, Outcome
from neurarium.training.engine.flat import copied
from neurarium.training.evaluation import total
from neurarium.training.gate import gated
from neurarium.training.job import Job
from neurarium.training.rates import regroup
from neurarium.training.seed import derive
from neurarium.training.stream import Tensors
from neurarium_models.network import Network


class Plain(Engine):
    """Zero the gradients, forward, loss, backward, step."""

    name: ClassVar = "plain"

    def __init__(self, network: Network, job: Job) -> None:
        self.network = network
        self.job = job
        self.parameters = dict(network.named_parameters())
        self.weights = weights(network)
        self._tampered = bool(network.instead)
        self.norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
        self.device = next(iter(self.parameters.values())).device
        self.optimizer = built(job.optimizer, self.parameters.values())
        self.move = step_of(self.optimizer)
        if job.rates:
            regroup(self.optimizer, self.parameters, job.rates)

    def backward(self, batch: Tensors, step: int) -> Outcome:
        """Let autograd walk back from the mean loss and the penalty to every parameter."""
        self.optimizer.zero_grad()
        with products(self.job.precision, self.device):
            losses, penalty = self.costs(batch, step)
            loss = losses.mean()
            (loss + penalty).backward()
        return Outcome(losses.detach(), loss.item(), penalty.item())

    def costs(self, batch: Tensors, step: int) -> tuple[Tensor, Tensor]:
        """Compute each example's loss, and the penalty, as the step after `step` does."""
        self.prepare(batch, step)
        return self.reckon(batch)

    def reckon(self, batch: Tensors) -> tuple[Tensor, Tensor]:
        """Compute the same of a network that is prepared for the step."""
        with layers(self.job.precision, self.device):
            outputs = self.forward(batch)
        outputs = restored(outputs)
        losses = total(self.job.task.losses(outputs, batch, self.job.loss.per_example))
        penalised = weights(self.network) if self._tampered else self.weights
        return losses, self.job.regulariser.penalty(penalised)

    def forward(self, batch: Tensors) -> dict[str, Tensor]:
        """Compute all outputs."""
        outputs: dict[str, Tensor] = self.network(batch)
        return outputs

    def prepare(self, batch: Tensors, step: int) -> None:
        """Make layers behave, and draw, as in this step. For one example alone, norms use what they saw before."""
        if not self.network.training:
            self.network.train()
        if self.norms:
            is_alone = len(next(iter(batch.values()))) == 1
            for norm in self.norms:
                norm.train(not is_alone)
        reseed(self.device, derive(self.job.seed, "dropout", step))

    def update(self, lr: float) -> None:
        """Take the optimiser's step at this learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group.get("factor", 1.0)
        self.move()

    def gradients(self) -> dict[str, Tensor]:
        """Autograd's, and 0 for parameters that the loss does not depend on."""
        return {
            name: torch.zeros_like(value) if value.grad is None else value.grad
            for name, value in self.parameters.items()
        }

    def memory(self) -> Memory:
        """The optimiser's state of each parameter."""
        state = self.optimizer.state
        return {name: state[value] for name, value in self.parameters.items() if value in state}

    def remember(self, memory: Memory) -> None:
        """Copy each entry to where its parameter is."""
        for name, entry in memory.items():
            self.optimizer.state[self.parameters[name]] = {
                key: copied(value, self.device) if isinstance(value, Tensor) else value
                for key, value in entry.items()
            }


def weights(network: Network) -> list[Tensor]:
    """The parameters that a penalty counts, matrices and kernels but no biases; tampering may hold back gradients."""
    return [gated(network, name, v) for name, v in network.named_parameters() if v.ndim > 1]
