"""Numbers as they are gathered, before they have a place on the page."""

from dataclasses import dataclass, field

from neurarium.capture.scalars import ScalarRole, ScalarSymbol
from neurarium.training.tamper import Tamper


@dataclass(eq=False)
class Number:
    """One number: what it is made of, and where it is to stand."""

    id: str
    symbol: ScalarSymbol
    role: ScalarRole
    op: str = ""
    inputs: "tuple[Number, ...]" = ()
    cuts: tuple[Tamper | None, ...] = ()
    """What cuts each input off on the way back."""
    factors: tuple[float, ...] = ()
    """By what the job's tampering multiplies what flows back to each input; empty: by 1."""
    wrong: str = ""
    """The wrong backward that is put into its layer, if any."""
    constants: dict[str, float] = field(default_factory=dict)
    node: str = ""
    unit: int | None = None
    parameter: str = ""
    index: tuple[int, ...] = ()
    column: int = 0
    row: float = 0.0


@dataclass(eq=False)
class Dense:
    """The numbers of one dense layer, unit by unit."""

    node: str
    inputs: list[Number]
    weights: list[list[Number]]
    products: list[list[Number]]
    biases: list[Number]
    sums: list[Number]

    @property
    def height(self) -> int:
        """Count the rows of one unit."""
        return len(self.inputs) + bool(self.biases)


@dataclass
class Sketch:
    """All numbers of a network with its loss, in the order in which they can be computed."""

    numbers: list[Number] = field(default_factory=list)
    inputs: list[Number] = field(default_factory=list)
    layers: list[Dense | list[Number]] = field(default_factory=list)
    """Dense layers and what acts number by number, from left to right."""
    outputs: list[Number] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    """What tampering does behind each of them, in layers that pass numbers on."""
    targets: list[Number] = field(default_factory=list)
    losses: list[Number] = field(default_factory=list)
    """Everything behind the outputs, the end last; targets are apart."""

    def add(self, number: Number) -> Number:
        """Note a number."""
        self.numbers.append(number)
        return number
