"""Lines of source that know which nodes they are about, and how long ones are broken."""

import builtins
import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field
from pprint import pformat
from typing import Any

from neurarium_models.spelling import literal

WIDTH = 99
TAKEN = frozenset(dir(builtins)) | frozenset(keyword.kwlist)
GIVEN = frozenset({"self", "torch", "nn", "F", "math", "Tensor", "Annotated"})
"""Names that the file has already."""


@dataclass
class Lines:
    """Some lines, each with the paths of its nodes."""

    texts: list[str] = field(default_factory=list)
    nodes: list[list[str]] = field(default_factory=list)

    def add(self, text: str, *nodes: str) -> None:
        """Add one line, or several that are about the same nodes."""
        for line in text.split("\n"):
            self.texts.append(line)
            self.nodes.append(list(nodes))

    def extend(self, others: "Lines") -> None:
        """Add the lines of another."""
        self.texts += others.texts
        self.nodes += others.nodes

    def share(self, others: "Lines") -> None:
        """Be about the nodes of equal lines, too."""
        for mine, theirs in zip(self.nodes, others.nodes, strict=True):
            mine += [node for node in theirs if node not in mine]


class Names:
    """Which variables a function has."""

    def __init__(self) -> None:
        self.taken: set[str] = set(GIVEN)

    def new(self, wanted: str) -> str:
        """Call something as wanted, or with `_` behind where that means something else already."""
        while wanted in TAKEN or wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted


def call(indent: int, head: str, arguments: Iterable[str], tail: str = "") -> str:
    """Write a call; where it is too long for a line, with an argument in each."""
    arguments = list(arguments)
    space = " " * indent
    text = f"{space}{head}({', '.join(arguments)}){tail}"
    if len(text) <= WIDTH or not arguments:
        return text
    inside = "".join(f"{space}    {argument},\n" for argument in arguments)
    return f"{space}{head}(\n{inside}{space}){tail}"


def value(setting: Any, indent: int) -> str:
    """Write a setting; a long one over several lines."""
    text = literal(setting)
    if len(text) <= WIDTH - indent - 1:
        return text
    return pformat(setting, width=WIDTH - indent, compact=True).replace("\n", "\n" + " " * indent)


def annotated(name: str = "", dtype: str = "", notes: Iterable[tuple[str, Any]] = ()) -> str:
    """Write what is known of a tensor and torch does not say: `Tensor` if nothing is."""
    words = [f'"{name}"'] if name else []
    words += [f"torch.{dtype}"] if dtype else []
    pairs = [f"{literal(key)}: {literal(note)}" for key, note in notes]
    words += [f"{{{', '.join(pairs)}}}"] if pairs else []
    return f"Annotated[Tensor, {', '.join(words)}]" if words else "Tensor"
