"""Torch modules of recurrence, gate by gate: what is in view at each place is what is computed there.

Numbers and names of parameters are those of `torch.nn.RNN`, `LSTM` and `GRU` with one layer. Batches lie along the
first axis. A place whose mask is true is passed over: the state stays as it was, and 0 comes out.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def add_weights(module: nn.Module, gates: int, sizes: tuple[int, int], kinds: str) -> None:
    """Give a module the matrices and biases of its gates, with the names and initial values that torch gives them.

    `sizes` are those of what comes in and of the state; `kinds` has a `b` for biases, and an `r` for the way back.
    """
    features, hidden = sizes
    reach = 1 / math.sqrt(hidden)
    for suffix in ("", "_reverse") if "r" in kinds else ("",):
        for name, width in (("ih", features), ("hh", hidden)):
            weight = torch.empty(gates * hidden, width).uniform_(-reach, reach)
            module.register_parameter(f"weight_{name}_l0{suffix}", nn.Parameter(weight))
        for name in ("ih", "hh"):
            bias = torch.empty(gates * hidden).uniform_(-reach, reach)
            given = nn.Parameter(bias) if "b" in kinds else None
            module.register_parameter(f"bias_{name}_l0{suffix}", given)


def unroll(
    module: nn.Module,
    step: Callable[..., tuple[Tensor, ...]],
    x: Tensor,
    padding: Tensor | None,
    start: tuple[Tensor | None, ...],
    suffix: str,
) -> tuple[tuple[Tensor, ...], list[Tensor]]:
    """Take the same step at each place: the states in the end, and all that was computed on the way.

    The second is, for each state and then for each gate, a tensor of batch × places × units, 0 where there is padding.
    """
    weight, bias = (getattr(module, f"{name}_ih_l0{suffix}") for name in ("weight", "bias"))
    recurrent = [getattr(module, f"{name}_hh_l0{suffix}") for name in ("weight", "bias")]
    if padding is not None:
        x = x.masked_fill(padding[..., None], 0.0)
    given = F.linear(x, weight, bias).unbind(1)
    nothing = x.new_zeros(x.shape[0], recurrent[0].shape[1])
    states = tuple(nothing if state is None else state for state in start)
    gone: list[tuple[Tensor, ...]] = []
    for place in reversed(range(len(given))) if suffix else range(len(given)):
        found = step(given[place], F.linear(states[0], *recurrent), *states[1:], before=states[0])
        if padding is None:
            states = found[: len(states)]
        else:
            now = zip(states, found, strict=False)
            states = tuple(torch.where(padding[:, place, None], *pair) for pair in now)
        gone.append(found)
    if suffix:
        gone.reverse()
    told = [torch.stack(each, 1) for each in zip(*gone, strict=True)]
    if padding is not None:
        told = [each.masked_fill(padding[..., None], 0.0) for each in told]
    return states, told


def both_ways(
    module: nn.Module,
    step: Callable[..., tuple[Tensor, ...]],
    x: Tensor,
    padding: Tensor | None,
    *start: Tensor | None,
) -> tuple[tuple[Tensor, ...], list[Tensor]]:
    """Go through a sequence from the left and, if there are weights for it, from the right; both side by side."""
    if not hasattr(module, "weight_ih_l0_reverse"):
        return unroll(module, step, x, padding, start, "")
    halves = [(None, None) if each is None else each.chunk(2, -1) for each in start]
    ahead, back = (
        unroll(module, step, x, padding, tuple(half[way] for half in halves), suffix)
        for way, suffix in enumerate(("", "_reverse"))
    )
    states = tuple(torch.cat(pair, -1) for pair in zip(ahead[0], back[0], strict=True))
    return states, [torch.cat(pair, -1) for pair in zip(ahead[1], back[1], strict=True)]


class RNN(nn.Module):
    """h′ = tanh(W x + b + U h + c): Elman 1990."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        nonlinearity: str = "tanh",
        bias: bool = True,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        self.nonlinearity = nonlinearity
        add_weights(self, 1, (input_size, hidden_size), "b" * bias + "r" * bidirectional)

    def forward(
        self, x: Tensor, key_padding_mask: Tensor | None = None, h_0: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the states of all places, and the last."""
        (state,), (states,) = both_ways(self, self.step, x, key_padding_mask, h_0)
        return states, state

    def explain(
        self, x: Tensor, key_padding_mask: Tensor | None = None, h_0: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return what is computed at each place (batch × places × units), by name."""
        _, found = both_ways(self, self.step, x, key_padding_mask, h_0)
        return {"state": found[0]}

    def step(self, given: Tensor, recalled: Tensor, before: Tensor) -> tuple[Tensor]:
        """Bend the sum."""
        total = given + recalled
        return (torch.relu(total) if self.nonlinearity == "relu" else torch.tanh(total),)


class LSTM(nn.Module):
    """A state h and a cell c, which gates write, keep and read: Hochreiter and Schmidhuber 1997, Gers et al. 2000."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, bidirectional: bool = False
    ) -> None:
        super().__init__()
        add_weights(self, 4, (input_size, hidden_size), "b" * bias + "r" * bidirectional)

    def forward(
        self,
        x: Tensor,
        key_padding_mask: Tensor | None = None,
        h_0: Tensor | None = None,
        c_0: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the states of all places, the last, and the last cell."""
        (state, cell), (states, *_) = both_ways(self, self.step, x, key_padding_mask, h_0, c_0)
        return states, state, cell

    def explain(
        self,
        x: Tensor,
        key_padding_mask: Tensor | None = None,
        h_0: Tensor | None = None,
        c_0: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return what is computed at each place (batch × places × units), by name."""
        names = ("state", "cell", "input_gate", "forget_gate", "cell_gate", "output_gate")
        _, found = both_ways(self, self.step, x, key_padding_mask, h_0, c_0)
        return dict(zip(names, found, strict=True))

    def step(
        self, given: Tensor, recalled: Tensor, cell: Tensor, before: Tensor
    ) -> tuple[Tensor, ...]:
        """Forget a part of the cell, write a part of what is new, show a part of what is there then."""
        i, f, g, o = (given + recalled).chunk(4, -1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        cell = f * cell + i * g
        return o * cell.tanh(), cell, i, f, g, o


class GRU(nn.Module):
    """A state h of which gates keep a part, and say how much of it the new one sees: Cho et al. 2014."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, bidirectional: bool = False
    ) -> None:
        super().__init__()
        add_weights(self, 3, (input_size, hidden_size), "b" * bias + "r" * bidirectional)

    def forward(
        self, x: Tensor, key_padding_mask: Tensor | None = None, h_0: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the states of all places, and the last."""
        (state,), (states, *_) = both_ways(self, self.step, x, key_padding_mask, h_0)
        return states, state

    def explain(
        self, x: Tensor, key_padding_mask: Tensor | None = None, h_0: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return what is computed at each place (batch × places × units), by name."""
        names = ("state", "reset_gate", "update_gate", "new_gate")
        _, found = both_ways(self, self.step, x, key_padding_mask, h_0)
        return dict(zip(names, found, strict=True))

    def step(self, given: Tensor, recalled: Tensor, before: Tensor) -> tuple[Tensor, ...]:
        """Mix what was there with what is new."""
        (r, z, n), (see_r, see_z, see_n) = given.chunk(3, -1), recalled.chunk(3, -1)
        r, z = (r + see_r).sigmoid(), (z + see_z).sigmoid()
        n = (n + r * see_n).tanh()
        return n + z * (before - n), r, z, n
