"""What comes behind a network's outputs, number by number: target, loss and penalty, up to the one number E."""

from neurarium.capture.hold import Hold
from neurarium.capture.naming import numbered
from neurarium.capture.scalars import ScalarsError, ScalarSymbol
from neurarium.capture.sketch import Number, Sketch
from neurarium.dataset import ClassTarget, RealTarget
from neurarium.training.job import Job
from neurarium.training.regularisers.penalty import L1, L2
from neurarium.training.tamper import CutWeight

OF_MARGIN = {"CrossEntropy": "logistic_loss", "Hinge": "hinge", "Perceptron": "mistake"}
"""Losses of one output unit that look at the margin m = t·y alone."""
WITH_INDEX = ("CrossEntropy", "Hinge")
"""Losses of several units that are told the right class by its number, counted from 1 on like the outputs."""


def add_objective(sketch: Sketch, job: Job, hold: Hold) -> None:
    """Go on from the outputs to E, or raise ScalarsError."""
    if not isinstance(job.dataset.target(), ClassTarget | RealTarget):
        raise ScalarsError(
            f"The task {job.task.kind} is not drawn number by number. Look at the graph of tensors."
        )
    before = len(sketch.numbers)
    loss = _Loss(sketch, job.loss.kind)
    end = loss.by_index() if loss.has_index else loss.by_unit()
    _hold_outputs(sketch)
    end = _with_penalty(sketch, job, end, hold)
    end.symbol = ScalarSymbol(base="E", sub="")
    sketch.losses = [number for number in sketch.numbers[before:] if number.role == "loss"]


class _Loss:
    """The loss of one example."""

    def __init__(self, sketch: Sketch, kind: str) -> None:
        self.sketch = sketch
        self.kind = kind
        self.count = len(sketch.outputs)
        self.has_index = self.count > 1 and kind in WITH_INDEX

    def by_unit(self) -> Number:
        """Compare each output with a target of its own, and add up."""
        parts = [self._part(index, output) for index, output in enumerate(self.sketch.outputs)]
        if len(parts) == 1:
            return parts[0]
        return self._add("sum", numbered("E", 0, 1), "add", tuple(parts))

    def _part(self, index: int, output: Number) -> Number:
        target = self._target(index, self.count)
        name = numbered("e", index, self.count)
        if self.kind == "SquaredError":
            return self._add(f"part[{index}]", name, "half_square", (output, target))
        symbol = numbered("m", index, self.count)
        margin = self._add(f"margin[{index}]", symbol, "margin", (output, target))
        return self._add(f"part[{index}]", name, OF_MARGIN[self.kind], (margin,))

    def by_index(self) -> Number:
        """Compare all outputs with each other."""
        inputs = (*self.sketch.outputs, self._target(0, 1))
        if self.kind == "Hinge":
            lead = self._add("margin[0]", ScalarSymbol(base="m", sub=""), "lead", inputs)
            return self._add("part[0]", ScalarSymbol(base="e", sub=""), "hinge", (lead,))
        surprise = self._add("log[0]", ScalarSymbol(base="q", sub=""), "log_softmax", inputs)
        return self._add("part[0]", ScalarSymbol(base="e", sub=""), "neg", (surprise,))

    def _target(self, index: int, count: int) -> Number:
        target = self.sketch.add(
            Number(f"loss:target[{index}]", numbered("t", index, count), "target", index=(index,))
        )
        self.sketch.targets.append(target)
        return target

    def _add(self, name: str, symbol: ScalarSymbol, op: str, inputs: tuple[Number, ...]) -> Number:
        return _loss(self.sketch, name, symbol, op, inputs)


def _hold_outputs(sketch: Sketch) -> None:
    """Tell those that read an output what tampering does in layers that pass it on."""
    held = dict(zip(sketch.outputs, sketch.factors, strict=True))
    for number in sketch.numbers:
        if number.role == "loss":
            number.factors = tuple(held.get(x, 1.0) for x in number.inputs)


def _with_penalty(sketch: Sketch, job: Job, loss: Number, hold: Hold) -> Number:
    """Add λ·Ω, where the job has it."""
    weights = [number for number in sketch.numbers if number.role == "weight"]
    if not isinstance(job.regulariser, L1 | L2) or not weights:
        return loss
    op = "l1" if isinstance(job.regulariser, L1) else "l2"
    loss.symbol = ScalarSymbol(base="L", sub="")
    penalty = _loss(sketch, "penalty", ScalarSymbol(base="R", sub=""), op, tuple(weights))
    penalty.cuts = tuple(CutWeight(parameter=w.parameter, index=w.index) for w in weights)
    penalty.factors = tuple(hold.on_weight(w.parameter, w.index) for w in weights)
    penalty.constants = {"strength": job.regulariser.strength}
    return _loss(sketch, "total", ScalarSymbol(base="E", sub=""), "add", (loss, penalty))


def _loss(
    sketch: Sketch, name: str, symbol: ScalarSymbol, op: str, inputs: tuple[Number, ...]
) -> Number:
    number = Number(f"loss:{name}", symbol, "loss", op=op, inputs=inputs)
    number.cuts = (None,) * len(inputs)
    return sketch.add(number)
