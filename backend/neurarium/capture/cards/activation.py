"""Activation functions: bends, one number at a time."""

import math
from typing import ClassVar, Literal

import numpy as np

from neurarium.capture.card import Card, Curve, Numbers

ERF = np.vectorize(math.erf, otypes=[float])


def _normal(x: Numbers) -> Numbers:
    """Say how probable it is that a standard normal number is below x."""
    found: Numbers = 0.5 * (1 + ERF(x / math.sqrt(2)))
    return found


class Tanh(Curve):
    """Bends every number into −1 to 1; where it is flat, hardly any gradient passes."""

    title: ClassVar = "tanh"
    symbol: ClassVar = "tanh"
    forward: ClassVar = r"y = \tanh x"
    backward: ClassVar = {"x": r"g\,(1 - y^2)"}
    kind: Literal["tanh"] = "tanh"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.tanh(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return 1 - np.tanh(x) ** 2


class Sigmoid(Curve):
    """Bends every number into 0 to 1; its slope is 1/4 at most."""

    title: ClassVar = "sigmoid"
    symbol: ClassVar = "σ"
    forward: ClassVar = r"y = \frac{1}{1 + e^{-x}}"
    backward: ClassVar = {"x": r"g\, y\,(1 - y)"}
    kind: Literal["sigmoid"] = "sigmoid"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return 0.5 * (1 + np.tanh(x[0] / 2))

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return 0.25 / np.cosh(x / 2) ** 2


class Relu(Curve):
    """Lets positive numbers pass and makes the others 0; gradients pass where numbers did."""

    title: ClassVar = "ReLU"
    symbol: ClassVar = "relu"
    forward: ClassVar = r"y = \max(0, x)"
    backward: ClassVar = {"x": r"g\,\mathbb{I}(x > 0)"}
    kind: Literal["relu"] = "relu"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.maximum(x[0], 0)

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.where(x > 0, 1.0, 0.0)


class LeakyRelu(Curve):
    """Lets positive numbers pass and a small share of the others."""

    title: ClassVar = "leaky ReLU"
    symbol: ClassVar = "leaky"
    forward: ClassVar = r"y = \max(0, x) + a \min(0, x)"
    backward: ClassVar = {"x": r"g\,(\mathbb{I}(x > 0) + a\,\mathbb{I}(x \le 0))"}
    settings: ClassVar = (0.01,)
    kind: Literal["leaky_relu"] = "leaky_relu"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.where(x[0] > 0, x[0], 0.01 * x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.where(x > 0, 1.0, 0.01)


class Elu(Curve):
    """Lets positive numbers pass and lets the others sink smoothly to −α."""

    title: ClassVar = "ELU"
    symbol: ClassVar = "elu"
    forward: ClassVar = r"y = x \;(x > 0), \quad \alpha (e^x - 1) \;(x \le 0)"
    backward: ClassVar = {"x": r"g\,(\mathbb{I}(x > 0) + \alpha e^x\,\mathbb{I}(x \le 0))"}
    kind: Literal["elu"] = "elu"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.where(x[0] > 0, x[0], np.expm1(np.minimum(x[0], 0)))

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.where(x > 0, 1.0, np.exp(np.minimum(x, 0)))


class Silu(Curve):
    """Multiplies each number by its own sigmoid: a smooth ReLU."""

    title: ClassVar = "SiLU"
    symbol: ClassVar = "silu"
    forward: ClassVar = r"y = x\,\sigma(x)"
    backward: ClassVar = {"x": r"g\,\sigma(x)\,(1 + x\,(1 - \sigma(x)))"}
    kind: Literal["silu"] = "silu"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        share: Numbers = 0.5 * (1 + np.tanh(x[0] / 2))
        return x[0] * share

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        share: Numbers = 0.5 * (1 + np.tanh(x / 2))
        return share * (1 + x * (1 - share))


class Gelu(Curve):
    """Multiplies each number by the probability that a standard normal number is below it."""

    title: ClassVar = "GELU"
    symbol: ClassVar = "gelu"
    forward: ClassVar = r"y = x\,\Phi(x)"
    backward: ClassVar = {"x": r"g\,(\Phi(x) + x\,\varphi(x))"}
    kind: Literal["gelu"] = "gelu"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return x[0] * _normal(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        density: Numbers = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
        return _normal(x) + x * density


class TanhBackward(Card):
    """Multiplies what arrives by the slope of tanh, which follows from what came out."""

    title: ClassVar = "slope of tanh"
    symbol: ClassVar = "1−y²"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = g\,(1 - y^2)"
    backward: ClassVar = {}
    kind: Literal["tanh_backward"] = "tanh_backward"


class SigmoidBackward(Card):
    """Multiplies what arrives by the slope of the sigmoid, which follows from what came out."""

    title: ClassVar = "slope of sigmoid"
    symbol: ClassVar = "y(1−y)"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = g\, y\,(1 - y)"
    backward: ClassVar = {}
    kind: Literal["sigmoid_backward"] = "sigmoid_backward"


class ThresholdBackward(Card):
    """Lets a gradient pass where the number was positive, and makes it 0 elsewhere."""

    title: ClassVar = "slope of ReLU"
    symbol: ClassVar = "x>0"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = g\,\mathbb{I}(x > 0)"
    backward: ClassVar = {}
    kind: Literal["threshold_backward"] = "threshold_backward"


class LeakyReluBackward(Card):
    """Lets a gradient pass where the number was positive, and a small share of it elsewhere."""

    title: ClassVar = "slope of leaky ReLU"
    symbol: ClassVar = "x>0"
    forward: ClassVar = (
        r"\frac{\partial E}{\partial x} = g\,(\mathbb{I}(x > 0) + a\,\mathbb{I}(x \le 0))"
    )
    backward: ClassVar = {}
    kind: Literal["leaky_relu_backward"] = "leaky_relu_backward"


class EluBackward(Card):
    """Multiplies what arrives by the slope of ELU."""

    title: ClassVar = "slope of ELU"
    symbol: ClassVar = "elu′"
    forward: ClassVar = (
        r"\frac{\partial E}{\partial x} = g\,(\mathbb{I}(x > 0) + \alpha e^x\,\mathbb{I}(x \le 0))"
    )
    backward: ClassVar = {}
    kind: Literal["elu_backward"] = "elu_backward"


class SiluBackward(Card):
    """Multiplies what arrives by the slope of SiLU, by the product rule."""

    title: ClassVar = "slope of SiLU"
    symbol: ClassVar = "silu′"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = g\,\sigma(x)\,(1 + x\,(1 - \sigma(x)))"
    backward: ClassVar = {}
    kind: Literal["silu_backward"] = "silu_backward"


class GeluBackward(Card):
    """Multiplies what arrives by the slope of GELU, by the product rule."""

    title: ClassVar = "slope of GELU"
    symbol: ClassVar = "gelu′"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = g\,(\Phi(x) + x\,\varphi(x))"
    backward: ClassVar = {}
    kind: Literal["gelu_backward"] = "gelu_backward"


class Erf(Curve):
    """Says how probable it is that a normal number is as near to 0: the bend inside GELU."""

    title: ClassVar = "error function"
    symbol: ClassVar = "erf"
    forward: ClassVar = r"y = \frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2}\, dt"
    backward: ClassVar = {"x": r"g\,\frac{2}{\sqrt{\pi}}\, e^{-x^2}"}
    kind: Literal["erf"] = "erf"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        found: Numbers = ERF(x[0])
        return found

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return 2 / math.sqrt(math.pi) * np.exp(-(x**2))
