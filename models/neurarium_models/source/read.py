"""From a source to its graph: exactly the language that is written, and everything else is explained."""

import ast
import re
from typing import Any

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.layout import lay_out
from neurarium_models.source import own
from neurarium_models.source.body import Known, checked, read_init
from neurarium_models.source.computed import read_forward
from neurarium_models.source.document import MAXIMUM_TEXT, Reading, SourceProblem
from neurarium_models.source.lines import GIVEN
from neurarium_models.source.standing import Standing
from neurarium_models.source.syntax import Refused, described, dotted, parsed, reason, statements

IMPORTS = {
    "import math", "import torch", "import torch.nn as nn", "import torch.nn.functional as F",
    "from torch import nn", "from torch import Tensor", "from typing import Annotated",
    "from torch.nn import functional as F", "from functools import reduce",
    "from __future__ import annotations", "from collections.abc import Callable",
}  # fmt: skip
NEW_LINE = re.compile(r"\r\n|\r|\n")
"""Where Python's parser begins another line."""


def read(text: str) -> Reading:
    """Read a source; never raises, and never executes anything: what cannot be represented is listed."""
    lines = NEW_LINE.split(text) if len(text) <= MAXIMUM_TEXT else []
    try:
        root = _root(_classes(parsed(text)))
        graph = _graph(root)
    except Refused as refused:
        return Reading(problems=_problems([refused], lines))
    except RecursionError:
        return Reading(problems=_problems([Refused((1, 1), "This is nested too deeply.")], lines))
    errors = inspect(graph).errors
    if errors:
        found = [Refused(_place(root, error.node), error.message) for error in errors]
        return Reading(name=root.name, problems=_problems(found, lines))
    standing = Standing(root, lay_out(graph, fold=True))
    found = standing.differing()
    if found:
        return Reading(name=root.name, problems=_problems(found, lines))
    # As many as are written: the last line ends, too.
    count = len(lines) - 1 if not lines[-1] else len(lines)
    return Reading(name=root.name, graph=graph, nodes=standing.about(count))


def _problems(found: list[Refused], lines: list[str]) -> list[SourceProblem]:
    problems = set()
    for refused in found:
        line, column, end = refused.place(lines)
        problems.add(
            SourceProblem(
                line=line, column=column, end=end, message=refused.message, instead=refused.instead
            )
        )
    return sorted(problems, key=lambda problem: (problem.line, problem.column, problem.message))


def _classes(tree: ast.Module) -> dict[str, Known]:
    """Read all classes, from the top."""
    classes: dict[str, Known] = {}
    for statement in statements(tree.body):
        match statement:
            case ast.Import(names=names) | ast.ImportFrom(names=names, level=0):
                _check_imports(statement, names)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) if name in own.pieces():
                _check_own(statement, name)
            case ast.Assign(targets=[ast.Name(id=name)]) if name in own.pieces():
                _check_own(statement, name)
            case ast.ClassDef(name=name):
                if name in classes or name in GIVEN:
                    raise Refused(statement, f"There is another `{name}`. Rename this class.")
                classes[name] = _class(statement, classes)
            case _:
                message = (
                    f"A file consists of imports and classes, but here stands {described(statement)}. "
                    f"{reason(statement)}"
                )
                raise Refused(statement, message)
    return classes


def _check_imports(statement: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> None:
    for alias in names:
        one = ast.Import([alias])
        if isinstance(statement, ast.ImportFrom):
            one = ast.ImportFrom(statement.module, [alias], 0)  # type: ignore[assignment]
        if ast.unparse(one) not in IMPORTS:
            message = (
                f"`{ast.unparse(one)[:80]}` cannot be: a network needs nothing but torch, and this is "
                "never executed here."
            )
            raise Refused(statement, message)


def _check_own(statement: ast.stmt, name: str) -> None:
    if own.bare(statement) != own.shape(name):
        message = (
            f"`{name}` is a layer of Neurarium, and here it is another one: its inside cannot be "
            "changed in a graph."
        )
        raise Refused(statement, message)


def _class(node: ast.ClassDef, classes: dict[str, Known]) -> Known:
    if (
        [dotted(base) for base in node.bases] != ["nn.Module"]
        or node.keywords
        or node.decorator_list
    ):
        raise Refused(
            node, f"A network or block is a class of its own kind: `class {node.name}(nn.Module):`."
        )
    methods: dict[str, ast.FunctionDef] = {}
    for statement in statements(node.body):
        match statement:
            case ast.FunctionDef(name="__init__" | "forward" as name, decorator_list=[]) if (
                name not in methods
            ):
                methods[name] = statement
            case _:
                message = (
                    "A class has `__init__` and `forward` only, each once, but here stands "
                    f"{described(statement)}. {reason(statement)}"
                )
                raise Refused(statement, message)
    known = Known(node.name, node)
    if "forward" not in methods:
        raise Refused(node, f"`{node.name}` has no `forward`: nobody knows what it computes.")
    if "__init__" in methods:
        read_init(known, methods["__init__"], classes)
    read_forward(known, methods["forward"])
    return known


def _root(classes: dict[str, Known]) -> Known:
    """Find the network: the class that no other has."""
    roots = [known for known in classes.values() if not known.used]
    if not roots:
        raise Refused((1, 1), "There is no network: no class of nn.Module with a `forward`.")
    if len(roots) > 1:
        names = ", ".join(f"`{known.name}`" for known in roots)
        raise Refused(
            roots[0].node, f"{names} are not used by another class. One network is the limit."
        )
    for known in classes.values():
        if known.ties and known is not roots[0]:
            raise Refused(
                known.ties[0][2], "Parameters are made one in the network's own class, at the end."
            )
    return roots[0]


def _graph(root: Known) -> Graph:
    inputs = {}
    for name, spec in root.inputs.items():
        if spec is None:
            message = (
                f'How large is the input `{name}`? Say so: `{name}: Annotated[Tensor, {{"D": 2}}]`, '
                "without the batch."
            )
            raise Refused(root.node, message)
        inputs[name] = spec
    outputs = {"y": next(iter(root.outputs.values()))} if root.unnamed else root.outputs
    tied: dict[str, list[str]] = {}
    for owner, other, _ in root.ties:
        tied.setdefault(owner, [owner]).append(other)
    fields: dict[str, Any] = {
        "inputs": inputs, "nodes": root.parts, "outputs": outputs, "tied": list(tied.values()),
    }  # fmt: skip
    graph: Graph = checked(lambda: Graph(**fields), root.node, root.name)
    return graph


def _place(root: Known, path: str) -> ast.AST:
    """Find where a node is computed; a parameter stands where it is tied."""
    for owner, other, statement in root.ties:
        if path in (owner, other):
            return statement
    known, place = root, ast.AST()
    place = root.node
    for step in path.split("."):
        if step.isdecimal():
            continue
        if step not in known.places:
            break
        place = known.places[step]
        if step not in known.made or not known.made[step].classes:
            break
        known = known.made[step].classes[0]
    return place
