"""The layers of LeNet-5 as it was published: LeCun, Bottou, Bengio, Haffner, Gradient-based learning, 1998."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box
from neurarium_models.footprint import NOTHING_KEPT, Footprint, convolved
from neurarium_models.layer import Layer, LayerError, Outputs, Weightless, only, require_numbers
from neurarium_models.layers.activation import Activation
from neurarium_models.spelling import own_module
from neurarium_models.tensor import TensorSpec, features
from neurarium_models.window import Window, slide

if TYPE_CHECKING:
    from torch import nn

TABLE: tuple[tuple[int, ...], ...] = (
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 3) % 6, (i + 4) % 6) for i in range(3)),
    (0, 1, 2, 3, 4, 5),
)
"""Which of six maps each of the sixteen filters of layer C3 looks at: table I of the paper."""
CODE_LENGTH = 84


class Subsample2d(Layer):
    """Averages each window, then multiplies by a learned number and adds another: two parameters for a whole map."""

    example_inputs: ClassVar = ((features(3, 8, 8, axes="CHW"),), (features(2, 5, 4, axes="CHW"),))

    spelling: ClassVar = own_module("Subsample2d", "channels", "kernel_size")
    kind: Literal["Subsample2d"] = "Subsample2d"
    kernel_size: int = Field(
        default=2,
        ge=1,
        le=1024,
        description="Rows and columns of the window; it moves by its own size.",
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the channels; one number for each place of the window."""
        shape = slide(self.kind, x, self.kernel_size, self.kernel_size, 0)
        result = only(TensorSpec(axes=x.axes, shape=shape))
        require_numbers(self.kind, x, instead=result)
        return result

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """A factor and a constant for each map."""
        return {"weight": (x.shape[0],), "bias": (x.shape[0],)}

    def flops(self, x: TensorSpec) -> int:
        """No matrix products."""
        return 0

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the channels."""
        return super().arguments() | {"channels": x.shape[0]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in, and the means."""
        means = self.outputs(x)["output"].size
        return Footprint(output=False, kept=means, moment=2 * means)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.Subsample2d(x.shape[0], self.kernel_size)

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Through the window, the channel itself."""
        return (Window(self.kernel_size, self.kernel_size).look(box, box[0], x, edges),)


class SparseConv2d(Layer):
    """A convolution whose filters look at some of the maps only, by the paper's table: 3, 4 or all 6 of them.

    Filters that see different maps are forced to find different things, and a third of the weights is saved.
    """

    example_inputs: ClassVar = ((features(6, 8, 8, axes="CHW"),),)

    spelling: ClassVar = own_module("SparseConv2d", "table", "channels", "kernel_size")
    kind: Literal["SparseConv2d"] = "SparseConv2d"
    kernel_size: int = Field(
        default=5, ge=1, le=1024, description="Rows and columns of the window."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Sixteen maps, as large as there are places for the window."""
        shape = slide(self.kind, x, self.kernel_size, 1, 0, channels=len(TABLE))
        result = only(TensorSpec(axes=x.axes, shape=shape))
        require_numbers(self.kind, x, instead=result)
        if x.shape[0] != len(TABLE[-1]):
            message = f"The table of SparseConv2d connects {len(TABLE[-1])} maps, but its input has {x.shape[0]}."
            raise LayerError(message, instead=result)
        return result

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """One window for each connection of the table, in its order, and a constant for each filter."""
        connections = sum(map(len, TABLE))
        return {
            "weight": (connections, self.kernel_size, self.kernel_size),
            "bias": (len(TABLE),),
        }

    def flops(self, x: TensorSpec) -> int:
        """What torch counts: it multiplies the missing connections too, by zero."""
        return 2 * x.shape[0] * self.kernel_size**2 * self.outputs(x)["output"].size

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the table, and the maps that come in."""
        return super().arguments() | {"table": TABLE, "channels": x.shape[0]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in."""
        return convolved(x, self.outputs(x)["output"], self.kernel_size)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.SparseConv2d(TABLE, x.shape[0], self.kernel_size)

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Through the window, the maps of the table."""
        first, last = box[0]
        maps = [map_ for row in TABLE[first : last + 1] for map_ in row]
        return (Window(self.kernel_size, 1).look(box, (min(maps), max(maps)), x, edges),)


class ScaledTanh(Activation):
    """Tanh as the paper scales it: 1.7159 tanh(2x/3), which is -1 at -1 and +1 at +1, where it still has slope."""

    spelling: ClassVar = own_module("ScaledTanh")
    kind: Literal["ScaledTanh"] = "ScaledTanh"

    def footprint(self, x: TensorSpec) -> Footprint:
        """The tangent before it is scaled."""
        return NOTHING_KEPT._replace(kept=x.size, moment=x.size, backward=x.size)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.ScaledTanh()


class CodeDistance(Weightless):
    """How near the input is to a fixed picture of each digit: minus the squared distance to its 7 × 12 pixels.

    The paper's output layer (radial basis functions). The pictures are drawn, not learned; the nearest one wins.
    """

    example_inputs: ClassVar = ((features(CODE_LENGTH),),)

    spelling: ClassVar = own_module("CodeDistance")
    kind: Literal["CodeDistance"] = "CodeDistance"

    def outputs(self, x: TensorSpec) -> Outputs:
        """One number for each digit."""
        result = only(TensorSpec(axes=("D",), shape=(10,)))
        require_numbers(self.kind, x, instead=result)
        if x.shape != (CODE_LENGTH,):
            message = f"CodeDistance compares {CODE_LENGTH} numbers with 7 × 12 pixels, but its input is {x}."
            raise LayerError(message, instead=result)
        return result

    def footprint(self, x: TensorSpec) -> Footprint:
        """The difference to each picture."""
        return NOTHING_KEPT._replace(kept=10 * x.size, moment=20 * x.size, backward=30 * x.size)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.CodeDistance()
