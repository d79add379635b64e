"""Where the classes of a source stand in its graph: which nodes each line is about, and whether its numbers fit."""

import ast
from collections.abc import Iterator
from typing import Any

from neurarium_models.graph import Block
from neurarium_models.layout import Fold, Layout, Place
from neurarium_models.source.body import Known
from neurarium_models.source.syntax import Refused
from neurarium_models.spelling import REQUIRED, literal

MAXIMUM_FAULTS = 20


class Standing:
    """A source that was understood, laid over its network: each class wherever it stands."""

    def __init__(self, root: Known, layout: Layout) -> None:
        self.places = {place.path: place for place in layout.places}
        self.folds: dict[str, list[Fold]] = {}
        for fold in layout.folds:
            self.folds.setdefault(fold.path, []).append(fold)
        self.found = list(self._walk(root))

    def about(self, count: int) -> list[list[str]]:
        """Say for each of so many lines which nodes and blocks it is about."""
        lines: list[list[str]] = [[] for _ in range(count)]
        for known, prefix in self.found:
            for part in known.parts:
                path = prefix + part.id
                made = known.made.get(part.id)
                nodes = [known.places[part.id], *([made.node] if made else [])]
                if part.id in known.loops:
                    nodes.append(known.loops[part.id])
                for line in {line for node in nodes for line in _extent(node)}:
                    lines[line - 1].append(path)
        return lines

    def differing(self) -> list[Refused]:
        """List numbers that follow from the inputs and are written otherwise: at most some of them."""
        found: dict[tuple[int, int], Refused] = {}
        for known, prefix in self.found:
            for fault in self._faults(known, prefix):
                node: Any = fault.node
                same = found.setdefault((node.lineno, node.col_offset), fault)
                if same.instead != fault.instead:
                    # The class stands in several places, and they need different numbers.
                    same.instead = None
                if len(found) == MAXIMUM_FAULTS:
                    return list(found.values())
        return list(found.values())

    def _walk(self, root: Known) -> Iterator[tuple[Known, str]]:
        pending = [(root, "")]
        seen = set()
        while pending:
            known, prefix = pending.pop()
            if (known.name, prefix) in seen:
                continue
            seen.add((known.name, prefix))
            yield known, prefix
            pending += self._inside(known, prefix)

    def _inside(self, known: Known, prefix: str) -> Iterator[tuple[Known, str]]:
        for part in known.parts:
            if not isinstance(part, Block):
                continue
            path = prefix + part.id
            for fold in self.folds[path]:
                first = fold.first or 0
                inner = f"{path}." if fold.first is None else f"{path}.{fold.first}."
                for block in dict.fromkeys(known.made[part.id].classes[first : first + fold.count]):
                    yield block, inner

    def _faults(self, known: Known, prefix: str) -> Iterator[Refused]:
        for id, written in known.arguments.items():
            place = self.places[prefix + id]
            for name, value in place.layer.arguments(*place.specs).items():
                if written[name] in (value, ...):
                    continue
                made = known.made.get(id)
                at = made.written.get(name) if made else None
                node = at or (made.node if made else known.places[id])
                message = _sentence(place, name, value, written[name])
                yield Refused(node, message, literal(value) if at is not None else None)


def _extent(node: ast.AST) -> range:
    first: int = getattr(node, "lineno", 1)
    return range(first, (getattr(node, "end_lineno", None) or first) + 1)


def _sentence(place: Place, name: str, wanted: Any, written: Any) -> str:
    layer = place.layer
    given = ", ".join(str(spec) for spec in place.specs if spec is not None)
    says = f"Here `{name}` of {layer.spelling.name} is {literal(written)}"
    if name in layer.spelling.says or layer.spelling.parameters[name] is REQUIRED:
        return f"{says}, but what comes in is {given}: it must be {literal(wanted)}."
    return f"{says}, which a graph cannot represent: it is always {literal(wanted)}."
