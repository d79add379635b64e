"""What a network computes, in which order and where results lie: decided once, so that running it is a bare loop."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neurarium_models.layout import Place

Compute = Callable[..., Any]
Slots = tuple[int, ...]
Step = tuple[Compute, int, int, tuple[Slots, Slots] | None]
"""What to call, the slots of its input and output, and all of them where one of each is not enough."""


@dataclass(frozen=True)
class Plan:
    """The layers that something asked for depends on, flattened.

    Values lie in numbered slots. A slot is used again once nobody needs what lies in it, so that memory is freed as
    early as in handwritten code. Slot 0 holds None, which is the value of inputs that are not connected.
    """

    size: int
    inputs: tuple[tuple[str, int], ...]
    steps: tuple[Step, ...]
    results: dict[str, int]
    """The slot of each source that was asked for."""

    def run(self, inputs: Mapping[str, Any]) -> list[Any]:
        """Take all steps; return what lies in the slots in the end. This is the hot loop of everything."""
        values: list[Any] = [None] * self.size
        for name, slot in self.inputs:
            values[slot] = inputs[name]
        for compute, read, written, several in self.steps:
            if several is None:
                values[written] = compute(values[read])
                continue
            reads, writes = several
            result = compute(*[values[slot] for slot in reads])
            if len(writes) == 1:
                values[written] = result
            else:
                for slot, value in zip(writes, result, strict=True):
                    values[slot] = value
        return values


def make_plan(
    places: Sequence[Place],
    computes: Mapping[str, Compute],
    inputs: Iterable[str],
    asked: Collection[str],
) -> Plan:
    """Plan how to get the values of some sources from the inputs; `computes` holds what to call at each path."""
    needed, wanted = _needed(places, asked)
    last = {source: number for number, place in enumerate(needed) for source in _read(place)}
    last |= dict.fromkeys(asked, len(needed))

    slots = _SlotBook()
    given = tuple((name, slots.take(name)) for name in inputs if name in wanted)
    steps: list[Step] = []
    for number, place in enumerate(needed):
        reads = tuple(0 if value is None else slots.of[value.source] for value in place.values)
        slots.free(source for source in _read(place) if last[source] == number)
        writes = tuple(slots.take(source) for source in place.produced)
        slots.free(source for source in place.produced if source not in last)
        several = None if len(reads) == len(writes) == 1 else (reads, writes)
        steps.append((computes[place.path], reads[0], writes[0], several))
    return Plan(slots.size, given, tuple(steps), {source: slots.of[source] for source in asked})


class _SlotBook:
    """Which slot holds which value, and which are free again."""

    def __init__(self) -> None:
        self.size = 1
        self.of: dict[str, int] = {}
        self._free: list[int] = []

    def take(self, source: str) -> int:
        if not self._free:
            self._free.append(self.size)
            self.size += 1
        self.of[source] = self._free.pop()
        return self.of[source]

    def free(self, sources: Iterable[str]) -> None:
        self._free += [self.of[source] for source in sources]


def _needed(places: Sequence[Place], asked: Collection[str]) -> tuple[list[Place], set[str]]:
    """Choose the places that what is asked for depends on, and all the sources that are read."""
    needed, wanted = [], set(asked)
    for place in reversed(places):
        if wanted.intersection(place.produced):
            needed.append(place)
            wanted.update(_read(place))
    return needed[::-1], wanted


def _read(place: Place) -> list[str]:
    """Name everything that a place reads, each once."""
    return list(dict.fromkeys(value.source for value in place.values if value is not None))
