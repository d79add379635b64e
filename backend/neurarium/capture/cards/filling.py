"""Numbers that come from nowhere: zeros, ones, counts."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class Zeros(Card):
    """Makes zeros."""

    title: ClassVar = "zeros"
    symbol: ClassVar = "0"
    forward: ClassVar = "y = 0"
    backward: ClassVar = {}
    kind: Literal["zeros"] = "zeros"
    also: ClassVar = ("zeros_like", "new_zeros")


class Ones(Card):
    """Makes ones; with a 1 the way back begins."""

    title: ClassVar = "ones"
    symbol: ClassVar = "1"
    forward: ClassVar = "y = 1"
    backward: ClassVar = {}
    kind: Literal["ones"] = "ones"
    also: ClassVar = ("ones_like", "new_ones")


class Full(Card):
    """Makes many copies of one number."""

    title: ClassVar = "one number"
    symbol: ClassVar = "c"
    forward: ClassVar = "y = c"
    backward: ClassVar = {}
    kind: Literal["full"] = "full"
    also: ClassVar = ("full_like", "new_full")


class ScalarTensor(Card):
    """Writes one fixed number."""

    title: ClassVar = "one number"
    symbol: ClassVar = "c"
    forward: ClassVar = "y = c"
    backward: ClassVar = {}
    kind: Literal["scalar_tensor"] = "scalar_tensor"


class Arange(Card):
    """Counts, beginning at 0."""

    title: ClassVar = "counting"
    symbol: ClassVar = "1…n"
    forward: ClassVar = "y_i = i"
    backward: ClassVar = {}
    kind: Literal["arange"] = "arange"


class Empty(Card):
    """Makes room, into which something is put."""

    title: ClassVar = "room"
    symbol: ClassVar = "·"
    forward: ClassVar = r"y = \text{anything}"
    backward: ClassVar = {}
    kind: Literal["empty"] = "empty"
    also: ClassVar = ("empty_like", "new_empty", "new_empty_strided")


class Tril(Card):
    """Keeps what lies on and below the diagonal."""

    title: ClassVar = "lower triangle"
    symbol: ClassVar = "◺"
    forward: ClassVar = r"y_{ij} = x_{ij}\,\mathbb{I}(i \ge j)"
    backward: ClassVar = {}
    kind: Literal["tril"] = "tril"


class Triu(Card):
    """Keeps what lies on and above the diagonal."""

    title: ClassVar = "upper triangle"
    symbol: ClassVar = "◹"
    forward: ClassVar = r"y_{ij} = x_{ij}\,\mathbb{I}(i \le j)"
    backward: ClassVar = {}
    kind: Literal["triu"] = "triu"
