"""Where the numbers of a small network stand: weights beside their products, sums in one column, the loss at the end.

One row is what a box with its numbers needs; no two boxes of a column are nearer than that.
"""

from itertools import pairwise

from neurarium.capture.sketch import Dense, Number, Sketch

GAP = 0.42
"""Rows of air between two units."""
WIDE = 2.0
"""Rows between two units that leave room for a weight."""


def place(sketch: Sketch) -> tuple[int, float]:
    """Give every number its column and row; say how many there are."""
    tallest = max(
        (_height(layer) for layer in sketch.layers if isinstance(layer, Dense)), default=1
    )
    _spread(sketch.inputs, tallest)
    for layer in sketch.layers:
        if isinstance(layer, Dense):
            _place_dense(layer)
        else:
            _place_behind(layer)
    _place_loss(sketch)
    top = min(number.row for number in sketch.numbers)
    for number in sketch.numbers:
        number.row = round(number.row - top, 3)
    columns = max(number.column for number in sketch.numbers) + 1
    return columns, max(number.row for number in sketch.numbers) + 1


def _height(layer: Dense) -> float:
    units = len(layer.sums)
    return units * layer.height + (units - 1) * GAP


def _spread(inputs: list[Number], height: float) -> None:
    pitch = max(1.0, height / max(1, len(inputs)))
    for index, number in enumerate(inputs):
        number.column, number.row = 0, (index - (len(inputs) - 1) / 2) * pitch


def _place_dense(layer: Dense) -> None:
    """Put each unit into rows of its own; a lone unit beside what it reads, if there is room."""
    if len(layer.sums) == 1 and _has_room(layer.inputs):
        _place_beside(layer)
        return
    column = max(number.column for number in layer.inputs)
    top = -(_height(layer) - 1) / 2
    for unit, total in enumerate(layer.sums):
        first = top + unit * (layer.height + GAP)
        middle = (len(layer.inputs) + 1) // 2
        for index, product in enumerate(layer.products[unit]):
            row = first + index + (1 if layer.biases and index >= middle else 0)
            _put(layer.weights[unit][index], column + 1, row)
            _put(product, column + 2, row)
        if layer.biases:
            _put(layer.biases[unit], column + 2, first + middle)
        _put(total, column + 3, first + (layer.height - 1) / 2)


def _has_room(inputs: list[Number]) -> bool:
    alone = len({number.column for number in inputs}) == 1 and inputs[0].role != "input"
    return alone and len(inputs) > 1 and all(b.row - a.row >= WIDE for a, b in pairwise(inputs))


def _place_beside(layer: Dense) -> None:
    """Put products into the rows of what they read, weights above or below that."""
    column, count = layer.inputs[0].column, len(layer.inputs)
    for index, (x, weight) in enumerate(zip(layer.inputs, layer.weights[0], strict=True)):
        _put(weight, column, x.row - 1 if index < count / 2 else x.row + 1)
        _put(layer.products[0][index], column + 1, x.row)
    before, after = layer.inputs[(count - 1) // 2], layer.inputs[(count - 1) // 2 + 1]
    middle = (before.row + after.row) / 2
    for bias in layer.biases:
        _put(bias, column + 1, middle)
    _put(layer.sums[0], column + 2, middle)


def _place_behind(numbers: list[Number]) -> None:
    column = max(x.column for number in numbers for x in number.inputs) + 1
    for number in numbers:
        _put(number, column, sum(x.row for x in number.inputs) / len(number.inputs))


def _place_loss(sketch: Sketch) -> None:
    column = max(number.column for number in sketch.outputs)
    lowest = max(number.row for number in sketch.outputs)
    several = len(sketch.targets) > 1
    for index, target in enumerate(sketch.targets):
        row = sketch.outputs[index].row + 1 if several else lowest + WIDE
        _put(target, column, row)
    for number in sketch.losses:
        known = [x for x in number.inputs if x.role not in ("target", "weight")]
        if known:
            row = sum(x.row for x in known) / len(known)
            _put(number, max(x.column for x in known) + 1, row)
    for number in sketch.losses:
        if number.op in ("l1", "l2"):
            end = sketch.losses[-1]
            data = end.inputs[0]
            _put(number, data.column, data.row + WIDE)
            _put(end, data.column + 1, data.row)


def _put(number: Number, column: int, row: float) -> None:
    """Place a number; a tied weight stays where it was needed first."""
    if number.parameter and number.column:
        return
    number.column, number.row = column, row
