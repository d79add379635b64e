"""The scalar graph of a job: from its document alone, without torch, so that it is there before anything is trained."""

from hashlib import blake2b

from neurarium.capture.algebra import edges_of, steps_of
from neurarium.capture.gates import STRAIGHT, gate
from neurarium.capture.grid import place
from neurarium.capture.hold import Hold
from neurarium.capture.naming import told_apart
from neurarium.capture.objective import add_objective
from neurarium.capture.scalars import (
    Scalar,
    ScalarCurve,
    ScalarGraph,
    ScalarGroup,
    ScalarSymbol,
)
from neurarium.capture.sketch import Dense, Number, Sketch
from neurarium.capture.unroll import check_count, unroll
from neurarium.training.job import Job

DEPENDS_ON = {"graph", "task", "loss", "regulariser", "optimizer", "rates", "tampering"}
"""What of a job is drawn, besides the kind of the data's target."""
DRAWN = [tenth / 10 for tenth in range(-80, 81)]
"""Where functions are drawn: kinks, which lie at whole numbers, are among the points."""


def scalar_graph(job: Job) -> ScalarGraph:
    """Draw one example's way through a job's network, or raise ScalarsError saying why that is not done."""
    hold = Hold(job)
    sketch = unroll(job.graph, hold)
    add_objective(sketch, job, hold)
    check_count(len(sketch.numbers))
    columns, rows = place(sketch)
    numbers = sketch.numbers
    symbols = dict(zip(numbers, told_apart([number.symbol for number in numbers]), strict=True))
    return ScalarGraph(
        key=_key(job),
        scalars=[_scalar(number, symbols[number]) for number in numbers],
        edges=edges_of(numbers, symbols),
        groups=_groups(sketch),
        steps=steps_of(numbers, symbols, job),
        curves=_curves(numbers),
        columns=columns,
        rows=round(rows, 3),
        loss=numbers[-1].id,
    )


def _key(job: Job) -> str:
    drawn = job.model_dump_json(include=DEPENDS_ON) + job.dataset.target().model_dump_json()
    return blake2b(drawn.encode(), digest_size=12).hexdigest()


def _scalar(number: Number, symbol: ScalarSymbol) -> Scalar:
    return Scalar(
        id=number.id,
        symbol=symbol,
        role=number.role,
        op=number.op,
        constants=number.constants,
        box=gate(number.op, number.constants).box if number.op else symbol.text,
        inputs=[x.id for x in number.inputs],
        node=number.node,
        unit=number.unit,
        parameter=number.parameter,
        index=list(number.index),
        column=number.column,
        row=number.row,
    )


def _groups(sketch: Sketch) -> list[ScalarGroup]:
    """Gather each unit of each dense layer with what bends its sum."""
    groups = []
    for layer in sketch.layers:
        if not isinstance(layer, Dense):
            continue
        for unit, total in enumerate(layer.sums):
            members = [
                *layer.weights[unit],
                *layer.products[unit],
                *layer.biases[unit : unit + 1],
                *_bent(sketch, total),
            ]
            rows = [number.row for number in members]
            groups.append(
                ScalarGroup(
                    node=layer.node,
                    unit=unit,
                    output=members[-1].id,
                    scalars=[number.id for number in members],
                    top=min(rows),
                    bottom=max(rows),
                )
            )
    return groups


def _bent(sketch: Sketch, total: Number) -> list[Number]:
    """Follow a sum through the activation functions that alone read it."""
    found = [total]
    while True:
        readers = [number for number in sketch.numbers if found[-1] in number.inputs]
        if len(readers) != 1 or readers[0].role != "activation":
            return found
        found.append(readers[0])


def _curves(numbers: list[Number]) -> list[ScalarCurve]:
    """Draw each function of one number; a target beside it is 0, so that x counts from there."""
    curves: dict[str, ScalarCurve] = {}
    for number in numbers:
        free = [x.role != "target" for x in number.inputs]
        if not number.op or number.op in STRAIGHT or sum(free) != 1:
            continue
        value = gate(number.op, number.constants).value
        drawn = [round(value([x if is_free else 0.0 for is_free in free]), 4) for x in DRAWN]
        curves.setdefault(
            f"{number.op} {number.constants}",
            ScalarCurve(
                op=number.op,
                constants=number.constants,
                from_target=len(free) > 1,
                x=DRAWN,
                y=drawn,
            ),
        )
    return list(curves.values())
