"""Train one step with a network of ours and with its twin in plain torch, which must stay equal."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from neurarium_models.network import Network

Outputs = Mapping[str, Tensor]


def train_one_step(
    model: nn.Module, forward: Callable[[], Outputs], loss: Callable[[Outputs], Tensor]
) -> Outputs:
    """Take one step of SGD; return what came out before.

    Not of Adam: it blows the rounding errors of gradients that are 0 up to the size of a step.
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, weight_decay=0.1)
    outputs = forward()
    optimizer.zero_grad()
    loss(outputs).backward()
    optimizer.step()
    return {name: value.detach() for name, value in outputs.items()}


def assert_twins(
    network: Network,
    plain: nn.Module,
    inputs: Mapping[str, Tensor],
    loss: Callable[[Outputs], Tensor],
) -> None:
    """Copy the weights by name; outputs and all parameters after one step must be equal to 1e-10 in float64."""
    network.double()
    plain.double()
    plain.load_state_dict(network.state_dict(), strict=True)
    before = {name: value.clone() for name, value in network.state_dict().items()}

    ours = train_one_step(network, lambda: network(inputs), loss)
    theirs = train_one_step(plain, lambda: plain(**inputs), loss)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)

    after = network.state_dict()
    torch.testing.assert_close(after, plain.state_dict(), rtol=1e-10, atol=1e-10)
    for name, parameter in network.named_parameters():
        assert not torch.equal(parameter.detach(), before[name]), f"{name} was not trained"
