"""Products of matrices: where most of the arithmetic is."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class Addmm(Card):
    """Multiplies every example by the weights and adds the bias."""

    title: ClassVar = "dense layer"
    symbol: ClassVar = "W·x+b"
    forward: ClassVar = "Y = X W + b"
    backward: ClassVar = {"X": r"G\, W^\top", "W": r"X^\top G", "b": r"\textstyle\sum_n G_n"}
    kind: Literal["addmm"] = "addmm"


class Mm(Card):
    """Multiplies two matrices: each number is a row times a column."""

    title: ClassVar = "matrix product"
    symbol: ClassVar = "W·x"
    forward: ClassVar = "Y = A B"
    backward: ClassVar = {"A": r"G\, B^\top", "B": r"A^\top G"}
    kind: Literal["mm"] = "mm"


class Bmm(Card):
    """Multiplies many pairs of matrices, one for each head and example."""

    title: ClassVar = "matrix products"
    symbol: ClassVar = "W·x"
    forward: ClassVar = "Y_n = A_n B_n"
    backward: ClassVar = {"A_n": r"G_n\, B_n^\top", "B_n": r"A_n^\top G_n"}
    kind: Literal["bmm"] = "bmm"


class Baddbmm(Card):
    """Multiplies many pairs of matrices and adds something to each."""

    title: ClassVar = "matrix products and sum"
    symbol: ClassVar = "W·x+b"
    forward: ClassVar = "Y_n = C_n + A_n B_n"
    backward: ClassVar = {"C_n": "G_n", "A_n": r"G_n\, B_n^\top", "B_n": r"A_n^\top G_n"}
    kind: Literal["baddbmm"] = "baddbmm"


class Mv(Card):
    """Multiplies a matrix by a vector."""

    title: ClassVar = "matrix times vector"
    symbol: ClassVar = "W·x"
    forward: ClassVar = "y = A x"
    backward: ClassVar = {"A": r"g\, x^\top", "x": r"A^\top g"}
    kind: Literal["mv"] = "mv"


class Dot(Card):
    """Multiplies two vectors place by place and adds up."""

    title: ClassVar = "scalar product"
    symbol: ClassVar = "·"
    forward: ClassVar = r"y = \textstyle\sum_i a_i b_i"
    backward: ClassVar = {"a_i": r"g\,b_i", "b_i": r"g\,a_i"}
    kind: Literal["dot"] = "dot"


class T(Card):
    """Swaps rows and columns; the gradient is swapped back."""

    title: ClassVar = "transpose"
    symbol: ClassVar = "ᵀ"
    forward: ClassVar = r"Y = X^\top"
    backward: ClassVar = {"X": r"G^\top"}
    kind: Literal["t"] = "t"


class Linear(Card):
    """Multiplies by the weights and adds the bias."""

    title: ClassVar = "dense layer"
    symbol: ClassVar = "W·x+b"
    forward: ClassVar = r"Y = X W^\top + b"
    backward: ClassVar = {"X": r"G\, W", "W": r"G^\top X", "b": r"\textstyle\sum_n G_n"}
    kind: Literal["linear"] = "linear"
