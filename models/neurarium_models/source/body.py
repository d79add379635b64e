"""A class of a source: what its `__init__` makes."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from neurarium_models.graph import Body
from neurarium_models.layer import Layer
from neurarium_models.layers import LAYERS
from neurarium_models.source.syntax import (
    Refused,
    constant,
    described,
    dotted,
    member,
    reason,
    statements,
)
from neurarium_models.spelling import REQUIRED
from neurarium_models.tensor import TensorSpec
from neurarium_models.wiring import Part

MAXIMUM_REPEAT = 1024
SPELLED = {e.spelling.name: e for e in LAYERS.values() if not e.spelling.is_expression}
"""Layers by the name of their class in a source."""


@dataclass
class Made:
    """What stands behind a name of `self`."""

    node: ast.expr
    entry: type[Layer] | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    written: dict[str, ast.expr] = field(default_factory=dict)
    """Where each argument stands that is written."""
    classes: tuple["Known", ...] = ()
    """The block's class, for each repetition."""
    repeated: bool = False


@dataclass(eq=False)
class Known:
    """A class that was understood."""

    name: str
    node: ast.ClassDef
    made: dict[str, Made] = field(default_factory=dict)
    ties: list[tuple[str, str, ast.stmt]] = field(default_factory=list)
    """Parameters that are one: owner, other, where it is said."""
    inputs: dict[str, TensorSpec | None] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    places: dict[str, ast.AST] = field(default_factory=dict)
    """Where each part is computed."""
    loops: dict[str, ast.For] = field(default_factory=dict)
    """The loop around each block that is gone through."""
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Numbers that are written for each node."""
    size: int = 0
    """Nodes, with those of inner blocks."""
    depth: int = 1
    used: bool = False
    """Whether another class has it."""
    body: Body | None = None
    unnamed: bool = False
    """Whether it has one output and does not say what that is called: a network's is `y` then."""


def read_init(known: Known, function: ast.FunctionDef, classes: dict[str, Known]) -> None:
    """Read what `__init__` makes, or raise Refused."""
    given = function.args
    if (
        [a.arg for a in given.args] != ["self"]
        or given.vararg
        or given.kwarg
        or given.kwonlyargs
        or given.posonlyargs
    ):
        raise Refused(
            function, "`__init__` takes nothing but `self`: all settings are written out in it."
        )
    body = list(statements(function.body))
    if not body or ast.dump(body[0]) != SUPER:
        raise Refused(body[0] if body else function, "`__init__` begins with `super().__init__()`.")
    for statement in body[1:]:
        match statement:
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ):
                pass
            case ast.Pass():
                continue
            case _:
                message = (
                    "In `__init__` each line makes a layer (`self.name = nn.Linear(2, 4)`), but here "
                    f"stands {described(statement)}. {reason(statement)}"
                )
                raise Refused(statement, message)
        name = member(target)
        if not name:
            known.ties.append((_path(value), _path(target), statement))
        elif name in known.made:
            raise Refused(target, f"`self.{name}` is made twice. Give one of them another name.")
        else:
            known.made[name] = _made(value, classes)


SUPER = ast.dump(ast.parse("super().__init__()").body[0])


def _path(node: ast.expr) -> str:
    """Read `self.blocks[0].weight` as `blocks.0.weight`."""
    steps: list[str] = []
    here = node
    while not isinstance(here, ast.Name):
        match here:
            case ast.Attribute(value=inner, attr=name):
                steps.append(name)
            case ast.Subscript(value=inner, slice=ast.Constant(value=int() as number)) if (
                number >= 0
            ):
                steps.append(str(number))
            case _:
                steps.clear()
                break
        here = inner
    if (
        not isinstance(here, ast.Name)
        or here.id != "self"
        or len(steps) < 2
        or not steps[0].isidentifier()
    ):
        message = (
            "In `__init__` a line makes a layer (`self.name = nn.Linear(2, 4)`), or makes two "
            "parameters one (`self.a.weight = self.b.weight`)."
        )
        raise Refused(node, message)
    return ".".join(reversed(steps))


def _made(value: ast.expr, classes: dict[str, Known]) -> Made:
    if not isinstance(value, ast.Call):
        message = f"A layer is made by calling its class, as in `nn.Linear(2, 4)`, but here stands {described(value)}."
        raise Refused(value, message)
    name = dotted(value.func)
    if name == "nn.ModuleList":
        return Made(value, classes=tuple(_repetitions(value, classes)), repeated=True)
    if name in classes:
        return Made(value, classes=(_block(value, classes),))
    if name not in SPELLED:
        if not name:
            raise Refused(value, "Only classes of torch.nn and of this file can be called here.")
        hint = " Classes are written above those that use them." if "." not in name else ""
        raise Refused(value, f"There is no layer `{name}` here.{hint}")
    written = bound(value, SPELLED[name])
    defaults = SPELLED[name].spelling.parameters
    arguments = {**defaults} | {name: _setting(node) for name, node in written.items()}
    return Made(value, SPELLED[name], arguments, written)


def bound(call: ast.Call, entry: type[Layer]) -> dict[str, ast.expr]:
    """Match what is written in a call with the parameters."""
    spelling = entry.spelling
    names = list(spelling.parameters)
    given: dict[str, ast.expr] = {}
    if len(call.args) > len(names):
        raise Refused(
            call,
            f"{spelling.name} takes at most {len(names)} settings, but {len(call.args)} are given.",
        )
    pairs = [(names[i], node) for i, node in enumerate(call.args)]
    pairs += [(keyword.arg or "**", keyword.value) for keyword in call.keywords]
    for name, node in pairs:
        if name not in spelling.parameters:
            message = (
                f"{spelling.name} has no setting `{name}` that a graph knows. It has: "
                f"{', '.join(names) or 'none'}."
            )
            raise Refused(node, message)
        if name in given:
            raise Refused(node, f"The setting `{name}` of {spelling.name} is given twice.")
        given[name] = node
    for name, default in spelling.parameters.items():
        if default is REQUIRED and name not in given:
            raise Refused(call, f"{spelling.name} needs the setting `{name}`.")
    return given


def _setting(node: ast.expr) -> Any:
    """Read a setting; `...` leaves to the network what follows from the inputs."""
    match node:
        case ast.Constant(value=value) if value is ...:
            return ...
    return constant(node)


def _block(node: ast.expr, classes: dict[str, Known]) -> Known:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]) if name in classes:
            classes[name].used = True
            return classes[name]
    message = "A block is made by its class alone, as in `Encoder()`: settings stand in the class, which stands above."
    raise Refused(node, message)


def _repetitions(call: ast.Call, classes: dict[str, Known]) -> list[Known]:
    match call:
        case ast.Call(args=[ast.GeneratorExp() | ast.ListComp() as repeated], keywords=[]):
            found = _counted(repeated, classes)
        case ast.Call(args=[ast.List(elts=parts)], keywords=[]):
            found = []
            for part in parts:
                match part:
                    case ast.Starred(value=ast.GeneratorExp() | ast.ListComp() as repeated):
                        found += _counted(repeated, classes)
                    case _:
                        found.append(_block(part, classes))
                if len(found) > MAXIMUM_REPEAT:
                    break
        case _:
            raise Refused(
                call, "A ModuleList repeats a block: `nn.ModuleList(Encoder() for _ in range(6))`."
            )
    if not 1 <= len(found) <= MAXIMUM_REPEAT:
        raise Refused(call, f"A block is repeated 1 to {MAXIMUM_REPEAT:,} times.")
    return found


def _counted(node: ast.GeneratorExp | ast.ListComp, classes: dict[str, Known]) -> list[Known]:
    match node.generators:
        case [
            ast.comprehension(
                target=ast.Name(),
                iter=ast.Call(
                    func=ast.Name(id="range"),
                    args=[ast.Constant(value=int() as count)],
                    keywords=[],
                ),
                ifs=[],
                is_async=0,
            )
        ] if 1 <= count <= MAXIMUM_REPEAT:
            return [_block(node.elt, classes)] * count
    message = f"A block is repeated a fixed number of times, 1 to {MAXIMUM_REPEAT:,}: `for _ in range(6)`."
    raise Refused(node, message)


def make_layer(
    entry: type[Layer], arguments: dict[str, Any], unsaid: dict[str, Any], node: ast.AST
) -> Layer:
    """Make the layer that some numbers tell, or raise Refused with what is wrong with them."""
    settings = entry.settings_from(arguments) | unsaid
    for name, setting in settings.items():
        if setting is ...:
            message = (
                f"`...` stands for a number that follows from the inputs, but `{name}` of "
                f"{entry.spelling.name} is chosen: write it out."
            )
            raise Refused(node, message)
    layer: Layer = checked(lambda: entry(**settings), node, entry.__name__)
    return layer


def checked(make: Callable[[], Any], node: ast.AST, what: str) -> Any:
    """Make a part of a graph, or raise Refused with the first thing that is wrong with it."""
    try:
        return make()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "settings"
        said = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise Refused(node, f"`{where}` of {what} cannot be so: {said}.") from None
