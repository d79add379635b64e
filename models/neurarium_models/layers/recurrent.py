"""Recurrence: one place of a sequence after the other, with a state that is carried on."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.footprint import Footprint
from neurarium_models.layer import Layer, Outputs, require_numbers
from neurarium_models.sequence import require_mask, require_sequence, require_start
from neurarium_models.spelling import own_module
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn

SEQUENCE = features(5, 4, axes="TD")
PADDING = features(5, axes="T", dtype="bool")
HIDDEN = 12
ORDER = 4
"""Two indices of twice the size for each place."""
LINE = 16
"""Numbers in a line of the cache."""
HIDDEN_SIZE = Field(default=HIDDEN, ge=1, le=2**24, description="How many numbers the state has.")
BIDIRECTIONAL = Field(
    default=False,
    description="Whether a second one, with weights of its own, reads from the end; states lie side by side.",
)
BIAS = Field(default=True, description="Whether each gate adds learned constants.")


class Recurrent(Layer):
    """What the recurrent layers have in common."""

    optional_ports: ClassVar[tuple[str, ...]] = ("key_padding_mask", "h_0")
    returns: ClassVar[tuple[str, ...]] = ("output", "state")
    example_inputs: ClassVar[tuple[tuple[TensorSpec | None, ...], ...]] = (
        (SEQUENCE, None, None),
        (SEQUENCE, PADDING, features(HIDDEN)),
    )

    gates: ClassVar[int]
    """How many matrices it learns for what comes in, and as many for the state."""
    holds: ClassVar[bool] = False
    """Whether padding is told to its gates by one more feature, so that a cell stays as it was."""

    hidden_size: int = HIDDEN_SIZE
    bias: bool = BIAS
    bidirectional: bool = BIDIRECTIONAL

    @property
    def ways(self) -> int:
        """Count the directions in which it reads."""
        return 2 if self.bidirectional else 1

    def outputs(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> Outputs:
        """The state at each place; the last one, and what else is carried on."""
        width = self.ways * self.hidden_size
        axis = x.axes[0] if x.axes else "T"
        places = x.shape[0] if x.shape else 1
        last = TensorSpec(axes=("D",), shape=(width,))
        result = {"output": TensorSpec(axes=(axis, "D"), shape=(places, width))}
        result |= dict.fromkeys(self.returns[1:], last)
        require_numbers(self.kind, x, instead=result)
        require_sequence(self.kind, "input", x, result)
        require_mask(key_padding_mask, places, result)
        for name, given in zip(self.optional_ports[1:], start, strict=True):
            require_start(self.kind, name, given, width, result)
        return result

    def parameter_shapes(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> dict[str, tuple[int, ...]]:
        """For each direction: a matrix for what comes in, one for the state, and their constants."""
        rows = self.gates * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {}
        for suffix in ("", "_reverse")[: self.ways]:
            shapes[f"weight_ih_l0{suffix}"] = (rows, x.shape[-1])
            shapes[f"weight_hh_l0{suffix}"] = (rows, self.hidden_size)
            if self.bias:
                shapes[f"bias_ih_l0{suffix}"] = shapes[f"bias_hh_l0{suffix}"] = (rows,)
        return shapes

    def width(self, x: TensorSpec, key_padding_mask: TensorSpec | None) -> int:
        """Count the features that are multiplied at each place."""
        return x.shape[-1] + (1 if self.holds and key_padding_mask is not None else 0)

    def flops(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> int:
        """Two operations per weight and place."""
        width = self.width(x, key_padding_mask) + self.hidden_size
        return 2 * self.ways * x.shape[0] * self.gates * self.hidden_size * width

    def arguments(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> dict[str, Any]:
        """Add the features that come in."""
        return super().arguments() | {"input_size": x.shape[-1]}

    def footprint(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> Footprint:
        """What comes in, as it is read; what is kept of each place; with a mask, that order there and back."""
        places, width = x.shape[0], self.width(x, key_padding_mask)
        each = places * width + self.kept(places, width)
        each += places * ORDER if key_padding_mask is not None else 0
        moment = (self.gates + 2 * self.ways - 1) * places * self.hidden_size
        put = (
            2 * places * width if key_padding_mask is not None else 0
        )  # without padding, and in order
        return Footprint(False, False, kept=self.ways * each, moment=moment + put, backward=moment)

    @abstractmethod
    def kept(self, places: int, width: int) -> int:
        """Count the numbers of one direction that torch's kernel keeps for the backward pass, besides what comes in."""

    @abstractmethod
    def build(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> "nn.Module":
        """Make the torch module."""


class RNN(Recurrent):
    """Reads a sequence place by place and remembers: the new state is made of what comes in and of the state before.

    The same weights serve at every place. What came long ago has passed through them many times, and its gradient too:
    it vanishes or explodes.
    """

    gates: ClassVar = 1
    spelling: ClassVar = own_module(
        "RNN",
        "input_size",
        "hidden_size",
        file="recurrence",
        nonlinearity="tanh",
        bias=True,
        bidirectional=False,
    )
    kind: Literal["RNN"] = "RNN"
    nonlinearity: Literal["tanh", "relu"] = Field(
        default="tanh", description="How the sum of what comes in and what is remembered is bent."
    )

    def kept(self, places: int, width: int) -> int:
        """All states."""
        return (places + 1) * self.hidden_size

    def build(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> "nn.Module":
        """Make our own module, with the parameters of `torch.nn.RNN`."""
        from neurarium_models import kernels

        return kernels.RNN(
            x.shape[-1], self.hidden_size, self.nonlinearity, self.bias, self.bidirectional
        )


class LSTM(Recurrent):
    """Remembers in a cell that three gates guard: what to forget, what to write, what to show.

    The cell is carried on by adding, so that gradients reach far back. Its state is what the output gate lets be seen.
    """

    optional_ports: ClassVar[tuple[str, ...]] = ("key_padding_mask", "h_0", "c_0")
    returns: ClassVar[tuple[str, ...]] = ("output", "state", "cell")
    example_inputs: ClassVar[tuple[tuple[TensorSpec | None, ...], ...]] = (
        (SEQUENCE, None, None, None),
        (SEQUENCE, PADDING, features(HIDDEN), features(HIDDEN)),
    )
    gates: ClassVar = 4
    holds: ClassVar[bool] = True
    spelling: ClassVar = own_module(
        "LSTM", "input_size", "hidden_size", file="recurrence", bias=True, bidirectional=False
    )
    kind: Literal["LSTM"] = "LSTM"

    def kept(self, places: int, width: int) -> int:
        """States, cells, and what oneDNN writes down: gates and states twice, in blocks of a cache line."""
        size = self.hidden_size
        gates, states = _blocked(self.gates * size), _blocked(max(width, size))
        written = places * (2 * gates + 6 * states + size) + 6 * states + 4 * size
        return written + places * size + 3 * size

    def build(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> "nn.Module":
        """Make our own module, with the parameters of `torch.nn.LSTM`."""
        from neurarium_models import kernels

        return kernels.LSTM(x.shape[-1], self.hidden_size, self.bias, self.bidirectional)


class GRU(Recurrent):
    """Remembers with two gates: one says how much of the state stays, one how much of it the new one sees.

    It does what an LSTM does with one state less and a quarter fewer weights.
    """

    gates: ClassVar = 3
    spelling: ClassVar = own_module(
        "GRU", "input_size", "hidden_size", file="recurrence", bias=True, bidirectional=False
    )
    kind: Literal["GRU"] = "GRU"

    def kept(self, places: int, width: int) -> int:
        """States, gates and what they are made of."""
        return 7 * places * self.hidden_size

    def build(
        self, x: TensorSpec, key_padding_mask: TensorSpec | None, *start: TensorSpec | None
    ) -> "nn.Module":
        """Make our own module, with the parameters of `torch.nn.GRU`."""
        from neurarium_models import kernels

        return kernels.GRU(x.shape[-1], self.hidden_size, self.bias, self.bidirectional)


def _blocked(size: int) -> int:
    return -(-size // LINE) * LINE
