"""A recurrent decoder that looks at what it decodes."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.footprint import Footprint
from neurarium_models.layer import Layer, Outputs, require_numbers
from neurarium_models.layers.attention import ATTENTION_SIZE
from neurarium_models.layers.recurrent import HIDDEN, HIDDEN_SIZE, SEQUENCE
from neurarium_models.sequence import require_mask, require_sequence, require_start
from neurarium_models.spelling import own_module
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn

MEMORY = features(7, 6, axes="SD")
GATES = 3


class AttentionGRU(Layer):
    """A GRU that looks at a memory before each step, for instance at the words of a sentence that it translates.

    What it looks for follows from its state; the mixture that it finds, the context, goes into the step beside what
    comes in. So nothing has to pass through one vector, however long the memory is.
    """

    ports: ClassVar[tuple[str, ...]] = ("input", "memory")
    optional_ports: ClassVar[tuple[str, ...]] = ("key_padding_mask", "h_0")
    returns: ClassVar[tuple[str, ...]] = ("output", "context", "state")
    example_inputs: ClassVar = (
        (SEQUENCE, MEMORY, None, None),
        (SEQUENCE, MEMORY, features(7, axes="S", dtype="bool"), features(HIDDEN)),
    )

    spelling: ClassVar = own_module(
        "AttentionGRU",
        "input_size",
        "memory_size",
        "hidden_size",
        file="attention",
        score="additive",
        attention_size=32,
    )
    kind: Literal["AttentionGRU"] = "AttentionGRU"
    hidden_size: int = HIDDEN_SIZE
    score: Literal["additive", "multiplicative"] = Field(
        default="additive",
        description="How state and memory are compared: by a small network, or by a product through a matrix.",
    )
    attention_size: int = ATTENTION_SIZE

    def outputs(
        self,
        x: TensorSpec,
        memory: TensorSpec,
        key_padding_mask: TensorSpec | None,
        h_0: TensorSpec | None,
    ) -> Outputs:
        """State and context at each place, and the last state; the mask is true where the memory is not looked at."""
        axis, places = (*x.axes, "T")[0], (*x.shape, 1)[0]
        last = TensorSpec(axes=("D",), shape=(self.hidden_size,))
        result = {
            "output": TensorSpec(axes=(axis, "D"), shape=(places, self.hidden_size)),
            "context": TensorSpec(axes=(axis, "D"), shape=(places, (1, *memory.shape)[-1])),
            "state": last,
        }
        require_numbers(self.kind, x, memory, instead=result)
        require_sequence(self.kind, "input", x, result)
        require_sequence(self.kind, "memory", memory, result)
        require_mask(key_padding_mask, memory.shape[0], result)
        require_start(self.kind, "h_0", h_0, self.hidden_size, result)
        return result

    def parameter_shapes(
        self,
        x: TensorSpec,
        memory: TensorSpec,
        key_padding_mask: TensorSpec | None,
        h_0: TensorSpec | None,
    ) -> dict[str, tuple[int, ...]]:
        """Those of a GRU that is given the context too, and what compares its state with the memory."""
        hidden, width, size = self.hidden_size, memory.shape[1], self.attention_size
        rows = GATES * hidden
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, x.shape[1] + width),
            "weight_hh": (rows, hidden),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }
        if self.score == "multiplicative":
            return shapes | {"k_proj.weight": (hidden, width)}
        compared = {"q_proj.weight": (size, hidden), "k_proj.weight": (size, width)}
        return shapes | compared | {"score.weight": (1, size)}

    def flops(
        self,
        x: TensorSpec,
        memory: TensorSpec,
        key_padding_mask: TensorSpec | None,
        h_0: TensorSpec | None,
    ) -> int:
        """Two operations per weight and place; at each place two products with the whole memory."""
        hidden, (there, width) = self.hidden_size, memory.shape
        step = GATES * hidden * (x.shape[1] + width + hidden) + there * width
        if self.score == "multiplicative":
            return 2 * (x.shape[0] * (step + there * hidden) + memory.size * hidden)
        size = self.attention_size
        return 2 * (x.shape[0] * (step + size * hidden + there * size) + memory.size * size)

    def arguments(
        self,
        x: TensorSpec,
        memory: TensorSpec,
        key_padding_mask: TensorSpec | None,
        h_0: TensorSpec | None,
    ) -> dict[str, Any]:
        """Add the features of what comes in and of the memory."""
        sizes = {"input_size": x.shape[-1], "memory_size": memory.shape[-1]}
        return super().arguments() | sizes

    def footprint(
        self,
        x: TensorSpec,
        memory: TensorSpec,
        key_padding_mask: TensorSpec | None,
        h_0: TensorSpec | None,
    ) -> Footprint:
        """The memory as it is compared; of each place gates, states, contexts, weights and what they are made of."""
        there, width = memory.shape
        size = self.attention_size if self.score == "additive" else 0
        compared = 0 if size else self.hidden_size
        each = 8 * self.hidden_size + size + width + there * (size + 1)
        each += there if key_padding_mask is not None else 0
        kept = there * compared + x.shape[0] * each
        found = x.shape[0] * (7 * self.hidden_size + width + 2 * there)
        moment = found + there * (compared + 4 * size)
        return Footprint(output=False, kept=kept, moment=moment, backward=kept // 2)

    def build(
        self,
        x: TensorSpec,
        memory: TensorSpec,
        key_padding_mask: TensorSpec | None,
        h_0: TensorSpec | None,
    ) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models.attention import AttentionGRU as Module

        return Module(
            x.shape[-1], memory.shape[-1], self.hidden_size, self.score, self.attention_size
        )
