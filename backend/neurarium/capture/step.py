"""What is captured: one step of a run as the plain engine takes it, up to the number that the way back begins at."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from neurarium.capture.joint import Scopes, last_call, mark_gradients
from neurarium.training.engine.plain import weights
from neurarium.training.evaluation import total
from neurarium.training.job import Job
from neurarium_models.network import Network

NETWORK, LOSS, REGULARISER = "network", "loss", "regulariser"
"""Names of scopes. One of a layer is that of the network, a colon, and its path."""


class Step(nn.Module):
    """Network, loss and penalty as one module: a batch becomes the number that is minimised."""

    def __init__(self, network: Network, job: Job) -> None:
        super().__init__()
        self.network = network
        self.job = job
        self.scopes = Scopes()

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Compute mean loss and penalty."""
        job = self.job
        with self.scopes.inside(NETWORK):
            outputs = self.network(batch)
        with self.scopes.inside(LOSS):
            losses = total(job.task.losses(outputs, batch, job.loss.per_example))
        with self.scopes.inside(REGULARISER):
            penalty = job.regulariser.penalty(weights(self.network))
        with self.scopes.inside(LOSS):
            loss: Tensor = losses.mean() + penalty
        mark_gradients(loss)
        return loss

    def watch(self) -> list[torch.utils.hooks.RemovableHandle]:
        """Note for each call in which layer it is made, until the handles are removed."""
        handles = []
        for place in self.network.places:
            member = self.network.get_submodule(place.path)
            before: list[object] = []
            handles.append(
                member.register_forward_pre_hook(lambda *_, b=before: b.append(last_call()))
            )
            handles.append(
                member.register_forward_hook(
                    lambda *_, b=before, p=place.path: self.scopes.note(f"{NETWORK}:{p}", b.pop())
                )
            )
        return handles


def prepare(network: Network, examples: int) -> None:
    """Make layers behave as in training: for one example alone, norms use what they saw before."""
    network.train()
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.train(examples != 1)
