"""Operators that learn nothing: bends, pools, sums and products."""

from collections.abc import Callable
from functools import partial
from typing import Any

from neurarium.training.onnx.draft import Draft, Operator, Value
from neurarium.training.onnx.learned import add_constant, alike, padding
from neurarium_models.layer import Layer
from neurarium_models.layers.activation import (
    ELU,
    GELU,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from neurarium_models.layers.dropout import Dropout
from neurarium_models.layers.merge import Add, Concat, Multiply
from neurarium_models.layers.normalisation import LocalResponseNorm
from neurarium_models.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from neurarium_models.layers.shape import Mean, Unsqueeze

Mapping = Callable[[Draft, Operator], None]


def bend(draft: Draft, operator: Operator, make: Callable[[Operator], Layer]) -> None:
    """Any function of one number."""
    draft.put(operator, draft.add(operator, make(operator), draft.value(operator)))


def swish(operator: Operator) -> Layer:
    """Swish, if it is SiLU."""
    if operator.get("alpha", 1.0) != 1:
        raise operator.refuse(f"its alpha is {operator.get('alpha', 1.0):g}; SiLU has 1.")
    return SiLU()


def softmax(draft: Draft, operator: Operator) -> None:
    """Softmax along one axis."""
    value = draft.value(operator)
    axis = operator.get("axis", -1 if draft.version >= 13 else 1)
    behind = axis if axis < 0 else axis - value.rank - 1
    if not -value.rank <= behind < 0 or (draft.version < 13 and behind != -1):
        raise operator.refuse("it makes shares of several axes, or of examples.")
    draft.put(operator, draft.add(operator, Softmax(axis=behind), value))


def dropout(draft: Draft, operator: Operator) -> None:
    """Dropout, which lets everything pass in use."""
    ratio = draft.constant(operator, 1)
    p = operator.get("ratio", 0.5) if ratio is None else float(ratio.reshape(-1)[0])
    draft.put(operator, draft.add(operator, Dropout(p=round(p, 6)), draft.value(operator)))


def pool(draft: Draft, operator: Operator, layer: type[MaxPool2d | AvgPool2d]) -> None:
    """MaxPool and AveragePool over images."""
    value = draft.value(operator)
    if (
        operator.get("ceil_mode", 0)
        or alike(operator, "dilation", operator.get("dilations", [1])) != 1
    ):
        raise operator.refuse("its window has gaps, or may reach over the edge.")
    settings: dict[str, Any] = {
        "kernel_size": alike(operator, "window", operator.get("kernel_shape", [0])),
        "stride": alike(operator, "stride", operator.get("strides", [1])),
    }
    settings["padding"] = padding(operator, value, settings)
    if layer is AvgPool2d and settings["padding"] and not operator.get("count_include_pad", 0):
        raise operator.refuse(
            "it does not count the zeros around the image; here they are counted."
        )
    draft.put(operator, draft.add(operator, layer(**settings), value))


def global_pool(draft: Draft, operator: Operator) -> None:
    """GlobalAveragePool: what is left of each map is its mean."""
    _average(
        draft,
        operator,
        draft.value(operator),
        list(range(2, draft.value(operator).rank + 1)),
        keep=True,
    )


def mean(draft: Draft, operator: Operator) -> None:
    """ReduceMean along some axes of an example."""
    value = draft.value(operator)
    given = draft.sizes(operator, 1) if len(operator.inputs) > 1 else operator.get("axes", [0])[:]
    axes = [axis if axis >= 0 else axis + value.rank + 1 for axis in given if axis is not None]
    if not axes or any(not 0 < axis <= value.rank for axis in axes):
        raise operator.refuse("it averages over examples.")
    _average(draft, operator, value, axes, keep=bool(operator.get("keepdims", 1)))


def _average(
    draft: Draft, operator: Operator, value: Value, axes: list[int], *, keep: bool
) -> None:
    rank = value.rank
    if sorted(axes) == [2, 3] and rank == 3 and keep:
        draft.put(operator, draft.add(operator, AdaptiveAvgPool2d(output_size=1), value))
        return
    for axis in sorted(axes):
        value = draft.add(operator, Mean(axis=axis - rank - 1), value)
        if keep:
            value = draft.add(operator, Unsqueeze(dim=axis - rank - 1), value)
    draft.put(operator, value)


def add(draft: Draft, operator: Operator) -> None:
    """Add and Sum: of values, or the bias of a Linear."""
    if not add_constant(draft, operator):
        join(draft, operator, Add)


def join(draft: Draft, operator: Operator, layer: type[Add | Multiply]) -> None:
    """Number by number, for values of the same axes."""
    values = [draft.value(operator, index) for index in range(len(operator.inputs))]
    draft.put(operator, draft.add(operator, layer(), *values))


def concat(draft: Draft, operator: Operator) -> None:
    """Concat along an axis of an example; or sizes behind one another."""
    if any(name in draft.shapes for name in operator.inputs):
        parts = [draft.sizes(operator, index) for index in range(len(operator.inputs))]
        draft.shapes[operator.outputs[0]] = [size for part in parts for size in part]
        return
    values = [draft.value(operator, index) for index in range(len(operator.inputs))]
    axis = operator.get("axis", 1)
    behind = axis if axis < 0 else axis - values[0].rank - 1
    if not -values[0].rank <= behind < 0:
        raise operator.refuse("it puts examples behind one another.")
    draft.put(operator, draft.add(operator, Concat(axis=behind), *values))


def local_response_norm(draft: Draft, operator: Operator) -> None:
    """LRN over neighbouring channels."""
    layer = LocalResponseNorm(
        size=operator.get("size", 1), alpha=operator.get("alpha", 1e-4),
        beta=operator.get("beta", 0.75), k=operator.get("bias", 1.0),
    )  # fmt: skip
    draft.put(operator, draft.add(operator, layer, draft.value(operator)))


BENDS: dict[str, Callable[[Operator], Layer]] = {
    "Relu": lambda _: ReLU(),
    "LeakyRelu": lambda operator: LeakyReLU(negative_slope=operator.get("alpha", 0.01)),
    "Tanh": lambda _: Tanh(),
    "Sigmoid": lambda _: Sigmoid(),
    "Elu": lambda operator: ELU(alpha=operator.get("alpha", 1.0)),
    "Gelu": lambda operator: GELU(approximate=operator.get("approximate", "none")),
    "Swish": swish,
}
OPERATORS: dict[str, Mapping] = {
    **{kind: partial(bend, make=make) for kind, make in BENDS.items()},
    "Softmax": softmax,
    "Dropout": dropout,
    "MaxPool": partial(pool, layer=MaxPool2d),
    "AveragePool": partial(pool, layer=AvgPool2d),
    "GlobalAveragePool": global_pool,
    "ReduceMean": mean,
    "Add": add,
    "Sum": add,
    "Mul": partial(join, layer=Multiply),
    "Concat": concat,
    "LRN": local_response_norm,
}
