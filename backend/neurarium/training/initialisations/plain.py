"""Weights that do not ask how large their layer is."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from neurarium.training.initialisation import Initialisation, Number, Spread


class Constant(Initialisation):
    """The same number everywhere. Units that begin alike get the same gradients, and stay alike for ever."""

    formula: ClassVar = "w = c"
    draws: ClassVar = False
    kind: Literal["constant"] = "constant"
    val: Number = Field(default=0.0, description="That number.")

    def arguments(self) -> dict[str, float]:
        """It has no default in torch."""
        return {"val": self.val}


class Normal(Initialisation):
    """A bell curve of one width for all layers: what was usual before widths were made to follow the layer's size."""

    formula: ClassVar = r"w \sim \mathcal{N}(\mu, \sigma^2)"
    kind: Literal["normal"] = "normal"
    mean: Number = Field(default=0.0, description="μ, the middle.")
    std: Spread = Field(default=1.0, description="σ, the width.")


class TruncNormal(Initialisation):
    """A bell curve whose far ends are cut off, as BERT and vision transformers begin (there with a std of 0.02)."""

    formula: ClassVar = r"w \sim \mathcal{N}(\mu, \sigma^2),\quad a \le w \le b"
    kind: Literal["trunc_normal"] = "trunc_normal"
    mean: Number = Field(default=0.0, description="μ, the middle.")
    std: Spread = Field(default=1.0, gt=0, description="σ, the width.")
    a: Number = Field(default=-2.0, description="No weight is less.")
    b: Number = Field(default=2.0, description="No weight is more.")

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if not (self.a < self.b and self.a <= self.mean <= self.b):
            raise ValueError(
                f"a ({self.a:g}) has to be below b ({self.b:g}), and the mean ({self.mean:g}) between them"
            )
        return self


class Uniform(Initialisation):
    """Every number between two bounds is as likely as any other."""

    formula: ClassVar = r"w \sim \mathcal{U}(a, b)"
    kind: Literal["uniform"] = "uniform"
    a: Number = Field(default=0.0, description="The least.")
    b: Number = Field(default=1.0, description="The greatest.")

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.a > self.b:
            raise ValueError(f"a ({self.a:g}) has to be at most b ({self.b:g})")
        return self
