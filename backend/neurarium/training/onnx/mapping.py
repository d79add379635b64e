"""Which operator is which layer. What is not in these tables is refused by name, with what is understood."""

from collections.abc import Callable

from neurarium.training.onnx import OnnxError, arranging, learned, sizes, weightless
from neurarium.training.onnx.draft import Draft, Operator

Mapping = Callable[[Draft, Operator], None]
OPERATORS: dict[str, Mapping] = {
    **learned.OPERATORS,
    **weightless.OPERATORS,
    **arranging.OPERATORS,
    **sizes.OPERATORS,
}


def map_operators(draft: Draft) -> None:
    """Make a node of each operator, in the order of the file."""
    for operator in draft.operators:
        if operator.domain not in ("", "ai.onnx") or operator.kind not in OPERATORS:
            raise _unknown(operator)
        if not operator.outputs:
            raise operator.refuse("nothing comes out of it.")
        try:
            OPERATORS[operator.kind](draft, operator)
        except OnnxError:
            raise
        except (ValueError, TypeError, IndexError) as problem:
            raise operator.refuse("its settings are not what ONNX says they are.") from problem


def _unknown(operator: Operator) -> OnnxError:
    of = f" of {operator.domain}" if operator.domain not in ("", "ai.onnx") else ""
    known = ", ".join(sorted(OPERATORS))
    return operator.refuse(
        f"no layer here does what this operator{of} does. Understood are {known}."
    )
