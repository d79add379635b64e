"""Numbers drawn at random, so that no unit can rely on another."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class NativeDropout(Card):
    """Makes numbers 0 at random and scales the others up; gradients pass where numbers did."""

    title: ClassVar = "dropout"
    symbol: ClassVar = "drop"
    forward: ClassVar = r"y = \frac{m\, x}{1 - p}"
    backward: ClassVar = {"x": r"\frac{m\, g}{1 - p}"}
    kind: Literal["native_dropout"] = "native_dropout"


class NativeDropoutBackward(Card):
    """Lets gradients pass where numbers did."""

    title: ClassVar = "dropout, backward"
    symbol: ClassVar = "drop"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = \frac{m\, g}{1 - p}"
    backward: ClassVar = {}
    kind: Literal["native_dropout_backward"] = "native_dropout_backward"


class Bernoulli(Card):
    """Draws 0 or 1 for every place."""

    title: ClassVar = "coin"
    symbol: ClassVar = "⚀"
    forward: ClassVar = r"y \in \{0, 1\}"
    backward: ClassVar = {}
    kind: Literal["bernoulli"] = "bernoulli"


class Rand(Card):
    """Draws numbers between 0 and 1."""

    title: ClassVar = "random numbers"
    symbol: ClassVar = "⚀"
    forward: ClassVar = r"y \sim U(0, 1)"
    backward: ClassVar = {}
    kind: Literal["rand"] = "rand"
    also: ClassVar = ("rand_like",)
