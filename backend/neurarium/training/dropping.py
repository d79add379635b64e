"""What dropout drew in a step, told by the step itself: nothing is drawn for it, and the step stays as it was."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.modules.dropout import _DropoutNd

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium_models.network import Network


@dataclass(frozen=True)
class Dropped:
    """One dropout layer in one step; all tensors have the examples of the minibatch along their first axis."""

    factors: "Tensor"
    """What each number was multiplied with: 0 where it was dropped, 1/(1 - p) elsewhere."""
    input: "Tensor"
    output: "Tensor"
    p: float


@contextmanager
def watched(network: "Network", *, on: bool) -> Iterator[Mapping[str, Dropped]]:
    """Note down by path what the dropout layers of a network do in the first pass that comes; without `on`, nothing.

    A layer draws from torch's own generator. Its state is noted before the layer is called; afterwards the same draw is
    made again from that state, on ones instead of numbers, and the generator is put back to where the layer left it.
    """
    found: dict[str, Dropped] = {}
    with ExitStack() as hooks:
        for place in network.places if on else ():
            module = network.get_submodule(place.path)
            if isinstance(module, _DropoutNd):
                for hook in _hooks(place.path, module, found):
                    hooks.callback(hook.remove)
        yield found


def _hooks(path: str, module: _DropoutNd, found: dict[str, Dropped]) -> Iterator[Any]:
    states: list[Tensor] = []

    def before(module: _DropoutNd, given: tuple["Tensor", ...]) -> None:
        if module.training and path not in found:
            states[:] = [_state(given[0].device)]

    def after(module: _DropoutNd, given: tuple["Tensor", ...], output: "Tensor") -> None:
        if not states:
            return
        x, (then,) = given[0].detach(), states
        states.clear()
        now = _state(x.device)
        _go_to(then, x.device)
        with torch.no_grad():
            factors = module.forward(torch.ones_like(x))
        _go_to(now, x.device)
        found[path] = Dropped(factors, x, output.detach(), module.p)

    yield module.register_forward_pre_hook(before)
    yield module.register_forward_hook(after)


def _state(device: torch.device) -> "Tensor":
    """Copy the state of the generator that layers on a device draw from."""
    if device.type == "cuda":
        return torch.cuda.get_rng_state(device)
    return torch.mps.get_rng_state() if device.type == "mps" else torch.get_rng_state()


def _go_to(state: "Tensor", device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.set_rng_state(state, device)
    elif device.type == "mps":
        torch.mps.set_rng_state(state)
    else:
        torch.set_rng_state(state)
