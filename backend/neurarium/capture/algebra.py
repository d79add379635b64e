"""The steps of a walk through a small network, as lines of algebra: forward, backward, update."""

from collections.abc import Mapping

from neurarium.capture.gates import gate, joined
from neurarium.capture.scalars import ScalarEdge, ScalarLine, ScalarStep, ScalarSymbol
from neurarium.capture.sketch import Number
from neurarium.training.job import Job
from neurarium.training.optimizers.adam import Adam, AdamW
from neurarium.training.optimizers.rmsprop import RMSprop
from neurarium.training.optimizers.sgd import SGD
from neurarium.training.rates import factor

Symbols = Mapping[Number, ScalarSymbol]


def edges_of(numbers: list[Number], symbols: Symbols) -> list[ScalarEdge]:
    """List what enters what, in the order of the numbers and of their inputs."""
    return [
        ScalarEdge.model_validate(
            {
                "from": x.id,
                "to": number.id,
                "slope": "" if x.role == "target" else slope(number, index, symbols),
                "tamper": number.cuts[index],
                "factor": number.factors[index] if number.factors else 1.0,
                "wrong": number.wrong,
            }
        )
        for number in numbers
        for index, x in enumerate(number.inputs)
    ]


def slope(number: Number, index: int, symbols: Symbols) -> str:
    """Write ∂number/∂(one of its inputs)."""
    names = [symbols[x].text for x in number.inputs]
    made = gate(number.op, number.constants)
    return made.slope_says(names, symbols[number].text, index)


def steps_of(numbers: list[Number], symbols: Symbols, job: Job) -> list[ScalarStep]:
    """Write the whole walk: each function once forward and once backward, then all updates at once."""
    functions = [number for number in numbers if number.op]
    places: dict[Number, int] = {}
    for number in functions:
        places[number] = sum(len(known.inputs) for known in places)
    forward = [_forward(number, symbols) for number in functions]
    backward = _Backward(functions, symbols, places).steps()
    return [*forward, *backward, _update(numbers, symbols, job)]


def _forward(number: Number, symbols: Symbols) -> ScalarStep:
    says = gate(number.op, number.constants).says([symbols[x].text for x in number.inputs])
    line = ScalarLine(left=symbols[number].text, relation="=", right=says, of=number.id, edges=[])
    return ScalarStep(phase="forward", of=number.id, scalars=[number.id], partial=[], lines=[line])


class _Backward:
    """The way back, with what is still to be added to each gradient."""

    def __init__(
        self, functions: list[Number], symbols: Symbols, places: Mapping[Number, int]
    ) -> None:
        self.functions = functions
        self.symbols = symbols
        self.places = places
        self.end = functions[-1]
        self.missing: dict[Number, int] = {}
        for number in functions:
            for x in number.inputs:
                self.missing[x] = self.missing.get(x, 0) + 1
        self.begun: set[Number] = set()

    def steps(self) -> list[ScalarStep]:
        return [self._step(number) for number in reversed(self.functions)]

    def _step(self, number: Number) -> ScalarStep:
        entering = [(index, x) for index, x in enumerate(number.inputs) if x.role != "target"]
        lines = self._sum(number, entering) if number.op == "add" else self._each(number, entering)
        known = [self.end] if number is self.end else []
        for _, x in entering:
            self.missing[x] -= 1
            self.begun.add(x)
        read = list(dict.fromkeys(x for _, x in entering))
        return ScalarStep(
            phase="backward",
            of=number.id,
            scalars=[x.id for x in (*known, *read) if not self.missing.get(x)],
            partial=[x.id for x in read if self.missing[x]],
            lines=lines,
        )

    def _sum(self, number: Number, entering: list[tuple[int, Number]]) -> list[ScalarLine]:
        """Hand the same gradient to all terms, in one line for those that begin and one for those that go on."""
        right = "1" if number is self.end else f"∂{self.symbols[number].text}"
        lines = []
        for begun in (False, True):
            chosen = [(index, x) for index, x in entering if (x in self.begun) == begun]
            if chosen:
                left = joined([f"∂{self.symbols[x].text}" for _, x in chosen], " = ")
                lines.append(self._line(number, chosen, left, begun, right))
        return lines

    def _each(self, number: Number, entering: list[tuple[int, Number]]) -> list[ScalarLine]:
        """Multiply the gradient by each slope."""
        lines, begun = [], set(self.begun)
        for index, x in entering:
            text = slope(number, index, self.symbols)
            right = text
            if number is not self.end:
                times = f"({text})" if " " in text else text
                right = f"∂{self.symbols[number].text} × {times}"
            left = f"∂{self.symbols[x].text}"
            lines.append(self._line(number, [(index, x)], left, x in begun, right))
            begun.add(x)
        return lines

    def _line(
        self, number: Number, chosen: list[tuple[int, Number]], left: str, adds: bool, right: str
    ) -> ScalarLine:
        edges = [self.places[number] + index for index, _ in chosen]
        relation = "+=" if adds else "="
        return ScalarLine(
            left=left, relation=relation, right=right, of=chosen[0][1].id, edges=edges
        )


def _update(numbers: list[Number], symbols: Symbols, job: Job) -> ScalarStep:
    parameters = [number for number in numbers if number.parameter]
    lines = [
        ScalarLine(
            left=symbols[number].text,
            relation="←",
            right=_rule(job, symbols[number].text, factor(job.rates, number.parameter)),
            of=number.id,
            edges=[],
        )
        for number in parameters
    ]
    ids = [number.id for number in parameters]
    return ScalarStep(phase="update", of="", scalars=ids, partial=[], lines=lines)


def _rule(job: Job, name: str, share: float) -> str:
    """Write how the job's optimiser moves a weight; m and v are what it remembers of past gradients."""
    rate = "η" if share == 1 else f"{share:g}·η"
    move = f"∂{name}"
    match job.optimizer:
        case AdamW(weight_decay=decay) if decay:
            move = f"(m̂/(√v̂ + ε) + {decay:g}·{name})"
        case Adam() | AdamW():
            move = "m̂/(√v̂ + ε)"
        case RMSprop():
            move = f"∂{name}/(√v + ε)"
        case SGD(momentum=kept, nesterov=True) if kept:
            move = f"(∂{name} + {kept:g}·m),  m ← {kept:g}·m + ∂{name}"
        case SGD(momentum=kept) if kept:
            move = f"m,  m ← {kept:g}·m + ∂{name}"
    return f"{name} − {rate} · {move}" if share else name
