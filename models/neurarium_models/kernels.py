"""Recurrence by torch's own kernels: the numbers of `recurrence`, some times as fast.

The kernels know no padding. So real places are brought to the front, in the order in which they are read, and what
comes out is brought back; the state after the last of them is picked. No shape depends on how many there are, so
that nothing waits for a number.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn

from neurarium_models import recurrence

Start = Tensor | None
SURE = 1e4
"""What a gate is given that is to be open or shut for certain: its sigmoid is 1 or 0, also in half precision."""
LSTM_GATES = 4


_gate_by_gate = ContextVar("gate by gate", default=False)


@contextmanager
def gate_by_gate() -> Iterator[None]:
    """Write recurrence out within here, so that it can be differentiated twice: cuDNN's kernels can be only once."""
    before = _gate_by_gate.set(True)
    try:
        yield
    finally:
        _gate_by_gate.reset(before)


def is_written_out(x: Tensor) -> bool:
    """Whether no kernel is called: where that was asked for, or torch traces the steps with tensors of another kind."""
    return _gate_by_gate.get() or type(x) is not Tensor


def reading_order(padding: Tensor, suffix: str) -> Tensor:
    """List the places (batch × places) as they are read, those of padding last."""
    places = torch.arange(padding.shape[1], device=padding.device)
    read = places.flip(0) if suffix else places
    return torch.where(padding, places + padding.shape[1], read).argsort(1)


def weights_of(module: nn.Module, suffix: str) -> list[Tensor]:
    """List the parameters of one direction as the kernels take them."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    found = [getattr(module, f"{name}_l0{suffix}") for name in names]
    return [each for each in found if each is not None]


def suffixes(module: nn.Module) -> tuple[str, ...]:
    """Name the directions."""
    return ("", "_reverse") if hasattr(module, "weight_ih_l0_reverse") else ("",)


def unpadded(
    kernel: Callable[..., Any], module: nn.Module, x: Tensor, starts: tuple[Start, ...]
) -> list[Tensor]:
    """Call a kernel once: the states of all places, and what is carried on in the end."""
    ways = suffixes(module)
    weights = [each for suffix in ways for each in weights_of(module, suffix)]
    hidden = weights[1].shape[1]
    nothing = x.new_zeros(len(ways), x.shape[0], hidden)
    given = [
        nothing
        if start is None
        else start.unflatten(-1, (len(ways), hidden)).transpose(0, 1).contiguous()
        for start in starts
    ]
    has_bias = len(weights) == LSTM_GATES * len(ways)
    state = tuple(given) if len(given) > 1 else given[0]
    told = (has_bias, 1, 0.0, torch.is_grad_enabled(), len(ways) > 1, True)
    output, *last = kernel(x, state, weights, *told)
    return [output, *(each.transpose(0, 1).flatten(1) for each in last)]


def padded(
    kernel: Callable[..., Any],
    module: nn.Module,
    x: Tensor,
    padding: Tensor,
    starts: tuple[Start, ...],
) -> list[Tensor]:
    """Call a kernel for each direction, with the real places in front."""
    ways = suffixes(module)
    clean = x.masked_fill(padding[..., None], 0.0)
    found = []
    for way, suffix in enumerate(ways):
        mine = tuple(None if each is None else each.chunk(len(ways), -1)[way] for each in starts)
        found.append(_one_way(kernel, module, clean, padding, mine, suffix))
    return [torch.cat(each, -1) for each in zip(*found, strict=True)] if len(ways) > 1 else found[0]


def _one_way(
    kernel: Callable[..., Any],
    module: nn.Module,
    x: Tensor,
    padding: Tensor,
    starts: tuple[Start, ...],
    suffix: str,
) -> list[Tensor]:
    order = reading_order(padding, suffix)
    weights = weights_of(module, suffix)
    hidden = weights[1].shape[1]
    if len(starts) > 1:
        # Padding that comes after the last place leaves the cell as it is: one more feature shuts and opens the gates.
        x = torch.cat((x, padding[..., None].to(x.dtype)), -1)
        hold = x.new_zeros(LSTM_GATES, hidden, 1)
        hold[0], hold[1] = -SURE, SURE
        weights[0] = torch.cat((weights[0], hold.flatten(0, 1)), 1)
    batch, places, _ = x.shape
    rows = torch.arange(batch, device=x.device)
    first = [x.new_zeros(batch, hidden) if each is None else each for each in starts]
    given = tuple(each[None].contiguous() for each in first)
    told = (len(weights) == LSTM_GATES, 1, 0.0, torch.is_grad_enabled(), False, False)
    read = x.flatten(0, 1).index_select(0, (order + rows[:, None] * places).T.flatten())
    state = given if len(given) > 1 else given[0]
    states, *last = kernel(read.unflatten(0, (places, batch)), state, weights, *told)
    states = states.flatten(0, 1)
    count = (~padding).sum(1)
    final = states.index_select(0, (count - 1).clamp(min=0) * batch + rows)
    final = torch.where(count[:, None] > 0, final, first[0])
    back = states.index_select(0, (order.argsort(1) * batch + rows[:, None]).flatten())
    output = back.unflatten(0, (batch, places)).masked_fill(padding[..., None], 0.0)
    return [output, final, *(each[0] for each in last[1:])]


def run(
    kernel: Callable[..., Any],
    module: nn.Module,
    x: Tensor,
    padding: Tensor | None,
    *starts: Start,
) -> list[Tensor]:
    """Go through a sequence, in one direction or both."""
    if padding is None:
        return unpadded(kernel, module, x, starts)
    return padded(kernel, module, x, padding, starts)


class RNN(recurrence.RNN):
    """The same, faster."""

    def forward(
        self, x: Tensor, key_padding_mask: Tensor | None = None, h_0: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the states of all places, and the last."""
        if is_written_out(x):
            return super().forward(x, key_padding_mask, h_0)
        kernel = torch.rnn_relu if self.nonlinearity == "relu" else torch.rnn_tanh
        states, last = run(kernel, self, x, key_padding_mask, h_0)
        return states, last


class LSTM(recurrence.LSTM):
    """The same, faster."""

    def forward(
        self,
        x: Tensor,
        key_padding_mask: Tensor | None = None,
        h_0: Tensor | None = None,
        c_0: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the states of all places, the last, and the last cell."""
        if is_written_out(x):
            return super().forward(x, key_padding_mask, h_0, c_0)
        states, last, cell = run(torch.lstm, self, x, key_padding_mask, h_0, c_0)
        return states, last, cell


class GRU(recurrence.GRU):
    """The same, faster."""

    def forward(
        self, x: Tensor, key_padding_mask: Tensor | None = None, h_0: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the states of all places, and the last."""
        if is_written_out(x):
            return super().forward(x, key_padding_mask, h_0)
        states, last = run(torch.gru, self, x, key_padding_mask, h_0)
        return states, last
