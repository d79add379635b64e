"""How a layer is written in PyTorch: as a module that is made once and then called, or as an expression."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class Required:
    """What stands for a default where there is none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()


@dataclass(frozen=True)
class Spelling:
    """One way of writing a layer. Parameters are torch's, in torch's order, with torch's defaults."""

    name: str
    """The class, as it is written: `nn.Linear`; for an expression, what people call it: `torch.cat`."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    """Parameters that are called otherwise here: `dim` says the setting `axis`."""
    own: str = ""
    """The module of this package that holds the class; empty: torch has it."""
    templates: tuple[str, ...] = ()
    """Expressions in the names of ports and parameters; the first is written, all are understood."""
    operator: str = ""
    """`+` or `*` between any number of inputs; the template serves where there is one only."""

    @property
    def is_expression(self) -> bool:
        """Whether there is no module to be made."""
        return bool(self.templates)

    @property
    def required(self) -> list[str]:
        """Parameters without a default, which are written without their names."""
        return [name for name, default in self.parameters.items() if default is REQUIRED]


def module(
    name: str, *required: str, says: Mapping[str, str] | None = None, **defaults: Any
) -> Spelling:
    """Spell a layer that torch has; parameters that no setting stands for keep their defaults."""
    return Spelling(name, dict.fromkeys(required, REQUIRED) | defaults, says or {})


def own_module(
    name: str,
    *required: str,
    file: str = "modules",
    says: Mapping[str, str] | None = None,
    **defaults: Any,
) -> Spelling:
    """Spell a layer whose class is in a file of this package: it is written out beside the network."""
    return Spelling(name, dict.fromkeys(required, REQUIRED) | defaults, says or {}, own=file)


def expression(
    name: str, *templates: str, says: Mapping[str, str] | None = None, operator: str = ""
) -> Spelling:
    """Spell a layer that is no module: `input.unsqueeze(dim)`. Names are ports or parameters; `*input`: any number."""
    names = {
        node.id
        for text in templates
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name)
    }
    parameters = sorted(names.intersection(PARAMETERS))
    return Spelling(name, dict.fromkeys(parameters, REQUIRED), says or {}, "", templates, operator)


PARAMETERS = frozenset({"dim", "dims", "index", "shape"})
"""Names in templates that stand for numbers; the others are ports."""

AXIS = {"dim": "axis"}
"""Torch counts axes, and calls them dimensions; here they may have names."""


def literal(value: Any) -> str:
    """Write a setting as Python does; a whole number is written without `.0`, whatever the setting's type."""
    if isinstance(value, tuple | list):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, str):
        return json.dumps(value)
    if value is ...:
        return "..."
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)
