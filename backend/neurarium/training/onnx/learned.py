"""Operators with weights: convolutions, matrix products, normalisations, look-ups."""

from collections.abc import Callable
from typing import Any

import numpy as np

from neurarium.training.onnx.draft import Array, Draft, Operator, Value
from neurarium_models.layer import Layer
from neurarium_models.layers.convolution import Conv1d, Conv2d, ConvTranspose2d
from neurarium_models.layers.embedding import Embedding
from neurarium_models.layers.linear import Linear
from neurarium_models.layers.normalisation import BatchNorm1d, BatchNorm2d, LayerNorm, RMSNorm
from neurarium_models.layers.shape import Select


def conv(draft: Draft, operator: Operator) -> None:
    """Conv: windows, strides and paddings are the same along all sides here."""
    value, weight = draft.value(operator), _needed(draft, operator, 1)
    sides = weight.ndim - 2
    if value.rank != sides + 1 or sides not in (1, 2):
        raise operator.refuse(
            f"it works along {sides} axes of {value.spec}; here there are 1 and 2."
        )
    bias = draft.constant(operator, 2)
    settings: dict[str, Any] = {
        "out_channels": weight.shape[0],
        "kernel_size": alike(operator, "window", list(weight.shape[2:])),
        "stride": alike(operator, "stride", operator.get("strides", [1])),
        "dilation": alike(operator, "dilation", operator.get("dilations", [1])),
        "bias": bias is not None,
    }
    settings["padding"] = padding(operator, value, settings)
    groups = operator.get("group", 1)
    if sides == 1 and groups != 1:
        raise operator.refuse(f"it parts the channels of a sequence into {groups} groups.")
    layer: Layer = Conv1d(**settings) if sides == 1 else Conv2d(**settings, groups=groups)
    _make(draft, operator, layer, value, weight, bias)


def conv_transpose(draft: Draft, operator: Operator) -> None:
    """ConvTranspose over images, without groups, dilation or a cut at one side."""
    value, weight = draft.value(operator), _needed(draft, operator, 1)
    bias = draft.constant(operator, 2)
    odd = [operator.get(name, [0])[:1] for name in ("output_padding", "output_shape")]
    if weight.ndim != 4 or operator.get("group", 1) != 1 or any(any(each) for each in odd):
        raise operator.refuse("it has groups, or sizes of its own, or does not work on images.")
    if alike(operator, "dilation", operator.get("dilations", [1])) != 1:
        raise operator.refuse("its window has gaps.")
    settings: dict[str, Any] = {
        "out_channels": weight.shape[1],
        "kernel_size": alike(operator, "window", list(weight.shape[2:])),
        "stride": alike(operator, "stride", operator.get("strides", [1])),
        "bias": bias is not None,
    }
    settings["padding"] = padding(operator, value, settings)
    _make(draft, operator, ConvTranspose2d(**settings), value, weight, bias)


def gemm(draft: Draft, operator: Operator) -> None:
    """Gemm: a matrix of fixed numbers, and a vector that is added."""
    value, weight = draft.value(operator), _needed(draft, operator, 1)
    if operator.get("transA", 0) or weight.ndim != 2 or value.rank != 1:
        raise operator.refuse(f"it multiplies {value.spec} in a way that no Linear does.")
    weight = weight if operator.get("transB", 0) else weight.T
    bias = draft.constant(operator, 2)
    if bias is not None:
        bias = np.broadcast_to(bias.reshape(-1) * operator.get("beta", 1.0), weight.shape[:1])
    layer = Linear(out_features=weight.shape[0], bias=bias is not None)
    _make(draft, operator, layer, value, weight * operator.get("alpha", 1.0), bias)


def matmul(draft: Draft, operator: Operator) -> None:
    """MatMul with a matrix of fixed numbers at the right; a vector added later becomes its bias."""
    value, weight = draft.value(operator), _needed(draft, operator, 1)
    if weight.ndim != 2:
        raise operator.refuse(f"its fixed numbers have {weight.ndim} axes; a Linear has a matrix.")
    layer = Linear(out_features=weight.shape[1], bias=False)
    _make(draft, operator, layer, value, weight.T, None)


def add_constant(draft: Draft, operator: Operator) -> bool:
    """Work a vector that is added into the Linear before it; False if both come from the network."""
    fixed = [draft.is_constant(name) for name in operator.inputs]
    if not any(fixed):
        return False
    at = fixed.index(False) if False in fixed else 0
    value = draft.value(operator, at)
    layer = draft.layer_of(value)
    if isinstance(layer, Linear) and not layer.bias and draft.uses[operator.inputs[at]] == 1:
        bias = _needed(draft, operator, fixed.index(True))
        width = layer.out_features
        if bias.size in (1, width) and bias.shape[-1:] in ((), (1,), (width,)):
            draft.give_bias(value, np.broadcast_to(bias.reshape(-1), (width,)))
            draft.put(operator, value)
            return True
    raise operator.refuse("it adds fixed numbers that are no biases of a Linear.")


def batch_norm(draft: Draft, operator: Operator) -> None:
    """BatchNormalization, with what it remembers."""
    value = draft.value(operator)
    scale, shift, mean, variance = (_needed(draft, operator, index) for index in range(1, 5))
    if operator.get("training_mode", 0):
        raise operator.refuse("it is written for training. Write the network for use.")
    settings = {
        "eps": operator.get("epsilon", 1e-5),
        "momentum": round(1 - operator.get("momentum", 0.9), 6),
    }
    layer = BatchNorm2d(**settings) if value.rank == 3 else BatchNorm1d(**settings)
    tensors = {
        "weight": scale, "bias": shift, "running_mean": mean, "running_var": variance,
        "num_batches_tracked": np.zeros(()),
    }  # fmt: skip
    if any(
        array.shape != value.spec.shape[: 1 if value.rank > 1 else None]
        for array in (scale, shift, mean, variance)
    ):
        raise operator.refuse(f"its numbers do not fit {value.spec}.")
    draft.put(operator, draft.add(operator, layer, value, tensors=tensors))


def layer_norm(draft: Draft, operator: Operator) -> None:
    """LayerNormalization along the last axis."""
    value, scale = draft.value(operator), _needed(draft, operator, 1)
    bias = draft.constant(operator, 2)
    _check_last(operator, value, scale)
    layer = LayerNorm(eps=operator.get("epsilon", 1e-5), bias=bias is not None)
    _make(draft, operator, layer, value, scale, bias)


def rms_norm(draft: Draft, operator: Operator) -> None:
    """RMSNormalization along the last axis."""
    value, scale = draft.value(operator), _needed(draft, operator, 1)
    _check_last(operator, value, scale)
    _make(draft, operator, RMSNorm(eps=operator.get("epsilon", 1e-5)), value, scale, None)


def gather(draft: Draft, operator: Operator) -> None:
    """Gather: a look-up in a table of fixed numbers, or one place along an axis."""
    if operator.inputs[0] in draft.shapes:
        listed = draft.shapes[operator.inputs[0]]
        draft.shapes[operator.outputs[0]] = [
            listed[int(at)] for at in draft.sizes(operator, 1) if at is not None
        ]
        return
    axis = operator.get("axis", 0)
    if draft.is_constant(operator.inputs[0]):
        table, value = _needed(draft, operator, 0), draft.value(operator, 1)
        if table.ndim != 2 or axis:
            raise operator.refuse("it looks something up that is no table of vectors.")
        layer = Embedding(num_embeddings=table.shape[0], embedding_dim=table.shape[1])
        _make(draft, operator, layer, value, table, None)
        return
    value, index = draft.value(operator), _needed(draft, operator, 1)
    behind = axis if axis < 0 else axis - value.rank - 1
    if index.ndim or not -value.rank <= behind < 0:
        raise operator.refuse("it picks several places at once, or examples.")
    draft.put(operator, draft.add(operator, Select(axis=behind, index=int(index)), value))


def _make(
    draft: Draft, operator: Operator, layer: Layer, value: Value, weight: Array, bias: Array | None
) -> None:
    """Make a layer, and see that its weights have the shapes that it needs."""
    tensors = {"weight": weight} | ({} if bias is None else {"bias": bias})
    made = draft.add(operator, layer, value, tensors=tensors)
    for leaf, shape in layer.parameter_shapes(value.spec).items():
        if tensors[leaf].shape != shape:
            raise operator.refuse(
                f"its {leaf} has {tensors[leaf].shape} numbers, but for {value.spec} it needs {shape}."
            )
    draft.put(operator, made)


def _needed(draft: Draft, operator: Operator, index: int) -> Array:
    found = draft.constant(operator, index)
    if found is None:
        raise operator.refuse(f"its input {index + 1} is missing.")
    return found


def _check_last(operator: Operator, value: Value, scale: Array) -> None:
    if operator.get("axis", -1) not in (-1, value.rank) or scale.ndim != 1:
        raise operator.refuse("it works along several axes; here it is the last one.")


def alike(operator: Operator, what: str, numbers: list[int]) -> int:
    """Return the number that all sides have."""
    if len(set(numbers)) != 1:
        shown = " × ".join(map(str, numbers))
        raise operator.refuse(f"its {what} is {shown}; here it is the same along all sides.")
    return int(numbers[0])


def padding(operator: Operator, value: Value, settings: dict[str, Any]) -> int:
    """Return how many rings are laid around."""
    kind = operator.get("auto_pad", "NOTSET") or "NOTSET"
    if kind == "VALID":
        return 0
    if kind == "NOTSET":
        return alike(operator, "padding", operator.get("pads", [0]))
    span = settings.get("dilation", 1) * (settings["kernel_size"] - 1)
    if kind not in ("SAME_UPPER", "SAME_LOWER") or settings["stride"] != 1 or span % 2:
        raise operator.refuse(f"its padding {kind} is not the same at all sides of {value.spec}.")
    return int(span // 2)


OPERATORS: dict[str, Callable[[Draft, Operator], None]] = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "Gemm": gemm,
    "MatMul": matmul,
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm,
    "Gather": gather,
}
