"""Operators that only arrange numbers. What changes nothing becomes no node."""

from collections.abc import Callable

from neurarium.training.onnx.draft import Draft, Operator, names, size_of
from neurarium_models.layers.shape import Flatten, Permute, Reshape, Select, Unsqueeze, ZeroPad2d

FLOATS, WHOLE = (1, 10, 11, 16), (6, 7)
"""Kinds of numbers in ONNX."""


def same(draft: Draft, operator: Operator) -> None:
    """Identity: another name."""
    if operator.inputs[0] in draft.shapes:
        draft.shapes[operator.outputs[0]] = draft.shapes[operator.inputs[0]]
    elif draft.is_constant(operator.inputs[0]):
        draft.fix(operator.outputs[0], draft.constant(operator, 0))
    else:
        draft.put(operator, draft.value(operator))


def cast(draft: Draft, operator: Operator) -> None:
    """Cast to the same kind of numbers, real or whole."""
    if operator.inputs[0] not in draft.shapes and not draft.is_constant(operator.inputs[0]):
        kind = draft.value(operator).spec.dtype
        if operator.get("to", 0) not in {"float32": FLOATS, "int64": WHOLE}.get(kind, ()):
            raise operator.refuse(f"it makes another kind of numbers of {kind}.")
    same(draft, operator)


def flatten(draft: Draft, operator: Operator) -> None:
    """Flatten everything behind the examples."""
    value = draft.value(operator)
    if operator.get("axis", 1) not in (1, -value.rank):
        raise operator.refuse("it joins other axes than those of an example.")
    draft.put(operator, value if value.rank == 1 else draft.add(operator, Flatten(), value))


def reshape(draft: Draft, operator: Operator) -> None:
    """Reshape that keeps the examples apart."""
    value, wanted = draft.value(operator), draft.sizes(operator, 1)
    whole = [None, *value.spec.shape]
    sizes = [
        whole[at] if size == 0 and at < len(whole) and not operator.get("allowzero", 0) else size
        for at, size in enumerate(wanted)
    ]
    known = [size for size in sizes[1:] if size is not None and size > 0]
    rest = value.spec.size // max(1, size_of(known))
    shape = tuple(rest if size == -1 else size or 0 for size in sizes[1:])
    keeps = sizes[:1] in ([None], [-1]) or (sizes[:1] == [draft.batch] and draft.batch is not None)
    if not keeps or sizes[1:].count(-1) > 1 or size_of(list(shape)) != value.spec.size:
        raise operator.refuse(
            f"it makes {wanted} of {value.spec}, which does not keep the examples apart."
        )
    if shape == value.spec.shape:
        draft.put(operator, value)
    elif len(shape) == 1:
        draft.put(operator, draft.add(operator, Flatten(), value))
    else:
        draft.put(
            operator, draft.add(operator, Reshape(shape=shape, axes=names(len(shape))), value)
        )


def transpose(draft: Draft, operator: Operator) -> None:
    """Transpose the axes of each example."""
    value = draft.value(operator)
    order = operator.get("perm", [0])[:] or list(range(value.rank, -1, -1))
    if order[0] or sorted(order) != list(range(value.rank + 1)):
        raise operator.refuse("it does not leave the examples in front.")
    axes = tuple(axis - value.rank - 1 for axis in order[1:])
    draft.put(operator, draft.add(operator, Permute(axes=axes), value))


def squeeze(draft: Draft, operator: Operator) -> None:
    """Drop axes of size 1."""
    if operator.inputs[0] in draft.shapes:
        same(draft, operator)
        return
    value = draft.value(operator)
    axes = _axes(draft, operator, value.rank + 1)
    if not axes or 0 in axes or any(value.spec.shape[axis - 1] != 1 for axis in axes):
        raise operator.refuse(f"it drops axes that {value.spec} cannot spare.")
    for axis in sorted(axes, reverse=True):
        value = draft.add(operator, Select(axis=axis - value.rank - 1, index=0), value)
    draft.put(operator, value)


def unsqueeze(draft: Draft, operator: Operator) -> None:
    """Add axes of size 1."""
    if operator.inputs[0] in draft.shapes:
        same(draft, operator)
        return
    value = draft.value(operator)
    given = _axes(draft, operator, None)
    rank = value.rank + 1 + len(given)
    axes = sorted(axis % rank for axis in given)
    if not axes or 0 in axes:
        raise operator.refuse("it adds an axis in front of the examples.")
    for axis in axes:
        value = draft.add(operator, Unsqueeze(dim=axis - value.rank - 2), value)
    draft.put(operator, value)


def pad(draft: Draft, operator: Operator) -> None:
    """Pad an image with rings of zeros."""
    value, pads = draft.value(operator), draft.sizes(operator, 1)
    filled = draft.constant(operator, 2)
    ring = pads[-1] if pads else None
    zeros = operator.get("mode", "constant") in ("constant", "") and (
        filled is None or not filled.any()
    )
    if (
        not zeros
        or len(operator.inputs) > 3
        or pads != [0, 0, ring, ring] * 2
        or not ring
        or ring < 0
    ):
        raise operator.refuse("it does more than to lay rings of zeros around an image.")
    draft.put(operator, draft.add(operator, ZeroPad2d(padding=ring), value))


def _axes(draft: Draft, operator: Operator, rank: int | None) -> list[int]:
    given = draft.sizes(operator, 1) if len(operator.inputs) > 1 else operator.get("axes", [0])[:]
    axes = [axis for axis in given if axis is not None]
    return axes if rank is None else [axis % rank for axis in axes]


OPERATORS: dict[str, Callable[[Draft, Operator], None]] = {
    "Identity": same,
    "Cast": cast,
    "Flatten": flatten,
    "Reshape": reshape,
    "Transpose": transpose,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Pad": pad,
}
