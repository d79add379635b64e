"""The fast path for chains of fully connected layers, whose steps are so small that autograd is most of their cost.

The backward pass is written out, with the same kernels in the same order as autograd's: the bits are equal. Parameters
are views of one flat vector, and so are their gradients, so that the optimiser makes one pass over one tensor.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn, optim

from neurarium.training.bare import built, step_of
from neurarium.training.engine.bends import Bend, bend
from neurarium.training.engine.contract import Engine, Memory, Outcome
from neurarium.training.engine.flat import Flat, copied
from neurarium.training.engine.plain import weights
from neurarium.training.engine.slopes import Slope, proven_pull, proven_slope
from neurarium.training.evaluation import total
from neurarium.training.job import Job
from neurarium.training.stream import Tensors
from neurarium_models.layout import Place
from neurarium_models.network import Network

ELEMENTWISE = (optim.SGD, optim.RMSprop, optim.Adam, optim.AdamW)
"""Optimisers that treat each number by itself, so that they may see all parameters as one."""


class Unsuited(Exception):  # noqa: N818 - no error: another engine takes over
    """This network or job needs another engine."""


@dataclass(frozen=True)
class Line:
    """A fully connected layer: views of its weights, and of where their gradients go."""

    weight: Tensor
    transposed: Tensor
    bias: Tensor | None
    weight_gradient: Tensor
    bias_gradient: Tensor | None

    def forward(self, x: Tensor) -> Tensor:
        """Compute W x + b for every example."""
        if self.bias is None:
            return torch.mm(x, self.transposed)
        return torch.addmm(self.bias, x, self.transposed)

    def learn(self, gradient: Tensor, x: Tensor) -> None:
        """Write down the gradients of weights and biases."""
        torch.mm(gradient.t(), x, out=self.weight_gradient)
        if self.bias_gradient is not None:
            torch.sum(gradient, 0, out=self.bias_gradient)


class Chain(Engine):
    """Linear layers and simple activations, one after the other."""

    name: ClassVar[str] = "chain"

    def __init__(self, network: Network, job: Job) -> None:
        self.job = job
        self.network = network
        places = _straight(network)
        (self.input,), (self.output,) = network.graph.inputs, network.graph.outputs
        parameters = dict(network.named_parameters())
        self.shape = Flat(parameters)
        with torch.no_grad():
            self.flat = nn.Parameter(self.shape.join(parameters))
        self.gradient = self.flat.grad = torch.zeros_like(self.flat)
        self.values = self.shape.views(self.flat.detach())
        self.slopes = self.shape.views(self.gradient)
        self.layers = _layers(network, places, self.values, self.slopes)
        (width,) = places[-1].outputs["output"].shape
        self.optimizer = built(job.optimizer, [self.flat])
        if not isinstance(self.optimizer, ELEMENTWISE):
            raise Unsuited
        self.move = step_of(self.optimizer)
        self.slope = proven_slope(job.loss, width, job.dataset.target())
        for name, value in parameters.items():
            value.data = self.values[name]
        self.weights = weights(network)
        self.weight_slopes = [slope for slope in self.slopes.values() if slope.ndim > 1]
        self.pull = proven_pull(job.regulariser)
        self.is_free = not job.regulariser.penalty(self.weights).requires_grad

    def backward(self, batch: Tensors, step: int) -> Outcome:
        """Walk forward and keep what each layer was given, then walk back."""
        del step  # nothing here is drawn at random
        losses, loss, penalty = self.reckon(batch)
        return Outcome(losses, loss.item(), 0.0 if penalty is None else penalty.item())

    def reckon(self, batch: Tensors) -> tuple[Tensor, Tensor, Tensor | None]:
        """Compute gradients, losses, their mean and the penalty, if there is one, without waiting for the device."""
        with torch.no_grad():
            values = [batch[self.input].flatten(1)]
            for layer in self.layers:
                values.append(layer.forward(values[-1]))
            losses, gradient = self._loss(values[-1], batch)
            loss = losses.mean()
            for place in range(len(self.layers) - 1, -1, -1):
                layer = self.layers[place]
                if isinstance(layer, Bend):
                    gradient = layer.backward(gradient, values[place], values[place + 1])
                else:
                    layer.learn(gradient, values[place])
                    gradient = torch.mm(gradient, layer.weight) if place else gradient
        return losses, loss, None if self.is_free else self._penalty()

    def forward(self, batch: Tensors) -> dict[str, Tensor]:
        """Compute all outputs, as the network itself does."""
        outputs: dict[str, Tensor] = self.network(batch)
        return outputs

    def update(self, lr: float) -> None:
        """Take the optimiser's step over all parameters at once."""
        self.optimizer.param_groups[0]["lr"] = lr
        self.move()

    def gradients(self) -> dict[str, Tensor]:
        """Views of the flat gradient."""
        return self.slopes

    def memory(self) -> Memory:
        """The optimiser's state, cut into parameters."""
        memory: Memory = {name: {} for name in self.values}
        for key, value in self.optimizer.state.get(self.flat, {}).items():
            if isinstance(value, Tensor):
                parts = self.shape.views(value) if value.ndim else dict.fromkeys(memory, value)
                for name, part in parts.items():
                    memory[name][key] = part
        return {name: entry for name, entry in memory.items() if entry}

    def remember(self, memory: Memory) -> None:
        """Join the entries of all parameters."""
        if not memory:
            return
        kinds = next(iter(memory.values())).items()
        self.optimizer.state[self.flat] = {
            key: copied(
                self.shape.join({name: memory[name][key] for name in self.values})
                if value.ndim
                else value,
                self.flat.device,
            )
            for key, value in kinds
        }

    def _loss(self, output: Tensor, batch: Tensors) -> tuple[Tensor, Tensor]:
        """Each example's loss, and the gradient of their mean at the output."""
        if self.slope is not None:
            asked = _Asked(self.slope, 1 / len(output))
            if asked.answers(self.job.task.losses({self.output: output}, batch, asked), output):
                return asked.losses, asked.gradient
        output = output.detach().requires_grad_()
        with torch.enable_grad():
            losses = total(
                self.job.task.losses({self.output: output}, batch, self.job.loss.per_example)
            )
            (gradient,) = torch.autograd.grad(losses.mean(), output)
        return losses.detach(), gradient

    def _penalty(self) -> Tensor:
        """Add the penalty's gradients to those of the loss."""
        regulariser = self.job.regulariser
        if self.pull is None:
            penalty = regulariser.penalty(self.weights)
            gradients = torch.autograd.grad(penalty, self.weights)
        else:
            with torch.no_grad():
                penalty = regulariser.penalty(self.weights)
                gradients = tuple(self.pull(w) * regulariser.strength for w in self.weights)
        for slope, gradient in zip(self.weight_slopes, gradients, strict=True):
            slope.add_(gradient)
        return penalty.detach()


class _Asked:
    """The job's loss as a task is given it, to see whether the task only passes it the network's output."""

    def __init__(self, slope: Slope, share: float) -> None:
        self._slope = slope
        self._share = share
        self._output: Tensor | None = None

    def __call__(self, output: Tensor, target: Tensor) -> Tensor:
        self._output = output
        self.losses, self.gradient = self._slope(output, target, self._share)
        return self.losses

    def answers(self, losses: Tensors, output: Tensor) -> bool:
        """Say whether the task's only loss is what was computed here, of that very output."""
        return (
            self._output is output
            and len(losses) == 1
            and next(iter(losses.values())) is self.losses
        )


def _straight(network: Network) -> tuple[Place, ...]:
    """The layers, if the network leads straight from its one input, through all of them, to its one output."""
    graph, places = network.graph, network.places
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or graph.tied or not places:
        raise Unsuited
    source = next(iter(graph.inputs))
    for place in places:
        if len(place.values) != 1 or place.values[0] is None or place.values[0].source != source:
            raise Unsuited
        source = place.path
    if source not in graph.outputs.values():
        raise Unsuited
    first = network.get_submodule(places[0].path)
    if isinstance(first, nn.Flatten) and len(places[0].outputs["output"].shape) == 1:
        places = places[1:]
    elif len(next(iter(graph.inputs.values())).shape) != 1:
        raise Unsuited
    return places


def _layers(
    network: Network, places: tuple[Place, ...], values: Tensors, slopes: Tensors
) -> list[Line | Bend]:
    layers: list[Line | Bend] = []
    for path in (place.path for place in places):
        module = network.get_submodule(path)
        if isinstance(module, nn.Linear):
            weight, bias = f"{path}.weight", f"{path}.bias"
            views = values[weight], values[weight].t(), values.get(bias)
            layers.append(Line(*views, slopes[weight], slopes.get(bias)))
        else:
            written = bend(module)
            if written is None:
                raise Unsuited
            layers.append(written)
    if not layers or not isinstance(layers[0], Line):
        raise Unsuited
    return layers
