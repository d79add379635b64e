"""Norms: mean 0 and spread 1, then a learned factor and constant."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card

BACK = r"\frac{\gamma}{\sigma}\left(g - \overline{g} - \hat{x}\,\overline{g\,\hat{x}}\right)"
"""What a norm sends back: mean and spread follow from the input, so that what would only move them is taken out."""


class NativeBatchNorm(Card):
    """Brings each channel to mean 0 and spread 1 over the batch, then scales and shifts it."""

    title: ClassVar = "batch norm"
    symbol: ClassVar = "norm"
    forward: ClassVar = r"y = \gamma\,\hat{x} + \beta, \quad \hat{x} = \frac{x - \mu}{\sigma}"
    backward: ClassVar = {
        "x": BACK,
        r"\gamma": r"\sum g\,\hat{x}",
        r"\beta": r"\sum g",
    }
    kind: Literal["native_batch_norm"] = "native_batch_norm"
    also: ClassVar = ("native_batch_norm_legit_functional",)


class NativeBatchNormLegitNoTraining(Card):
    """Scales and shifts each channel by the mean and spread that were seen in training."""

    title: ClassVar = "batch norm, not training"
    symbol: ClassVar = "norm"
    forward: ClassVar = r"y = \gamma\,\hat{x} + \beta, \quad \hat{x} = \frac{x - \mu}{\sigma}"
    backward: ClassVar = {
        "x": BACK,
        r"\gamma": r"\sum g\,\hat{x}",
        r"\beta": r"\sum g",
    }
    kind: Literal["native_batch_norm_legit_no_training"] = "native_batch_norm_legit_no_training"


class NativeLayerNorm(Card):
    """Brings each place to mean 0 and spread 1 over its features, then scales and shifts it."""

    title: ClassVar = "layer norm"
    symbol: ClassVar = "norm"
    forward: ClassVar = r"y = \gamma\,\hat{x} + \beta, \quad \hat{x} = \frac{x - \mu}{\sigma}"
    backward: ClassVar = {
        "x": BACK,
        r"\gamma": r"\sum g\,\hat{x}",
        r"\beta": r"\sum g",
    }
    kind: Literal["native_layer_norm"] = "native_layer_norm"


class NativeGroupNorm(Card):
    """Brings each group of channels to mean 0 and spread 1, then scales and shifts it."""

    title: ClassVar = "group norm"
    symbol: ClassVar = "norm"
    forward: ClassVar = r"y = \gamma\,\hat{x} + \beta, \quad \hat{x} = \frac{x - \mu}{\sigma}"
    backward: ClassVar = {
        "x": BACK,
        r"\gamma": r"\sum g\,\hat{x}",
        r"\beta": r"\sum g",
    }
    kind: Literal["native_group_norm"] = "native_group_norm"


class NativeBatchNormBackward(Card):
    """Takes out of the gradient what would only move mean and spread, which are fixed."""

    title: ClassVar = "batch norm, backward"
    symbol: ClassVar = "norm"
    forward: ClassVar = rf"\frac{{\partial E}}{{\partial x}} = {BACK}"
    backward: ClassVar = {}
    kind: Literal["native_batch_norm_backward"] = "native_batch_norm_backward"


class NativeLayerNormBackward(Card):
    """Takes out of the gradient what would only move mean and spread, which are fixed."""

    title: ClassVar = "layer norm, backward"
    symbol: ClassVar = "norm"
    forward: ClassVar = rf"\frac{{\partial E}}{{\partial x}} = {BACK}"
    backward: ClassVar = {}
    kind: Literal["native_layer_norm_backward"] = "native_layer_norm_backward"


class NativeGroupNormBackward(Card):
    """Takes out of the gradient what would only move mean and spread, which are fixed."""

    title: ClassVar = "group norm, backward"
    symbol: ClassVar = "norm"
    forward: ClassVar = rf"\frac{{\partial E}}{{\partial x}} = {BACK}"
    backward: ClassVar = {}
    kind: Literal["native_group_norm_backward"] = "native_group_norm_backward"


class LinalgVectorNorm(Card):
    """Computes the length of vectors."""

    title: ClassVar = "length"
    symbol: ClassVar = "‖·‖"
    forward: ClassVar = r"y = \sqrt{\textstyle\sum_i x_i^2}"
    backward: ClassVar = {"x_i": r"g\,\frac{x_i}{y}"}
    kind: Literal["linalg_vector_norm"] = "linalg_vector_norm"
