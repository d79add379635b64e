"""The first line of `forward`: what comes in and what goes out."""

import ast
from dataclasses import dataclass, field
from typing import Any

from neurarium_models.source.body import checked
from neurarium_models.source.lines import GIVEN
from neurarium_models.source.syntax import Refused, constant, dotted
from neurarium_models.tensor import TensorSpec

MEANT = GIVEN | {"sum", "len", "range", "tuple", "super"}
"""Names that mean something already in a source."""
DTYPES = {
    "torch.float32": "float32",
    "torch.int64": "int64",
    "torch.long": "int64",
    "torch.bool": "bool",
}


@dataclass
class Note:
    """What an annotation says of a tensor."""

    name: str = ""
    dtype: str = ""
    pairs: list[tuple[str, Any]] = field(default_factory=list)
    has_pairs: bool = False


def annotation(node: ast.expr | None) -> Note:
    """Read `Tensor` or `Annotated[Tensor, "name", torch.int64, {"T": 5}]`."""
    if node is None or dotted(node) in ("Tensor", "torch.Tensor"):
        return Note()
    match node:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *words])):
            if dotted(first) in ("Tensor", "torch.Tensor"):
                return _words(words)
    message = (
        'What is known of a tensor is written as `Annotated[Tensor, {"C": 1, "H": 32, "W": 32}]`.'
    )
    raise Refused(node, message)


def _words(words: list[ast.expr]) -> Note:
    note = Note()
    for word in words:
        match word:
            case ast.Constant(value=str() as name):
                note.name = name
            case ast.Attribute() if dotted(word) in DTYPES:
                note.dtype = DTYPES[dotted(word)]
            case ast.Dict(keys=keys, values=values) if not note.has_pairs:
                note.has_pairs = True
                for key, value in zip(keys, values, strict=True):
                    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                        raise Refused(
                            key or word, 'Here stands a name in quotation marks: `{"T": 5}`.'
                        )
                    note.pairs.append((key.value, constant(value)))
            case _:
                message = "A tensor is told its name, its element type (torch.int64) and the sizes of its axes."
                raise Refused(word, message)
    return note


def inputs(function: ast.FunctionDef) -> dict[str, tuple[str, TensorSpec | None]]:
    """Read the parameters: for each variable the input's name, and what it is where that is said."""
    given = function.args
    if given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs or given.defaults:
        raise Refused(function, "`forward` takes its inputs one by one, without defaults.")
    if not given.args or given.args[0].arg != "self":
        raise Refused(function, "`forward` takes `self`, and then its inputs.")
    found: dict[str, tuple[str, TensorSpec | None]] = {}
    for parameter in given.args[1:]:
        check_name(parameter.arg, parameter)
        note = annotation(parameter.annotation)
        name = note.name or parameter.arg
        if name in [known for known, _ in found.values()]:
            raise Refused(parameter, f"Two inputs are called `{name}`.")
        found[parameter.arg] = (name, _spec(note, parameter))
    return found


def _spec(note: Note, node: ast.AST) -> TensorSpec | None:
    if not note.has_pairs and not note.dtype:
        return None
    fields = {
        "axes": [name for name, _ in note.pairs],
        "shape": [size for _, size in note.pairs],
        "dtype": note.dtype or "float32",
    }
    spec: TensorSpec = checked(lambda: TensorSpec.model_validate(fields), node, "this input")
    return spec


def results(function: ast.FunctionDef) -> list[str] | None:
    """Read what the outputs are called; None where it is not said."""
    match function.returns:
        case None:
            return None
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=parts)):
            names = [annotation(part).name for part in parts]
        case node:
            names = [annotation(node).name]
    return names if all(names) else None


def check_name(name: str, node: ast.AST) -> None:
    """Refuse a variable whose name means something else."""
    if name in MEANT:
        raise Refused(node, f"`{name}` means something else in this file. Call it `{name}_`, say.")
