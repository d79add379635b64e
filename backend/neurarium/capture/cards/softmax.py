"""Shares that sum to 1, and the losses that read them."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class Softmax(Card):
    """Turns numbers into shares that sum to 1: what one gains, the others lose."""

    title: ClassVar = "softmax"
    symbol: ClassVar = "softmax"
    forward: ClassVar = r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}"
    backward: ClassVar = {"x_i": r"y_i \left(g_i - \sum_j g_j y_j\right)"}
    kind: Literal["softmax"] = "softmax"


class SafeSoftmax(Card):
    """Turns numbers into shares that sum to 1; where everything is masked, into zeros."""

    title: ClassVar = "softmax"
    symbol: ClassVar = "softmax"
    forward: ClassVar = r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}"
    backward: ClassVar = {"x_i": r"y_i \left(g_i - \sum_j g_j y_j\right)"}
    kind: Literal["safe_softmax"] = "safe_softmax"


class SoftmaxBackwardData(Card):
    """Takes from each gradient the mean that all shares together would get."""

    title: ClassVar = "softmax, backward"
    symbol: ClassVar = "softmax"
    forward: ClassVar = r"\frac{\partial E}{\partial x_i} = y_i \left(g_i - \sum_j g_j y_j\right)"
    backward: ClassVar = {}
    kind: Literal["softmax_backward_data"] = "softmax_backward_data"


class LogSoftmax(Card):
    """Turns numbers into logarithms of shares, without rounding any share to 0."""

    title: ClassVar = "logarithm of softmax"
    symbol: ClassVar = "ln softmax"
    forward: ClassVar = r"y_i = x_i - \ln \sum_j e^{x_j}"
    backward: ClassVar = {"x_i": r"g_i - e^{y_i} \sum_j g_j"}
    kind: Literal["log_softmax"] = "log_softmax"


class LogSoftmaxBackwardData(Card):
    """Takes the shares times the sum of all gradients away: for the right class p − 1 remains, for others p."""

    title: ClassVar = "logarithm of softmax, backward"
    symbol: ClassVar = "p−t"
    forward: ClassVar = r"\frac{\partial E}{\partial x_i} = g_i - e^{y_i} \sum_j g_j"
    backward: ClassVar = {}
    kind: Literal["log_softmax_backward_data"] = "log_softmax_backward_data"


class BinaryCrossEntropyWithLogits(Card):
    """Says how surprised the output is by the class: the logarithm of a sigmoid."""

    title: ClassVar = "cross-entropy of one output"
    symbol: ClassVar = "loss"
    forward: ClassVar = r"y = \ln(1 + e^x) - t\,x"
    backward: ClassVar = {"x": r"g\,(\sigma(x) - t)"}
    kind: Literal["binary_cross_entropy_with_logits"] = "binary_cross_entropy_with_logits"


class Logsumexp(Card):
    """Computes a smooth maximum."""

    title: ClassVar = "logarithm of a sum"
    symbol: ClassVar = "ln Σ exp"
    forward: ClassVar = r"y = \ln \sum_j e^{x_j}"
    backward: ClassVar = {"x_i": r"g\, e^{x_i - y}"}
    kind: Literal["logsumexp"] = "logsumexp"
