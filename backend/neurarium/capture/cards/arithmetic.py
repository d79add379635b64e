"""Arithmetic at each place: what is added, multiplied, raised, rooted."""

from typing import ClassVar, Literal

import numpy as np

from neurarium.capture.card import Card, Curve, Elementwise, Numbers, same


class Add(Elementwise):
    """Adds what lies at the same place; a sum hands its gradient on unchanged."""

    title: ClassVar = "sum"
    symbol: ClassVar = "+"
    forward: ClassVar = "y = a + b"
    backward: ClassVar = {"a": "g", "b": "g"}
    kind: Literal["add"] = "add"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return x[0] + x[1]

    def slopes(self, *x: Numbers) -> tuple[Numbers, ...]:
        """Compute the slope by each."""
        return same(x[0]), same(x[1])


class Sub(Elementwise):
    """Subtracts; the second one gets the gradient with its sign turned round."""

    title: ClassVar = "difference"
    symbol: ClassVar = "−"
    forward: ClassVar = "y = a - b"
    backward: ClassVar = {"a": "g", "b": "-g"}
    kind: Literal["sub"] = "sub"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return x[0] - x[1]

    def slopes(self, *x: Numbers) -> tuple[Numbers, ...]:
        """Compute the slope by each."""
        return same(x[0]), same(x[1], -1)


class Rsub(Curve):
    """Subtracts from a fixed number, so that the gradient turns its sign round."""

    title: ClassVar = "difference"
    symbol: ClassVar = "c−"
    forward: ClassVar = "y = c - x"
    backward: ClassVar = {"x": "-g"}
    settings: ClassVar = (1.0,)
    kind: Literal["rsub"] = "rsub"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return 1 - x[0]

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return same(x, -1)


class Mul(Elementwise):
    """Multiplies; each factor gets the gradient times the other factor."""

    title: ClassVar = "product"
    symbol: ClassVar = "×"
    forward: ClassVar = r"y = a\,b"
    backward: ClassVar = {"a": r"g\,b", "b": r"g\,a"}
    kind: Literal["mul"] = "mul"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return x[0] * x[1]

    def slopes(self, *x: Numbers) -> tuple[Numbers, ...]:
        """Compute the slope by each."""
        return x[1], x[0]


class Div(Elementwise):
    """Divides; the gradient is divided as well."""

    title: ClassVar = "quotient"
    symbol: ClassVar = "÷"
    forward: ClassVar = r"y = \frac{a}{b}"
    backward: ClassVar = {"a": r"\frac{g}{b}", "b": r"-\frac{g\,a}{b^2}"}
    kind: Literal["div"] = "div"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return x[0] / x[1]

    def slopes(self, *x: Numbers) -> tuple[Numbers, ...]:
        """Compute the slope by each."""
        return 1 / x[1], -x[0] / x[1] ** 2


class Neg(Curve):
    """Turns the sign round, of the gradient as well."""

    title: ClassVar = "sign turned round"
    symbol: ClassVar = "−"
    forward: ClassVar = "y = -x"
    backward: ClassVar = {"x": "-g"}
    kind: Literal["neg"] = "neg"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return -x[0]

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return same(x, -1)


class Pow(Curve):
    """Raises to a fixed power; the slope has one power less."""

    title: ClassVar = "power"
    symbol: ClassVar = "(·)ⁿ"
    forward: ClassVar = "y = x^n"
    backward: ClassVar = {"x": r"g\, n\, x^{n-1}"}
    settings: ClassVar = (2,)
    kind: Literal["pow"] = "pow"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return x[0] ** 2

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return 2 * x


class Exp(Curve):
    """Raises e to a number; it is its own slope."""

    title: ClassVar = "exponential"
    symbol: ClassVar = "exp"
    forward: ClassVar = "y = e^x"
    backward: ClassVar = {"x": r"g\, y"}
    kind: Literal["exp"] = "exp"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.exp(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.exp(x)


class Log(Curve):
    """Takes the logarithm; the slope is 1/x."""

    title: ClassVar = "logarithm"
    symbol: ClassVar = "ln"
    forward: ClassVar = r"y = \ln x"
    backward: ClassVar = {"x": r"\frac{g}{x}"}
    reach: ClassVar = (0.1, 3.0)
    kind: Literal["log"] = "log"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.log(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return 1 / x


class Sqrt(Curve):
    """Takes the root; it is steep near 0."""

    title: ClassVar = "square root"
    symbol: ClassVar = "√"
    forward: ClassVar = r"y = \sqrt{x}"
    backward: ClassVar = {"x": r"\frac{g}{2y}"}
    reach: ClassVar = (0.1, 3.0)
    kind: Literal["sqrt"] = "sqrt"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.sqrt(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return 0.5 / np.sqrt(x)


class Rsqrt(Curve):
    """Divides 1 by the root: what norms divide by."""

    title: ClassVar = "one over the root"
    symbol: ClassVar = "1/√"
    forward: ClassVar = r"y = \frac{1}{\sqrt{x}}"
    backward: ClassVar = {"x": r"-\tfrac12\, g\, y^3"}
    reach: ClassVar = (0.1, 3.0)
    kind: Literal["rsqrt"] = "rsqrt"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return 1 / np.sqrt(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return -0.5 * x**-1.5


class Reciprocal(Curve):
    """Divides 1 by a number."""

    title: ClassVar = "one over"
    symbol: ClassVar = "1/·"
    forward: ClassVar = r"y = \frac{1}{x}"
    backward: ClassVar = {"x": r"-g\, y^2"}
    reach: ClassVar = (0.1, 3.0)
    kind: Literal["reciprocal"] = "reciprocal"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return 1 / x[0]

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return -1 / x**2


class Abs(Curve):
    """Forgets the sign; the slope is the sign, and 0 at 0."""

    title: ClassVar = "amount"
    symbol: ClassVar = "|·|"
    forward: ClassVar = "y = |x|"
    backward: ClassVar = {"x": r"g\,\mathrm{sign}(x)"}
    kind: Literal["abs"] = "abs"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.abs(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.sign(x)


class Sin(Curve):
    """Takes the sine."""

    title: ClassVar = "sine"
    symbol: ClassVar = "sin"
    forward: ClassVar = r"y = \sin x"
    backward: ClassVar = {"x": r"g \cos x"}
    kind: Literal["sin"] = "sin"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.sin(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.cos(x)


class Cos(Curve):
    """Takes the cosine."""

    title: ClassVar = "cosine"
    symbol: ClassVar = "cos"
    forward: ClassVar = r"y = \cos x"
    backward: ClassVar = {"x": r"-g \sin x"}
    kind: Literal["cos"] = "cos"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.cos(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return -np.sin(x)


class ClampMin(Curve):
    """Lets nothing fall below a bound; below it, no gradient passes."""

    title: ClassVar = "lower bound"
    symbol: ClassVar = "max"
    forward: ClassVar = r"y = \max(c, x)"
    backward: ClassVar = {"x": r"g\,\mathbb{I}(x \ge c)"}
    settings: ClassVar = (0.0,)
    kind: Literal["clamp_min"] = "clamp_min"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.maximum(x[0], 0)

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.where(x >= 0, 1.0, 0.0)


class Clamp(Curve):
    """Keeps numbers between two bounds; outside of them no gradient passes."""

    title: ClassVar = "bounds"
    symbol: ClassVar = "clamp"
    forward: ClassVar = r"y = \min(d, \max(c, x))"
    backward: ClassVar = {"x": r"g\,\mathbb{I}(c \le x \le d)"}
    settings: ClassVar = (-1.0, 1.0)
    kind: Literal["clamp"] = "clamp"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.clip(x[0], -1, 1)

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return np.where(np.abs(x) <= 1, 1.0, 0.0)


class Deg2rad(Curve):
    """Writes an angle as the length of its arc."""

    title: ClassVar = "degrees as radians"
    symbol: ClassVar = "°"
    forward: ClassVar = r"y = \frac{\pi}{180}\, x"
    backward: ClassVar = {"x": r"\frac{\pi}{180}\, g"}
    kind: Literal["deg2rad"] = "deg2rad"

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.deg2rad(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return same(x, np.pi / 180)


class Sign(Curve):
    """Says −1, 0 or 1; it is flat, so that no gradient passes."""

    title: ClassVar = "sign"
    symbol: ClassVar = "±"
    forward: ClassVar = r"y = \mathrm{sign}(x)"
    backward: ClassVar = {"x": "0"}
    kind: Literal["sign"] = "sign"
    also: ClassVar = ("sgn",)

    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""
        return np.sign(x[0])

    def slope(self, x: Numbers) -> Numbers:
        """Compute its slope."""
        return same(x, 0)


class Detach(Card):
    """Hands the number on and lets nothing flow back."""

    title: ClassVar = "no gradient from here"
    symbol: ClassVar = "⊣"
    forward: ClassVar = "y = x"
    backward: ClassVar = {}
    kind: Literal["detach"] = "detach"
