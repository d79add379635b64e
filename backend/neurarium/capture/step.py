"""What is captured: one step of a run as the plain engine takes it, up to the number that the way back begins at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.hooks import RemovableHandle

from neurarium.capture import joint
from neurarium.capture.joint import Joint, LongWayError, Marks, Scopes, last_call
from neurarium.training.arithmetic import layers, restored
from neurarium.training.engine.plain import weights
from neurarium.training.evaluation import total
from neurarium.training.job import Job
from neurarium_models.network import Network

NETWORK, LOSS, REGULARISER = "network", "loss", "regulariser"
"""Names of scopes. One of a layer is that of the network, a colon, and its path."""


class Step(nn.Module):
    """Network, loss and penalty as one module: a batch becomes the number that is minimised.

    The tracer would take the names of a tied parameter for as many parameters. So each tensor is a member of this
    module once, under a number, and `names` says where it is in the network.
    """

    def __init__(self, network: Network, job: Job) -> None:
        super().__init__()
        self.scopes = Scopes()
        self.marks = Marks()
        self.names: dict[str, str] = {}
        for path, parameter in network.named_parameters():
            self.register_parameter(self._number(path), parameter)
        for path, buffer in network.named_buffers():
            self.register_buffer(self._number(path), buffer)
        self._whole = (Whole(network, job, self.scopes),)  # in a tuple: no member of this module

    def _number(self, path: str) -> str:
        number = f"t{len(self.names)}"
        self.names[number] = f"network.{path}"
        return number

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Compute mean loss and penalty from the members of this module."""
        tensors = {path: getattr(self, number) for number, path in self.names.items()}
        loss: Tensor = functional_call(self._whole[0], tensors, (batch,))
        self.marks.follow(loss)
        return loss


class Whole(nn.Module):
    """What is computed, around the network itself."""

    def __init__(self, network: Network, job: Job, scopes: Scopes) -> None:
        super().__init__()
        self.network = network
        self.job = job
        self.scopes = scopes

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Compute mean loss and penalty."""
        job = self.job
        device = next(iter(batch.values())).device
        with self.scopes.inside(NETWORK):
            with layers(job.precision, device):
                outputs = self.network(batch)
            outputs = restored(outputs)
        with self.scopes.inside(LOSS):
            losses = total(job.task.losses(outputs, batch, job.loss.per_example))
        with self.scopes.inside(REGULARISER):
            penalty = job.regulariser.penalty(weights(self.network))
        with self.scopes.inside(LOSS):
            loss: Tensor = losses.mean() + penalty
        return loss


def trace(network: Network, job: Job, batch: Mapping[str, Tensor]) -> tuple[Step, Joint]:
    """Trace a step forward and backward, and say which it was: what it notes goes by the names of its trace."""
    if not any(isinstance(each, _BatchNorm) for each in network.modules()):
        step = Step(network, job)
        with suppress(LongWayError), watched(network, step.scopes):
            return step, joint.trace(step, batch, step.marks)
    step = Step(network, job)
    with watched(network, step.scopes):
        return step, joint.trace_long(step, batch, step.marks)


@contextmanager
def watched(network: Network, scopes: Scopes) -> Iterator[None]:
    """Note for each call in which layer it is made."""
    handles = []
    for place in network.places:
        handles += _watch(network.get_submodule(place.path), f"{NETWORK}:{place.path}", scopes)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _watch(layer: nn.Module, scope: str, scopes: Scopes) -> list[RemovableHandle]:
    before: list[Any] = []

    def enter(*_: Any) -> None:
        before.append(last_call())

    def leave(*_: Any) -> None:
        scopes.note(scope, before.pop())

    return [layer.register_forward_pre_hook(enter), layer.register_forward_hook(leave)]


@contextmanager
def in_training(network: Network, examples: int) -> Iterator[None]:
    """Let layers behave as in training for a while: for one example alone, norms use what they saw before."""
    before = [(module, module.training) for module in network.modules()]
    network.train()
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.train(examples != 1)
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode
