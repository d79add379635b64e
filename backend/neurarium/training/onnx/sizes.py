"""Operators that calculate sizes, as exporters write them around Reshape: `x.view(x.size(0), -1)`."""

from collections.abc import Callable

import numpy as np

from neurarium.training.onnx.draft import Draft, Operator


def constant(draft: Draft, operator: Operator) -> None:
    """Fixed numbers."""
    if (tensor := operator.tensor()) is not None:
        draft.fix(operator.outputs[0], tensor)
    elif operator.has("value_ints") or operator.has("value_int"):
        ints = (
            operator.get("value_ints", [0])
            if operator.has("value_ints")
            else [operator.get("value_int", 0)]
        )
        draft.fix(operator.outputs[0], np.array(ints, np.int64))
    else:
        raise operator.refuse("it holds something that is no tensor.")


def shape(draft: Draft, operator: Operator) -> None:
    """The sizes of a value: only how many examples there are is not known."""
    whole: list[int | None] = [None, *draft.value(operator).spec.shape]
    end = operator.get("end", len(whole))
    draft.shapes[operator.outputs[0]] = whole[operator.get("start", 0) : end]


def part(draft: Draft, operator: Operator) -> None:
    """Some of the sizes, one behind the other."""
    if operator.inputs[0] not in draft.shapes:
        raise operator.refuse("it cuts a part out of a value.")
    first, last = (draft.sizes(operator, index)[0] for index in (1, 2))
    draft.shapes[operator.outputs[0]] = draft.shapes[operator.inputs[0]][first:last]


OPERATORS: dict[str, Callable[[Draft, Operator], None]] = {
    "Constant": constant,
    "Shape": shape,
    "Slice": part,
}
