"""Convolutions: the same filter at every place."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class Convolution(Card):
    """Lays every filter on every place, multiplies and adds up."""

    title: ClassVar = "convolution"
    symbol: ClassVar = "∗"
    forward: ClassVar = r"y_{oj} = b_o + \sum_{c,k} w_{ock}\, x_{c,\,j+k}"
    backward: ClassVar = {
        "x_{ci}": r"\sum_{o,k} g_{o,\,i-k}\, w_{ock}",
        "w_{ock}": r"\sum_{n,j} g_{oj}\, x_{c,\,j+k}",
        "b_o": r"\sum_{n,j} g_{oj}",
    }
    kind: Literal["convolution"] = "convolution"


class ConvolutionBackward(Card):
    """Paints the gradient back with the same filters, and correlates it with what came in."""

    title: ClassVar = "convolution, backward"
    symbol: ClassVar = "∗"
    forward: ClassVar = (
        r"\frac{\partial E}{\partial x_{ci}} = \sum_{o,k} g_{o,\,i-k}\, w_{ock}"
        r", \quad \frac{\partial E}{\partial w_{ock}} = \sum_{n,j} g_{oj}\, x_{c,\,j+k}"
    )
    backward: ClassVar = {}
    kind: Literal["convolution_backward"] = "convolution_backward"


class ConstantPadNd(Card):
    """Puts a border around; the gradient of the border is thrown away."""

    title: ClassVar = "padding"
    symbol: ClassVar = "▢"
    forward: ClassVar = r"y = \mathrm{pad}(x)"
    backward: ClassVar = {"x": r"\text{the inside of } g"}
    kind: Literal["constant_pad_nd"] = "constant_pad_nd"


class UpsampleNearest2d(Card):
    """Repeats every pixel; gradients of its copies are added up."""

    title: ClassVar = "magnification"
    symbol: ClassVar = "↗"
    forward: ClassVar = r"y_{i} = x_{\lfloor i / s \rfloor}"
    backward: ClassVar = {"x_j": r"\sum_{\lfloor i / s \rfloor = j} g_i"}
    kind: Literal["upsample_nearest2d"] = "upsample_nearest2d"


class UpsampleNearest2dBackward(Card):
    """Adds up the gradients of all copies of a pixel."""

    title: ClassVar = "magnification, backward"
    symbol: ClassVar = "↙"
    forward: ClassVar = r"\frac{\partial E}{\partial x_j} = \sum_{\lfloor i / s \rfloor = j} g_i"
    backward: ClassVar = {}
    kind: Literal["upsample_nearest2d_backward"] = "upsample_nearest2d_backward"


class GridSampler2d(Card):
    """Looks pixels up at given places, mixing four neighbours."""

    title: ClassVar = "look-up between pixels"
    symbol: ClassVar = "⌖"
    forward: ClassVar = r"y_j = \sum_i a_{ji}\, x_i"
    backward: ClassVar = {"x_i": r"\sum_j a_{ji}\, g_j"}
    kind: Literal["grid_sampler_2d"] = "grid_sampler_2d"


class GridSampler2dBackward(Card):
    """Hands each gradient back to the four pixels that were mixed."""

    title: ClassVar = "look-up, backward"
    symbol: ClassVar = "⌖"
    forward: ClassVar = r"\frac{\partial E}{\partial x_i} = \sum_j a_{ji}\, g_j"
    backward: ClassVar = {}
    kind: Literal["grid_sampler_2d_backward"] = "grid_sampler_2d_backward"


class AffineGridGenerator(Card):
    """Turns, shifts and scales a grid of places."""

    title: ClassVar = "places to look up"
    symbol: ClassVar = "⌗"
    forward: ClassVar = r"p_j = A\, q_j"
    backward: ClassVar = {"A": r"\sum_j g_j\, q_j^\top"}
    kind: Literal["affine_grid_generator"] = "affine_grid_generator"
