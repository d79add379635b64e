"""Many numbers become one."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class Sum(Card):
    """Adds up; each term gets the same gradient."""

    title: ClassVar = "sum"
    symbol: ClassVar = "Σ"
    forward: ClassVar = r"y = \sum_i x_i"
    backward: ClassVar = {"x_i": "g"}
    kind: Literal["sum"] = "sum"


class Mean(Card):
    """Takes the mean; the gradient is shared equally."""

    title: ClassVar = "mean"
    symbol: ClassVar = "mean"
    forward: ClassVar = r"y = \frac{1}{n} \sum_i x_i"
    backward: ClassVar = {"x_i": r"\frac{g}{n}"}
    kind: Literal["mean"] = "mean"


class Amax(Card):
    """Takes the greatest number, which alone gets the gradient."""

    title: ClassVar = "greatest number"
    symbol: ClassVar = "max"
    forward: ClassVar = r"y = \max_i x_i"
    backward: ClassVar = {"x_i": r"g\,\mathbb{I}(x_i = y)"}
    kind: Literal["amax"] = "amax"


class Prod(Card):
    """Multiplies all numbers; each gets the gradient times all others."""

    title: ClassVar = "product of all"
    symbol: ClassVar = "Π"
    forward: ClassVar = r"y = \prod_i x_i"
    backward: ClassVar = {"x_i": r"g \prod_{j \ne i} x_j"}
    kind: Literal["prod"] = "prod"


class VarMean(Card):
    """Computes mean and variance."""

    title: ClassVar = "variance and mean"
    symbol: ClassVar = "σ²"
    forward: ClassVar = r"\mu = \frac{1}{n} \sum_i x_i, \quad v = \frac{1}{n} \sum_i (x_i - \mu)^2"
    backward: ClassVar = {"x_i": r"\frac{g_\mu}{n} + \frac{2\, g_v\,(x_i - \mu)}{n}"}
    kind: Literal["var_mean"] = "var_mean"


class Var(Card):
    """Computes the variance: the mean squared distance from the mean."""

    title: ClassVar = "variance"
    symbol: ClassVar = "σ²"
    forward: ClassVar = r"y = \frac{1}{n} \sum_i (x_i - \mu)^2, \quad \mu = \frac{1}{n} \sum_i x_i"
    backward: ClassVar = {"x_i": r"\frac{2\, g\,(x_i - \mu)}{n}"}
    kind: Literal["var"] = "var"
