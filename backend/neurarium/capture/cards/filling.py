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


class ZerosLike(Card):
    """Makes as many zeros as there are numbers."""

    title: ClassVar = "zeros"
    symbol: ClassVar = "0"
    forward: ClassVar = "y = 0"
    backward: ClassVar = {}
    kind: Literal["zeros_like"] = "zeros_like"


class NewZeros(Card):
    """Makes zeros, into which something is put."""

    title: ClassVar = "zeros"
    symbol: ClassVar = "0"
    forward: ClassVar = "y = 0"
    backward: ClassVar = {}
    kind: Literal["new_zeros"] = "new_zeros"


class Ones(Card):
    """Makes ones."""

    title: ClassVar = "ones"
    symbol: ClassVar = "1"
    forward: ClassVar = "y = 1"
    backward: ClassVar = {}
    kind: Literal["ones"] = "ones"


class OnesLike(Card):
    """Makes as many ones as there are numbers; with a 1 the way back begins."""

    title: ClassVar = "ones"
    symbol: ClassVar = "1"
    forward: ClassVar = "y = 1"
    backward: ClassVar = {}
    kind: Literal["ones_like"] = "ones_like"


class Full(Card):
    """Makes many copies of one number."""

    title: ClassVar = "one number"
    symbol: ClassVar = "c"
    forward: ClassVar = "y = c"
    backward: ClassVar = {}
    kind: Literal["full"] = "full"


class FullLike(Card):
    """Makes many copies of one number."""

    title: ClassVar = "one number"
    symbol: ClassVar = "c"
    forward: ClassVar = "y = c"
    backward: ClassVar = {}
    kind: Literal["full_like"] = "full_like"


class NewFull(Card):
    """Makes many copies of one number."""

    title: ClassVar = "one number"
    symbol: ClassVar = "c"
    forward: ClassVar = "y = c"
    backward: ClassVar = {}
    kind: Literal["new_full"] = "new_full"


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


class EmptyLike(Card):
    """Makes room, into which something is put."""

    title: ClassVar = "room"
    symbol: ClassVar = "·"
    forward: ClassVar = r"y = \text{anything}"
    backward: ClassVar = {}
    kind: Literal["empty_like"] = "empty_like"


class NewEmpty(Card):
    """Makes room, into which something is put."""

    title: ClassVar = "room"
    symbol: ClassVar = "·"
    forward: ClassVar = r"y = \text{anything}"
    backward: ClassVar = {}
    kind: Literal["new_empty"] = "new_empty"


class NewEmptyStrided(Card):
    """Makes room, into which something is put."""

    title: ClassVar = "room"
    symbol: ClassVar = "·"
    forward: ClassVar = r"y = \text{anything}"
    backward: ClassVar = {}
    kind: Literal["new_empty_strided"] = "new_empty_strided"


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


class NewOnes(Card):
    """Makes ones."""

    title: ClassVar = "ones"
    symbol: ClassVar = "1"
    forward: ClassVar = "y = 1"
    backward: ClassVar = {}
    kind: Literal["new_ones"] = "new_ones"
