"""Classes of this package that torch does not have, as text: what a network's source brings along.

The text is read from the very files that train, which import torch; nothing is imported or executed here.
"""

import ast
import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pprint import pformat

from neurarium_models.layers import LAYERS
from neurarium_models.source.parsing import parse

PACKAGE = "neurarium_models"
ENTRANCES = {"__init__", "forward"}
"""Methods that a network calls; others are kept if one of these needs them."""


@dataclass(frozen=True)
class Piece:
    """A class, function or constant, and which others of its file it needs."""

    name: str
    text: str
    needs: tuple[str, ...]


@cache
def pieces() -> dict[str, Piece]:
    """Find everything that sources may bring along, each after what it needs."""
    found: dict[str, Piece] = {}
    for file in sorted({entry.spelling.own for entry in LAYERS.values() if entry.spelling.own}):
        named = {e.spelling.name for e in LAYERS.values() if e.spelling.own == file}
        found |= _closed(_all_of(file), named)
    return found


def needed(names: Iterable[str]) -> list[Piece]:
    """Choose some pieces with all that they need, each after what it needs."""
    return list(_closed(pieces(), names).values())


@cache
def shape(name: str) -> str:
    """Say what a piece is but for its layout, comments and docstrings: what another text is compared with."""
    return bare(parse(pieces()[name].text).body[0])


def bare(node: ast.AST) -> str:
    """Write down a syntax tree without the docstrings in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(part) is not None:
            del part.body[0]
    return ast.dump(node)


def _closed(every: dict[str, Piece], names: Iterable[str]) -> dict[str, Piece]:
    wanted = set(names)
    for name in reversed(every):
        if name in wanted:
            wanted.update(every[name].needs)
    return {name: piece for name, piece in every.items() if name in wanted}


def _all_of(file: str) -> dict[str, Piece]:
    text = (files(PACKAGE) / f"{file}.py").read_text("utf-8")
    tree = parse(text)
    made: dict[str, Piece] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            values = importlib.import_module(node.module or "")
            for alias in node.names:
                value = pformat(getattr(values, alias.name), width=96, compact=True)
                made[alias.name] = Piece(alias.name, f"{alias.name} = {value}", ())
    defined = [n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    known = {node.name for node in defined} | set(made)
    # Functions first, as classes use them and never the other way round.
    for node in sorted(defined, key=lambda n: isinstance(n, ast.ClassDef)):
        kept = _kept(node)
        lines = text.splitlines()
        body = "\n".join(
            line for first, last in kept for line in (*lines[first - 1 : last], "")
        ).rstrip()
        used = {n.id for n in ast.walk(parse(body)) if isinstance(n, ast.Name)}
        needs = tuple(sorted((used & known) - {node.name}))
        made[node.name] = Piece(node.name, body, needs)
    return made


def _kept(node: ast.ClassDef | ast.FunctionDef) -> list[tuple[int, int]]:
    """Find the lines of a definition; methods that using it does not lead to are left out."""
    last = node.end_lineno or node.lineno
    if isinstance(node, ast.FunctionDef):
        return [(node.lineno, last)]
    methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    reached, waiting = set(), list(ENTRANCES.intersection(methods))
    while waiting:
        name = waiting.pop()
        reached.add(name)
        for part in ast.walk(methods[name]):
            if isinstance(part, ast.Attribute) and part.attr in methods.keys() - reached:
                waiting.append(part.attr)
    head = min((m.lineno for m in methods.values()), default=last + 1) - 1
    ranges = [
        (m.lineno, m.end_lineno or m.lineno) for name, m in methods.items() if name in reached
    ]
    while head > node.lineno and not _line_is_used(node, head):
        head -= 1
    return [(node.lineno, head), *ranges]


def _line_is_used(node: ast.ClassDef, line: int) -> bool:
    """Whether anything of a class but its methods stands in a line."""
    return any(
        part.lineno <= line <= (part.end_lineno or part.lineno)
        for part in node.body
        if not isinstance(part, ast.FunctionDef)
    )
