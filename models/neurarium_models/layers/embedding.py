"""Tokens become vectors, and vectors are told where they stand."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.footprint import INPUTS_KEPT, NOTHING_KEPT, Footprint
from neurarium_models.layer import (
    Layer,
    LayerError,
    Outputs,
    Weightless,
    only,
    require_numbers,
    require_rank,
)
from neurarium_models.spelling import module, own_module
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


class Embedding(Layer):
    """Looks up a learned vector for each whole number: word 17 becomes row 17 of a table.

    Words that are used alike get vectors that lie close together.
    """

    example_inputs: ClassVar = ((features(5, axes="T", dtype="int64"),),)

    spelling: ClassVar = module("nn.Embedding", "num_embeddings", "embedding_dim")
    kind: Literal["Embedding"] = "Embedding"
    num_embeddings: int = Field(
        default=32, ge=1, le=2**31, description="How many different tokens: rows of the table."
    )
    embedding_dim: int = Field(
        default=16, ge=1, le=2**24, description="How many numbers describe a token."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Add an axis: one vector for each token."""
        result = only(TensorSpec(axes=(*x.axes, "D"), shape=(*x.shape, self.embedding_dim)))
        if x.dtype != "int64":
            message = (
                f"Embedding looks up whole numbers (int64, tokens), but it is given {x.dtype}."
            )
            raise LayerError(message, instead=result)
        return result

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """The table."""
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def flops(self, x: TensorSpec) -> int:
        """Looking up multiplies nothing."""
        return 0

    def footprint(self, x: TensorSpec) -> Footprint:
        """The tokens."""
        return INPUTS_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Embedding`."""
        from torch import nn

        return nn.Embedding(self.num_embeddings, self.embedding_dim)


class PositionalEmbedding(Layer):
    """Adds to each place of a sequence a learned vector of that place, so that order can matter."""

    example_inputs: ClassVar = ((features(5, 4, axes="TD"),),)

    spelling: ClassVar = own_module("PositionalEmbedding", "num_embeddings", "embedding_dim")
    kind: Literal["PositionalEmbedding"] = "PositionalEmbedding"
    num_embeddings: int = Field(
        default=64, ge=1, le=2**24, description="How many places there are at most."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape; raise where the sequence is too long."""
        require_numbers(self.kind, x, instead=only(x))
        require_rank(self.kind, x, 2, instead=only(x))
        length = x.shape[-2]
        if length > self.num_embeddings:
            message = f"The sequence has {length} places, but there are vectors for {self.num_embeddings} only."
            raise LayerError(message, {"num_embeddings": length}, instead=only(x))
        return only(x)

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """One vector for each place."""
        return {"weight": (self.num_embeddings, x.shape[-1])}

    def flops(self, x: TensorSpec) -> int:
        """Additions only."""
        return 0

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the features of a place."""
        return super().arguments() | {"embedding_dim": x.shape[-1]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """Nothing."""
        return NOTHING_KEPT._replace(straight=True)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.PositionalEmbedding(self.num_embeddings, x.shape[-1])


class SinusoidalPositions(Weightless):
    """Adds to each place of a sequence a fixed pattern of sines and cosines, slow and fast ones, like hands of clocks.

    Nothing is learned, and no place is too far: the pattern goes on for ever.
    """

    example_inputs: ClassVar = ((features(5, 4, axes="TD"),), (features(2, 3, axes="TD"),))

    spelling: ClassVar = own_module("SinusoidalPositions")
    kind: Literal["SinusoidalPositions"] = "SinusoidalPositions"

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        require_rank(self.kind, x, 2, instead=only(x))
        return only(x)

    def footprint(self, x: TensorSpec) -> Footprint:
        """Nothing."""
        return NOTHING_KEPT._replace(straight=True)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.SinusoidalPositions()
