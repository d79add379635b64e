"""Whether an expression is a layer that torch has no module for: `a + b`, `torch.cat([a, b], dim=-1)`."""

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from neurarium_models.layer import Layer
from neurarium_models.layers import LAYERS
from neurarium_models.source.parsing import parse_expression
from neurarium_models.source.syntax import Refused, constant
from neurarium_models.spelling import PARAMETERS

OPERATORS: dict[str, type[ast.operator]] = {"+": ast.Add, "*": ast.Mult}


@dataclass
class Match:
    """A layer that was found: what it is given by port, or in a row, and its numbers."""

    entry: type[Layer]
    ports: dict[str, ast.expr] = field(default_factory=dict)
    row: list[ast.expr] = field(default_factory=list)
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def given(self) -> list[ast.expr]:
        """List the inputs in the order of the ports."""
        return self.row or [self.ports[port] for port in self.entry.ports]


def find(expression: ast.expr) -> Match | None:
    """Find the layer that an expression is, if it is any."""
    for entry in LAYERS.values():
        if not entry.spelling.is_expression:
            continue
        if entry.spelling.operator and isinstance(expression, ast.BinOp):
            match = Match(entry, row=_row(expression, OPERATORS[entry.spelling.operator]))
            if len(match.row) > 1:
                return match
        for text in entry.spelling.templates:
            match = Match(entry)
            if _fits(_template(text), expression, match):
                return match
    return None


@cache
def _template(text: str) -> ast.expr:
    return parse_expression(text)


def _row(expression: ast.expr, operator: type[ast.operator]) -> list[ast.expr]:
    """Take `a + b + c` apart: from the left, without brackets, as it is calculated."""
    found: list[ast.expr] = []
    while isinstance(expression, ast.BinOp) and isinstance(expression.op, operator):
        found.append(expression.right)
        expression = expression.left
    return [expression, *reversed(found)]


def _fits(template: ast.AST, node: ast.AST, match: Match) -> bool:
    if isinstance(template, ast.Name) and isinstance(node, ast.expr):
        if template.id in PARAMETERS:
            return _number(template.id, node, match)
        if template.id in match.entry.ports:
            known = match.ports.setdefault(template.id, node)
            return known is node or ast.dump(known) == ast.dump(node)
    if type(template) is not type(node):
        return False
    if isinstance(template, ast.Call) and isinstance(node, ast.Call):
        return _call_fits(template, node, match)
    if isinstance(node, ast.List | ast.Tuple):
        match.row = list(node.elts)
        return bool(match.row) and not any(isinstance(e, ast.Starred) for e in match.row)
    fields = [(getattr(template, name), getattr(node, name)) for name in template._fields]
    return all(
        _fits(a, b, match) if isinstance(a, ast.AST) else type(a) is type(b) and a == b
        for a, b in fields
    )


def _call_fits(template: ast.Call, node: ast.Call, match: Match) -> bool:
    if not _fits(template.func, node.func, match):
        return False
    wanted, given = list(template.args), list(node.args)
    if wanted and isinstance(wanted[-1], ast.Starred) and isinstance(wanted[-1].value, ast.Name):
        fixed = len(wanted) - 1
        rest = ast.Tuple(given[fixed:], ast.Load(), lineno=node.lineno, col_offset=node.col_offset)
        if len(given) <= fixed or not _number(wanted[-1].value.id, rest, match):
            return False
        wanted, given = wanted[:-1], given[:fixed]
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    asked = {keyword.arg: keyword.value for keyword in template.keywords}
    if (
        len(wanted) != len(given)
        or named.keys() != asked.keys()
        or len(named) != len(node.keywords)
    ):
        return False
    return all(_fits(a, b, match) for a, b in zip(wanted, given, strict=True)) and all(
        _fits(asked[name], named[name], match) for name in asked
    )


def _number(name: str, node: ast.expr, match: Match) -> bool:
    try:
        match.arguments[name] = constant(node)
    except Refused:
        return False
    return True
