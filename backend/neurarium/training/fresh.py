"""A network before its first step: torch's usual weights, and others where a job says so."""

from typing import TYPE_CHECKING

from neurarium.training.initialisation import Initialisation, is_bias
from neurarium.training.rates import innermost
from neurarium.training.seed import derive

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from neurarium.training.job import Job
    from neurarium_models.network import Network


def fresh_network(job: "Job", seed: int, device: "torch.device", dtype: "torch.dtype") -> "Network":
    """Build a job's network with its first weights, or raise GraphError.

    Every weight is drawn on the processor from a generator of its own, made of the seed and its path: it depends on
    neither device nor precision, nor on what is drawn elsewhere.
    """
    import torch

    from neurarium_models.network import build_network

    network = build_network(job.graph, seed, device)
    with torch.no_grad():
        for name, value in network.named_parameters():
            how = innermost(job.init, name)
            if how is not None:
                _begin(how, name, value, seed)
    return network.to(dtype)


def _begin(how: Initialisation, name: str, value: "Tensor", seed: int) -> None:
    import torch

    if is_bias(name):
        value.fill_(how.bias)
    elif how.takes(name, value.shape):
        drawn = torch.empty(value.shape)
        how.fill(drawn, torch.Generator().manual_seed(derive(seed, "init", name)))
        value.copy_(drawn)
