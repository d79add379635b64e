"""True and false: which places of a sequence count."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium_models.footprint import NOTHING_KEPT, Footprint
from neurarium_models.layer import LayerError, Outputs, Weightless, only
from neurarium_models.spelling import expression
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


class Not(Weightless):
    """Turns true into false and false into true.

    A dataset's mask is true where there is a token; attention wants a mask that is true where there is none.
    """

    elementwise: ClassVar[bool] = True
    example_inputs: ClassVar = ((features(5, axes="T", dtype="bool"),),)

    spelling: ClassVar = expression("~", "~input")
    kind: Literal["Not"] = "Not"

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        if x.dtype != "bool":
            message = f"Not turns true and false round, but it is given {x.dtype}."
            raise LayerError(message, instead=only(x.model_copy(update={"dtype": "bool"})))
        return only(x)

    def footprint(self, x: TensorSpec) -> Footprint:
        """Nothing."""
        return NOTHING_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.Not()
