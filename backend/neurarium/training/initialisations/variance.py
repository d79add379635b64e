"""Weights whose spread follows the size of their layer, so that numbers neither fade nor explode on their way."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from neurarium.training.initialisation import Initialisation

Gain = Annotated[
    float,
    Field(
        gt=0,
        le=1000,
        description="What the spread is multiplied with: 1 for straight lines and sigmoids, 5/3 for tanh, √2 for ReLU.",
    ),
]
Slope = Annotated[
    float,
    Field(
        ge=0,
        le=1000,
        description="Slope of a leaky ReLU for numbers below 0; only there it counts.",
    ),
]
Mode = Annotated[
    Literal["fan_in", "fan_out"],
    Field(
        description="Whether numbers keep their size on the way forward (by what a unit reads), "
        "or gradients on the way back (by what reads it)."
    ),
]
Nonlinearity = Annotated[
    Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"],
    Field(description="What comes behind the layer: it decides the gain."),
]


class XavierUniform(Initialisation):
    """Keeps the spread of numbers forward and of gradients backward, as a compromise of both (Glorot and Bengio, 2010).

    Made for sigmoid and tanh.
    """

    formula: ClassVar = (
        r"w \sim \mathcal{U}(-r, r),\quad r = \text{gain}\sqrt{6 / (n_\text{in} + n_\text{out})}"
    )
    axes: ClassVar = 2
    kind: Literal["xavier_uniform"] = "xavier_uniform"
    gain: Gain = 1.0


class XavierNormal(Initialisation):
    """As xavier_uniform, drawn from a bell curve (Glorot and Bengio, 2010)."""

    formula: ClassVar = (
        r"w \sim \mathcal{N}(0, \sigma^2),\ \sigma = \text{gain}\sqrt{2/(n_\text{in}+n_\text{out})}"
    )
    axes: ClassVar = 2
    kind: Literal["xavier_normal"] = "xavier_normal"
    gain: Gain = 1.0


class KaimingUniform(Initialisation):
    """Makes up for what ReLU cuts off: half of all numbers, so twice the variance (He, Zhang, Ren and Sun, 2015)."""

    formula: ClassVar = r"w \sim \mathcal{U}(-r, r),\quad r = \text{gain}\sqrt{3 / n}"
    axes: ClassVar = 2
    kind: Literal["kaiming_uniform"] = "kaiming_uniform"
    a: Slope = 0.0
    mode: Mode = "fan_in"
    nonlinearity: Nonlinearity = "leaky_relu"


class KaimingNormal(Initialisation):
    """As kaiming_uniform, drawn from a bell curve (He, Zhang, Ren and Sun, 2015): how residual networks begin."""

    formula: ClassVar = r"w \sim \mathcal{N}(0, \sigma^2),\quad \sigma = \text{gain} / \sqrt{n}"
    axes: ClassVar = 2
    kind: Literal["kaiming_normal"] = "kaiming_normal"
    a: Slope = 0.0
    mode: Mode = "fan_in"
    nonlinearity: Nonlinearity = "leaky_relu"


class Orthogonal(Initialisation):
    """A turn of space: lengths and angles stay, however many layers follow (Saxe, McClelland and Ganguli, 2014)."""

    formula: ClassVar = r"W^\top W = \text{gain}^2\, I"
    axes: ClassVar = 2
    kind: Literal["orthogonal"] = "orthogonal"
    gain: Gain = 1.0
