"""Attention: every place of a sequence chooses which others to look at."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.footprint import Footprint
from neurarium_models.layer import Layer, LayerError, Outputs, only, require_numbers
from neurarium_models.sequence import require_mask, require_sequence, require_values
from neurarium_models.spelling import own_module
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn

TARGET = features(5, 8, axes="TD")
SOURCE = features(7, 6, axes="SD")

ATTENTION_SIZE = Field(
    default=32, ge=1, le=2**16, description="How many hidden units compare a query with a key."
)


def mixtures(
    kind: str,
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    key_padding_mask: TensorSpec | None,
) -> Outputs:
    """Say what attention that mixes the values as they are puts out: for each query one of them."""
    places, width = (*query.shape, 1)[0], (1, *value.shape)[-1]
    axes = ((*query.axes, "T")[0], "D")
    result = only(TensorSpec(axes=axes, shape=(places, width)))
    require_numbers(kind, query, key, value, instead=result)
    for name, x in (("query", query), ("key", key), ("value", value)):
        require_sequence(kind, name, x, result)
    require_values(key, value, result)
    require_mask(key_padding_mask, key.shape[0], result, of="key")
    return result


class MultiheadAttention(Layer):
    """Each place asks a question (query), compares it with what all places offer (keys) and mixes their values.

    Several heads do so side by side, each in its own part of the features. With the same sequence as query, key and
    value it is self-attention; with another sequence as key and value it is cross-attention.
    """

    ports: ClassVar[tuple[str, ...]] = ("query", "key", "value")
    optional_ports: ClassVar[tuple[str, ...]] = ("key_padding_mask",)
    example_inputs: ClassVar = (
        (TARGET, TARGET, TARGET, None),
        (TARGET, SOURCE, SOURCE, features(7, axes="S", dtype="bool")),
        (TARGET, features(7, 8, axes="SD"), features(7, 8, axes="SD"), None),
    )

    spelling: ClassVar = own_module(
        "MultiheadAttention",
        "embed_dim",
        "num_heads",
        "kdim",
        "vdim",
        file="attention",
        dropout=0.0,
        bias=True,
        causal=False,
        rotary=False,
    )
    kind: Literal["MultiheadAttention"] = "MultiheadAttention"
    num_heads: int = Field(
        default=1, ge=1, le=1024, description="How many heads; they share the features among them."
    )
    dropout: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Probability that a place is not looked at in training.",
    )
    bias: bool = Field(default=True, description="Whether the projections add learned constants.")
    causal: bool = Field(
        default=False, description="Whether a place may look at itself and earlier places only."
    )
    rotary: bool = Field(
        default=False,
        description="Whether queries and keys are turned by angles that tell where they stand.",
    )

    def outputs(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> Outputs:
        """One mixture for each query; `key_padding_mask` is true at places that may not be looked at."""
        result = only(query)
        require_numbers(self.kind, query, key, value, instead=result)
        for name, x in (("query", query), ("key", key), ("value", value)):
            require_sequence(self.kind, name, x, result)
        width, places = query.shape[1], key.shape[0]
        self._share(width, result)
        require_values(key, value, result)
        require_mask(key_padding_mask, places, result, of="key")
        return result

    def _share(self, width: int, result: Outputs) -> None:
        """Raise LayerError unless each head gets equally many features, and whole pairs where those turn."""
        pair = 2 if self.rotary else 1
        if width % (pair * self.num_heads) == 0:
            return
        fitting = [heads for heads in range(1, self.num_heads) if width % (pair * heads) == 0]
        message = f"{width} features cannot be shared equally among {self.num_heads} heads."
        if width % self.num_heads == 0:
            message = (
                f"Rotary positions turn pairs of features, but each of the {self.num_heads} heads has "
                f"{width // self.num_heads}, an odd number."
            )
        if not fitting:
            raise LayerError(message, instead=result)
        raise LayerError(
            f"{message} {fitting[-1]} would work.", {"num_heads": fitting[-1]}, instead=result
        )

    def parameter_shapes(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> dict[str, tuple[int, ...]]:
        """Projections of query, key, value (one tensor where their sizes agree, as in torch), and of the result."""
        width, key_width, value_width = query.shape[1], key.shape[1], value.shape[1]
        if width == key_width == value_width:
            shapes: dict[str, tuple[int, ...]] = {"in_proj_weight": (3 * width, width)}
        else:
            shapes = {
                "q_proj_weight": (width, width),
                "k_proj_weight": (width, key_width),
                "v_proj_weight": (width, value_width),
            }
        biases = {"in_proj_bias": (3 * width,), "out_proj.bias": (width,)} if self.bias else {}
        return shapes | {"out_proj.weight": (width, width)} | biases

    def flops(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> int:
        """Four projections, and two products of places with places."""
        width, targets, sources = query.shape[1], query.shape[0], key.shape[0]
        projections = 2 * width * (query.size + key.size + value.size + query.size)
        return projections + 4 * targets * sources * width

    def arguments(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> dict[str, Any]:
        """Add how many features queries, keys and values have."""
        widths = {"embed_dim": query.shape[1], "kdim": key.shape[1], "vdim": value.shape[1]}
        return super().arguments() | widths

    def footprint(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> Footprint:
        """What comes in, its projections and mixtures; with dropout all weights, else the mask; rotary ones are new."""
        width, targets, sources = query.shape[1], query.shape[0], key.shape[0]
        kept = 2 * width * (targets + sources)
        if self.dropout:
            kept += 3 * self.num_heads * targets * sources
        elif key_padding_mask is not None:
            kept += targets * (sources + self.num_heads)
        else:
            kept += targets * self.num_heads
        turned = 2 * width * (targets + sources) if self.rotary else 0
        return Footprint(output=False, kept=kept, moment=kept + turned)

    def build(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> "nn.Module":
        """Make our own module, with the parameters of `torch.nn.MultiheadAttention`."""
        from neurarium_models.attention import MultiheadAttention as Module

        return Module(
            query.shape[1],
            self.num_heads,
            kdim=key.shape[1],
            vdim=value.shape[1],
            dropout=self.dropout,
            bias=self.bias,
            causal=self.causal,
            rotary=self.rotary,
        )


class OneHead(Layer):
    """What the layers of attention have in common whose only head compares all features."""

    ports: ClassVar[tuple[str, ...]] = ("query", "key", "value")
    optional_ports: ClassVar[tuple[str, ...]] = ("key_padding_mask",)
    example_inputs: ClassVar = (
        (TARGET, SOURCE, SOURCE, None),
        (TARGET, SOURCE, features(7, 3, axes="SD"), features(7, axes="S", dtype="bool")),
    )

    def outputs(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> Outputs:
        """One mixture of values for each query; `key_padding_mask` is true at places that may not be looked at."""
        return mixtures(self.kind, query, key, value, key_padding_mask)

    def arguments(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> dict[str, Any]:
        """Add how many features queries and keys have."""
        return super().arguments() | {"qdim": query.shape[1], "kdim": key.shape[1]}


class AdditiveAttention(OneHead):
    """Adds a query and a key, bends the sum and weighs it: the first attention of translation.

    What fits is learned by a small network of one hidden layer, so that queries and keys may have any sizes.
    """

    spelling: ClassVar = own_module(
        "AdditiveAttention", "attention_size", "qdim", "kdim", file="attention"
    )
    kind: Literal["AdditiveAttention"] = "AdditiveAttention"
    attention_size: int = ATTENTION_SIZE

    def parameter_shapes(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> dict[str, tuple[int, ...]]:
        """A matrix for queries, one for keys, and how much each hidden unit counts."""
        size = self.attention_size
        return {
            "q_proj.weight": (size, query.shape[1]),
            "k_proj.weight": (size, key.shape[1]),
            "score.weight": (1, size),
        }

    def flops(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> int:
        """Two projections; for each pair of places a weighed sum of hidden units and one of values."""
        pairs = query.shape[0] * key.shape[0]
        projections = self.attention_size * (query.size + key.size)
        return 2 * (projections + pairs * (self.attention_size + value.shape[1]))

    def footprint(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> Footprint:
        """What comes in, what is bent for each pair of places, and the weights."""
        pairs = query.shape[0] * key.shape[0]
        kept = pairs * (self.attention_size + (2 if key_padding_mask is not None else 1))
        return Footprint(output=False, kept=kept, moment=2 * kept, backward=kept)

    def build(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models.attention import AdditiveAttention as Module

        return Module(self.attention_size, query.shape[1], key.shape[1])


class MultiplicativeAttention(OneHead):
    """Multiplies each query with each key through a learned matrix; what fits is what points the same way.

    It is the attention of Luong et al. that is called general. With the scale, scores do not grow with the features.
    """

    spelling: ClassVar = own_module(
        "MultiplicativeAttention", "qdim", "kdim", file="attention", scale=False
    )
    kind: Literal["MultiplicativeAttention"] = "MultiplicativeAttention"
    scale: bool = Field(
        default=False, description="Whether scores are divided by the root of the keys' features."
    )

    def parameter_shapes(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> dict[str, tuple[int, ...]]:
        """The matrix between queries and keys."""
        return {"k_proj.weight": (query.shape[1], key.shape[1])}

    def flops(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> int:
        """One projection; for each pair of places two products."""
        width, pairs = query.shape[1], query.shape[0] * key.shape[0]
        return 2 * (width * key.size + pairs * (width + value.shape[1]))

    def footprint(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> Footprint:
        """What comes in, the keys as queries see them, and the weights."""
        pairs = query.shape[0] * key.shape[0]
        kept = key.shape[0] * query.shape[1] + pairs * (2 if key_padding_mask is not None else 1)
        return Footprint(output=False, kept=kept, moment=kept, backward=kept)

    def build(
        self,
        query: TensorSpec,
        key: TensorSpec,
        value: TensorSpec,
        key_padding_mask: TensorSpec | None,
    ) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models.attention import MultiplicativeAttention as Module

        return Module(query.shape[1], key.shape[1], self.scale)
