"""Symbols of a lecture for the numbers of a network.

Of the hidden layers w b a z h are weights, biases, products, sums and outputs; of the last layer v c r s y. Where there
are several hidden layers, the layer's number comes first in the index, with a comma: h₂,₁ is unit 1 of hidden layer 2.
So a square remains a square: 1 − h₂,₁². A network of one layer has w b a z y.
"""

from dataclasses import dataclass

from neurarium.capture.gates import small
from neurarium.capture.scalars import ScalarSymbol

HIDDEN, LAST = "wbazh", "vcrsy"
DIGIT = 9


@dataclass(frozen=True)
class LayerNames:
    """How the numbers of one dense layer are called; units and inputs are counted from 1 on."""

    letters: str
    prefix: str
    units: int
    inputs: int
    is_numbered: bool
    """Whether its units have numbers: one unit of the last layer needs none."""

    def weight(self, unit: int, source: int) -> ScalarSymbol:
        """Call a weight."""
        return self._pair(0, unit, source)

    def product(self, unit: int, source: int) -> ScalarSymbol:
        """Call a product."""
        return self._pair(2, unit, source)

    def bias(self, unit: int) -> ScalarSymbol:
        """Call a bias."""
        return self._single(1, unit)

    def sum(self, unit: int) -> ScalarSymbol:
        """Call a sum."""
        return self._single(3, unit)

    def _single(self, letter: int, unit: int) -> ScalarSymbol:
        index = self.prefix + (small(unit) if self.is_numbered else "")
        return ScalarSymbol(base=self.letters[letter], sub=index)

    def _pair(self, letter: int, unit: int, source: int) -> ScalarSymbol:
        if not self.is_numbered:
            return ScalarSymbol(base=self.letters[letter], sub=self.prefix + small(source))
        between = "," if max(self.units, self.inputs) > DIGIT else ""
        index = f"{self.prefix}{small(unit)}{between}{small(source)}"
        return ScalarSymbol(base=self.letters[letter], sub=index)


def layer_names(number: int, layers: int, units: int, inputs: int) -> LayerNames:
    """Find the names for dense layer `number` (from 0 on) of `layers`."""
    is_last, hidden = number == layers - 1, layers - 1
    return LayerNames(
        letters=LAST if is_last and hidden else HIDDEN,
        prefix=f"{small(number + 1)}," if hidden > 1 and not is_last else "",
        units=units,
        inputs=inputs,
        is_numbered=not is_last or units > 1,
    )


def numbered(base: str, index: int, count: int) -> ScalarSymbol:
    """Call one of several numbers, or the only one."""
    return ScalarSymbol(base=base, sub=small(index + 1) if count > 1 else "")


def told_apart(symbols: list[ScalarSymbol]) -> list[ScalarSymbol]:
    """Give primes to those that would be called like one before."""
    seen: set[str] = set()
    result = []
    for symbol in symbols:
        base = symbol.base
        while base + symbol.sub in seen:
            base += "′"
        seen.add(base + symbol.sub)
        result.append(ScalarSymbol(base=base, sub=symbol.sub))
    return result
