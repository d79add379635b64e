"""The contract of every initialisation: how the weights of a layer begin, drawn by `torch.nn.init` itself."""

from abc import ABC
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from neurarium_models.layout import Place

Number = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Spread = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class Initialisation(BaseModel, ABC):
    """One way to begin. Fields are the arguments of torch's function, by its names; the docstring is the help text.

    A subclass is final and has `kind: Literal["name"] = "name"`, where torch.nn.init has a function `name_`. It holds
    for all weights of a layer that have enough axes; what stays out (the scale of a norm) begins as torch's layer does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    formula: ClassVar[str]
    """What is drawn, in LaTeX: n_in and n_out are the numbers that a unit reads and that read it."""
    axes: ClassVar[int] = 1
    """How many axes a weight needs at least."""
    draws: ClassVar[bool] = True
    """Whether chance has a part in it."""

    kind: str
    bias: Number = Field(default=0.0, description="What biases begin with.")

    def takes(self, name: str, shape: Sequence[int]) -> bool:
        """Say whether a parameter, by its own name and shape, is one of the weights that this is for."""
        return not is_bias(name) and len(shape) >= self.axes

    def suits(self, places: "Iterable[Place]") -> bool:
        """Say whether any of some layers has such weights."""
        return any(
            self.takes(name, shape)
            for place in places
            for name, shape in place.layer.parameter_shapes(*place.specs).items()
        )

    def fill(self, weight: "Tensor", generator: "Generator") -> None:
        """Give a weight its first values."""
        from torch.nn import init

        chance = {"generator": generator} if self.draws else {}
        getattr(init, f"{self.kind}_")(weight, **self.arguments(), **chance)

    def written(self, weight: str) -> str:
        """Write `fill` as PyTorch."""
        given = [weight, *(f"{name}={value!r}" for name, value in self.arguments().items())]
        return f"nn.init.{self.kind}_({', '.join(given)})".replace("'", '"')

    def signs(self) -> str:
        """Write it in signs that need no language: `xavier_uniform(gain=2.0)`, `orthogonal(bias=0.1)`."""
        told = self.arguments() | ({"bias": self.bias} if self.bias else {})
        given = ", ".join(f"{name}={value}" for name, value in told.items())
        return f"{self.kind}({given})" if given else self.kind

    def arguments(self) -> dict[str, Any]:
        """List what torch's function is told: what is not its default."""
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name not in ("kind", "bias") and getattr(self, name) != field.default
        }


def is_bias(name: str) -> bool:
    """Say whether a parameter is a bias: `bias`, `in_proj_bias`, `bias_hh_l0`."""
    return "bias" in name.rpartition(".")[2]
