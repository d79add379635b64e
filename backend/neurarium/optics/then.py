"""What the network would have said at kept moments of the past."""

import hashlib

import numpy as np
from torch import Tensor, no_grad
from torch.func import functional_call

from neurarium.optics.answers import Said, read
from neurarium.optics.memory import Memory
from neurarium.optics.passes import Tensors, evaluating
from neurarium.training.state import State
from neurarium.training.view import View

_memory = Memory()


def moments(view: View, count: int) -> list[State]:
    """Pick kept states before the view's step, at most `count`, evenly, of those that fit this network."""
    before = [state for state in (view.kept() if view.kept else []) if state.facts.step < view.step]
    fitting = [state for state in before if _fits(view, state)]
    places = np.linspace(0, len(fitting) - 1, min(count, len(fitting))).round().astype(int)
    return [fitting[place] for place in places]


def said_then(view: View, state: State, batch: Tensors) -> Said:
    """Let the network answer as it did in a kept state; each answer is computed once."""
    asked = hashlib.sha256()
    for tensor in batch.values():
        asked.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return _memory.recall(state, asked.digest(), lambda: _say(view, state, batch))


def _say(view: View, state: State, batch: Tensors) -> Said:
    device = next(iter(batch.values())).device
    tensors = {name: tensor.to(device) for name, tensor in _tensors(state).items()}
    with no_grad(), evaluating(view.network):
        return read(view, functional_call(view.network, tensors, (batch,)))


def _fits(view: View, state: State) -> bool:
    then = _tensors(state)
    now = dict(view.network.named_parameters())
    return all(name in then and then[name].shape == tensor.shape for name, tensor in now.items())


def _tensors(state: State) -> dict[str, Tensor]:
    """Parameters and buffers by their paths in the network."""
    return {
        name.partition(".")[2]: tensor
        for name, tensor in state.tensors.items()
        if name.partition(".")[0] in ("parameter", "buffer")
    }
