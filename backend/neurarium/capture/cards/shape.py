"""The same numbers in another order or shape."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class View(Card):
    """Reads the same numbers in another shape; the gradient goes back into the old one."""

    title: ClassVar = "other shape"
    symbol: ClassVar = "▭"
    forward: ClassVar = "y = x"
    backward: ClassVar = {"x": "g"}
    kind: Literal["view"] = "view"
    also: ClassVar = ("unsafe_view", "reshape")


class Unsqueeze(Card):
    """Adds an axis of size 1."""

    title: ClassVar = "one axis more"
    symbol: ClassVar = "▭"
    forward: ClassVar = "y = x"
    backward: ClassVar = {"x": "g"}
    kind: Literal["unsqueeze"] = "unsqueeze"


class Squeeze(Card):
    """Takes an axis of size 1 away."""

    title: ClassVar = "one axis fewer"
    symbol: ClassVar = "▭"
    forward: ClassVar = "y = x"
    backward: ClassVar = {"x": "g"}
    kind: Literal["squeeze"] = "squeeze"


class Alias(Card):
    """Hands the very same numbers on."""

    title: ClassVar = "the same"
    symbol: ClassVar = "="
    forward: ClassVar = "y = x"
    backward: ClassVar = {"x": "g"}
    kind: Literal["alias"] = "alias"


class Clone(Card):
    """Copies the numbers into their new order."""

    title: ClassVar = "copy"
    symbol: ClassVar = "="
    forward: ClassVar = "y = x"
    backward: ClassVar = {"x": "g"}
    kind: Literal["clone"] = "clone"


class Copy(Card):
    """Copies numbers to where others were."""

    title: ClassVar = "copy"
    symbol: ClassVar = "="
    forward: ClassVar = "y = x"
    backward: ClassVar = {"x": "g"}
    kind: Literal["copy"] = "copy"


class ToCopy(Card):
    """Writes the numbers as another type, or elsewhere."""

    title: ClassVar = "other type"
    symbol: ClassVar = "="
    forward: ClassVar = "y = x"
    backward: ClassVar = {"x": "g"}
    kind: Literal["to_copy"] = "to_copy"


class Permute(Card):
    """Puts the axes into another order; the gradient is put back."""

    title: ClassVar = "axes swapped"
    symbol: ClassVar = "⇄"
    forward: ClassVar = "y_{jik} = x_{ijk}"
    backward: ClassVar = {"x": "g_{jik}"}
    kind: Literal["permute"] = "permute"


class Transpose(Card):
    """Swaps two axes; the gradient is swapped back."""

    title: ClassVar = "axes swapped"
    symbol: ClassVar = "⇄"
    forward: ClassVar = r"Y = X^\top"
    backward: ClassVar = {"x": r"G^\top"}
    kind: Literal["transpose"] = "transpose"


class Expand(Card):
    """Uses one number at many places; their gradients are added up."""

    title: ClassVar = "repeated"
    symbol: ClassVar = "⇶"
    forward: ClassVar = "y_i = x"
    backward: ClassVar = {"x": r"\sum_i g_i"}
    kind: Literal["expand"] = "expand"


class Cat(Card):
    """Puts tensors side by side; each gets its part of the gradient."""

    title: ClassVar = "side by side"
    symbol: ClassVar = "⊕"
    forward: ClassVar = "y = [a, b]"
    backward: ClassVar = {"a": r"\text{the first part of } g", "b": r"\text{the rest of } g"}
    kind: Literal["cat"] = "cat"


class Stack(Card):
    """Puts tensors on top of each other; each gets its layer of the gradient."""

    title: ClassVar = "stacked"
    symbol: ClassVar = "⊕"
    forward: ClassVar = "y = [a, b]"
    backward: ClassVar = {"a": "g_1", "b": "g_2"}
    kind: Literal["stack"] = "stack"


class Split(Card):
    """Cuts a tensor into parts; their gradients are put side by side."""

    title: ClassVar = "cut into parts"
    symbol: ClassVar = "⊘"
    forward: ClassVar = "[a, b] = x"
    backward: ClassVar = {"x": "[g_a, g_b]"}
    kind: Literal["split"] = "split"
    also: ClassVar = ("split_with_sizes",)


class Unbind(Card):
    """Takes a tensor apart along an axis."""

    title: ClassVar = "cut into layers"
    symbol: ClassVar = "⊘"
    forward: ClassVar = "[a, b] = x"
    backward: ClassVar = {"x": "[g_a, g_b]"}
    kind: Literal["unbind"] = "unbind"


class Slice(Card):
    """Takes a part; the rest gets gradient 0."""

    title: ClassVar = "part"
    symbol: ClassVar = "[:]"
    forward: ClassVar = "y = x_{a:b}"
    backward: ClassVar = {"x": "[0, g, 0]"}
    kind: Literal["slice"] = "slice"


class SliceBackward(Card):
    """Puts the gradient of a part into zeros."""

    title: ClassVar = "part, backward"
    symbol: ClassVar = "[:]"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = [0, g, 0]"
    backward: ClassVar = {}
    kind: Literal["slice_backward"] = "slice_backward"


class SliceScatter(Card):
    """Puts numbers into a part of a tensor."""

    title: ClassVar = "part put in"
    symbol: ClassVar = "[:]"
    forward: ClassVar = r"y = x \text{ with } y_{a:b} = s"
    backward: ClassVar = {"x": r"g \text{ without } g_{a:b}", "s": "g_{a:b}"}
    kind: Literal["slice_scatter"] = "slice_scatter"


class Select(Card):
    """Takes one layer; the others get gradient 0."""

    title: ClassVar = "one of many"
    symbol: ClassVar = "[i]"
    forward: ClassVar = "y = x_i"
    backward: ClassVar = {"x": "[0, g, 0]"}
    kind: Literal["select"] = "select"


class SelectBackward(Card):
    """Puts the gradient of one layer into zeros."""

    title: ClassVar = "one of many, backward"
    symbol: ClassVar = "[i]"
    forward: ClassVar = r"\frac{\partial E}{\partial x} = [0, g, 0]"
    backward: ClassVar = {}
    kind: Literal["select_backward"] = "select_backward"


class SelectScatter(Card):
    """Puts numbers into one layer of a tensor."""

    title: ClassVar = "one put in"
    symbol: ClassVar = "[i]"
    forward: ClassVar = r"y = x \text{ with } y_i = s"
    backward: ClassVar = {"x": r"g \text{ without } g_i", "s": "g_i"}
    kind: Literal["select_scatter"] = "select_scatter"


class AsStrided(Card):
    """Reads the same memory in another order."""

    title: ClassVar = "other shape"
    symbol: ClassVar = "▭"
    forward: ClassVar = "y_j = x_{i(j)}"
    backward: ClassVar = {"x_i": r"\sum_{i(j) = i} g_j"}
    kind: Literal["as_strided"] = "as_strided"


class AsStridedScatter(Card):
    """Puts numbers into memory in another order."""

    title: ClassVar = "put in"
    symbol: ClassVar = "▭"
    forward: ClassVar = "y_{i(j)} = s_j"
    backward: ClassVar = {"s_j": "g_{i(j)}"}
    kind: Literal["as_strided_scatter"] = "as_strided_scatter"


class Flip(Card):
    """Reads the same numbers backwards along some axes; the gradient is turned round again."""

    title: ClassVar = "turned round"
    symbol: ClassVar = "⇄"
    forward: ClassVar = r"y_i = x_{n + 1 - i}"
    backward: ClassVar = {"x_i": r"g_{n + 1 - i}"}
    kind: Literal["flip"] = "flip"
