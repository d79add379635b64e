"""Pooling: many numbers become one."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class MaxPool2dWithIndices(Card):
    """Takes the greatest number of each window, and remembers where it was."""

    title: ClassVar = "max pooling"
    symbol: ClassVar = "max"
    forward: ClassVar = r"y_j = \max_{i \in j} x_i"
    backward: ClassVar = {"x_i": r"\sum_{j \ni i} g_j\, \mathbb{I}(i \text{ won in } j)"}
    kind: Literal["max_pool2d_with_indices"] = "max_pool2d_with_indices"


class MaxPool2dWithIndicesBackward(Card):
    """Gives each gradient to the number that won; the others get nothing."""

    title: ClassVar = "max pooling, backward"
    symbol: ClassVar = "max"
    forward: ClassVar = (
        r"\frac{\partial E}{\partial x_i} = \sum_{j \ni i} g_j\, \mathbb{I}(i \text{ won in } j)"
    )
    backward: ClassVar = {}
    kind: Literal["max_pool2d_with_indices_backward"] = "max_pool2d_with_indices_backward"


class AvgPool2d(Card):
    """Takes the mean of each window."""

    title: ClassVar = "average pooling"
    symbol: ClassVar = "avg"
    forward: ClassVar = r"y_j = \frac{1}{n} \sum_{i \in j} x_i"
    backward: ClassVar = {"x_i": r"\frac{1}{n} \sum_{j \ni i} g_j"}
    kind: Literal["avg_pool2d"] = "avg_pool2d"


class AvgPool2dBackward(Card):
    """Shares each gradient equally among the numbers of its window."""

    title: ClassVar = "average pooling, backward"
    symbol: ClassVar = "avg"
    forward: ClassVar = r"\frac{\partial E}{\partial x_i} = \frac{1}{n} \sum_{j \ni i} g_j"
    backward: ClassVar = {}
    kind: Literal["avg_pool2d_backward"] = "avg_pool2d_backward"
    also: ClassVar = ("adaptive_avg_pool2d_backward",)


class AvgPool3d(Card):
    """Takes the mean of each window, of neighbouring maps here."""

    title: ClassVar = "average over neighbours"
    symbol: ClassVar = "avg"
    forward: ClassVar = r"y_j = \frac{1}{n} \sum_{i \in j} x_i"
    backward: ClassVar = {"x_i": r"\frac{1}{n} \sum_{j \ni i} g_j"}
    kind: Literal["avg_pool3d"] = "avg_pool3d"


class AvgPool3dBackward(Card):
    """Shares each gradient equally among the numbers of its window."""

    title: ClassVar = "average over neighbours, backward"
    symbol: ClassVar = "avg"
    forward: ClassVar = r"\frac{\partial E}{\partial x_i} = \frac{1}{n} \sum_{j \ni i} g_j"
    backward: ClassVar = {}
    kind: Literal["avg_pool3d_backward"] = "avg_pool3d_backward"


class AdaptiveAvgPool2d(Card):
    """Takes the mean of as many windows as are asked for."""

    title: ClassVar = "average pooling"
    symbol: ClassVar = "avg"
    forward: ClassVar = r"y_j = \frac{1}{n} \sum_{i \in j} x_i"
    backward: ClassVar = {"x_i": r"\frac{1}{n} \sum_{j \ni i} g_j"}
    kind: Literal["adaptive_avg_pool2d"] = "adaptive_avg_pool2d"
