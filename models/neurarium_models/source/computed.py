"""A class of a source: what its `forward` computes."""

import ast
from typing import Any

from neurarium_models.graph import Block, Body, Node
from neurarium_models.layer import Layer
from neurarium_models.source import matching, signature
from neurarium_models.source.body import Known, Made, checked, make_layer
from neurarium_models.source.signature import Note, annotation, check_name
from neurarium_models.source.syntax import Refused, described, member, reason, statements
from neurarium_models.wiring import MAXIMUM_DEPTH, MAXIMUM_NODES


def read_forward(known: Known, function: ast.FunctionDef) -> None:
    """Read what is computed, or raise Refused."""
    _Forward(known, function).read()
    for name, made in known.made.items():
        if name not in known.places:
            message = (
                f"`self.{name}` is made, but `forward` never calls it: it would stand in no place."
            )
            raise Refused(made.node, message)
    body = {"inputs": list(known.inputs), "nodes": known.parts, "outputs": known.outputs}
    known.body = checked(lambda: Body(**body), function, known.name)


class _Forward:
    """Which variable stands for what, as far as it was read."""

    def __init__(self, known: Known, function: ast.FunctionDef) -> None:
        self.known, self.function = known, function
        parameters = signature.inputs(function)
        known.inputs = dict(parameters.values())
        self.held = {variable: name for variable, (name, _) in parameters.items()}
        self.called: set[str] = set()

    def read(self) -> None:
        """Read all statements."""
        body = list(statements(self.function.body))
        if not body or not isinstance(body[-1], ast.Return) or body[-1].value is None:
            raise Refused(
                body[-1] if body else self.function,
                "`forward` ends with `return` and what goes out.",
            )
        for statement in body[:-1]:
            self._statement(statement)
        self._return(body[-1].value)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._assign(name, value, Note(), statement)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._assign(name, value, annotation(statement.annotation), statement)
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call() as call):
                self._unpack([_variable(target) for target in targets], call)
            case ast.For(orelse=[]) if member(statement.iter) in self.known.made:
                self._loop(statement)
            case ast.Pass():
                pass
            case _:
                message = (
                    "In `forward` each line computes a value (`x = self.hidden(x)`), but here stands "
                    f"{described(statement)}. {reason(statement)}"
                )
                raise Refused(statement, message)

    def _return(self, value: ast.expr) -> None:
        parts = value.elts if isinstance(value, ast.Tuple) else [value]
        references = [self._value(part) for part in parts]
        names = signature.results(self.function)
        if names is None:
            names = [part.id if isinstance(part, ast.Name) else "y" for part in parts]
            self.known.unnamed = len(names) == 1
        if len(names) != len(parts) or len(set(names)) != len(names):
            message = (
                f"`forward` says that it gives {len(names)} outputs, each with a name of its own, but "
                f"it returns {len(parts)}."
            )
            raise Refused(value, message)
        self.known.outputs = dict(zip(names, references, strict=True))

    def _assign(self, name: str, value: ast.expr, note: Note, statement: ast.stmt) -> None:
        check_name(name, statement)
        if isinstance(value, ast.Name):
            self.held[name] = self._value(value)
            return
        if isinstance(value, ast.Call) and member(value.func):
            found = self._call(value, dict(note.pairs))
            if len(found) > 1:
                message = f"`self.{member(value.func)}` has {len(found)} outputs, which need a name each: `a, b = ...`."
                raise Refused(value, message)
            self.held[name] = found[0]
            return
        match = matching.find(value)
        if match is None:
            message = f"Here stands {described(value)} that is no layer. {reason(value)}"
            raise Refused(value, message)
        id = note.name or name
        if id in self.known.inputs:
            message = f"`{id}` is an input. What this line computes becomes a node and needs a name of its own."
            raise Refused(statement, message)
        layer = make_layer(match.entry, match.arguments, dict(note.pairs), value)
        given = [self._value(part) for part in match.given]
        self._add(Node, {"id": id, "layer": layer, "inputs": given}, value)
        self.known.arguments[id] = match.arguments
        self.held[name] = id

    def _unpack(self, targets: list[str], call: ast.Call) -> None:
        if not member(call.func):
            raise Refused(
                call, "Only a block or a layer with several outputs gives several values."
            )
        found = self._call(call, {})
        if len(found) != len(targets):
            message = f"`self.{member(call.func)}` has {len(found)} outputs, but here are {len(targets)} names."
            raise Refused(call, message)
        self.held |= dict(zip(targets, found, strict=True))

    def _value(self, node: ast.expr) -> str:
        """Find what an expression stands for: a variable, or a layer that is called on the spot."""
        if isinstance(node, ast.Name):
            if node.id not in self.held:
                raise Refused(node, f"There is no value `{node.id}` yet at this line.")
            return self.held[node.id]
        if isinstance(node, ast.Call) and member(node.func):
            found = self._call(node, {})
            if len(found) == 1:
                return found[0]
        if matching.find(node) is None:
            raise Refused(node, f"Here stands {described(node)} that is no layer. {reason(node)}")
        message = "What this computes becomes a node: give it a line and a name of its own."
        raise Refused(node, message)

    def _call(self, call: ast.Call, unsaid: dict[str, Any]) -> list[str]:
        """Read the call of a layer or block: what its outputs are called."""
        name = member(call.func)
        made = self.known.made.get(name)
        if made is None:
            raise Refused(call, f"`__init__` makes no `self.{name}`.")
        if name in self.called:
            message = (
                f"`self.{name}` is called a second time. A node stands in one place: make another, and "
                "tie their weights."
            )
            raise Refused(call, message)
        if made.repeated:
            raise Refused(call, f"Go through the repetitions in turn: `for block in self.{name}:`.")
        self.called.add(name)
        if made.entry is None:
            return self._place_block(name, made, call, None)
        layer = make_layer(made.entry, made.arguments, unsaid, made.node)
        inputs = _by_port(
            layer, self._given(call, layer.ports + layer.optional_ports, layer.spelling.name)
        )
        self._add(Node, {"id": name, "layer": layer, "inputs": inputs}, call)
        self.known.arguments[name] = made.arguments
        return _references(name, layer.returns)

    def _given(self, call: ast.Call, names: tuple[str, ...], what: str) -> dict[str, str]:
        """Match what is given to a layer or block with the names of its inputs."""
        pairs = [*zip(names, call.args, strict=False)]
        pairs += [(keyword.arg or "**", keyword.value) for keyword in call.keywords]
        if len(call.args) > len(names):
            raise Refused(
                call, f"{what} takes {len(names)} inputs, but {len(call.args)} are given."
            )
        found: dict[str, str] = {}
        for name, value in pairs:
            if name not in names or name in found:
                fault = "twice" if name in found else f"as `{name}`, which it does not have"
                raise Refused(value, f"{what} is given an input {fault}.")
            found[name] = self._value(value)
        return found

    def _loop(self, loop: ast.For) -> None:
        name = member(loop.iter)
        made = self.known.made[name]
        if not made.repeated or name in self.called:
            raise Refused(
                loop,
                f"A loop goes through a ModuleList, once; `self.{name}` is none, or was gone through.",
            )
        self.called.add(name)
        self.known.loops[name] = loop
        step = _variable(loop.target)
        match loop.body:
            case [
                ast.Assign(targets=[target], value=ast.Call(func=ast.Name(id=called)) as call)
            ] if called == step:
                targets = target.elts if isinstance(target, ast.Tuple) else [target]
            case _:
                raise Refused(
                    loop.body[0],
                    f"In the loop stands one line that calls the block: `x = {step}(x)`.",
                )
        variables = [_variable(one) for one in targets]
        body = made.classes[0].body
        if body is None or len(variables) != len(body.outputs):
            raise Refused(
                target,
                f"`{made.classes[0].name}` has {len(body.outputs if body else [])} outputs; each needs a name.",
            )
        found = self._place_block(
            name, made, call, len(made.classes), dict(zip(body.outputs, variables, strict=True))
        )
        self.held |= dict(zip(variables, found, strict=True))

    def _place_block(
        self,
        name: str,
        made: Made,
        call: ast.Call,
        repeat: int | None,
        kept: dict[str, str] | None = None,
    ) -> list[str]:
        block = made.classes[0]
        body = block.body
        for other in set(made.classes[1:]):
            if other.body != body:
                message = (
                    f"`{other.name}` computes something else than `{block.name}`: what repeats must be "
                    "alike but for sizes."
                )
                raise Refused(made.node, message)
        if body is None:
            raise Refused(call, f"`{block.name}` cannot be understood.")
        inputs = self._given(call, tuple(body.inputs), block.name)
        if kept is not None:
            _check_feedback(call, body, kept)
        inside = {"id": name, "block": body, "repeat": repeat, "inputs": inputs}
        self._add(Block, inside, call, block.size, block.depth)
        return _references(name, tuple(body.outputs))

    def _add(
        self,
        part: type[Node | Block],
        fields: dict[str, Any],
        node: ast.AST,
        size: int = 0,
        depth: int = 0,
    ) -> None:
        known, id = self.known, fields["id"]
        if (
            id in known.places
            or id in known.inputs
            or (
                part is Node
                and id in known.made
                and not member(getattr(node, "func", ast.Name("")))
            )
        ):
            raise Refused(
                node,
                f"There are two nodes called `{id}`, or an input is called so too. Rename one.",
            )
        known.size += 1 + size
        known.depth = max(known.depth, 1 + depth)
        if known.size > MAXIMUM_NODES:
            raise Refused(node, f"There are more than {MAXIMUM_NODES} nodes, which is the limit.")
        if known.depth > MAXIMUM_DEPTH:
            raise Refused(
                node, f"Blocks are nested deeper than {MAXIMUM_DEPTH} levels, which is the limit."
            )
        known.parts.append(checked(lambda: part(**fields), node, f"`{id}`"))
        known.places[id] = node


def _check_feedback(call: ast.Call, body: Body, kept: dict[str, str]) -> None:
    """A loop must hand on what a repeated block hands on: outputs that are called as inputs."""
    pairs = [*zip(body.inputs, call.args, strict=False)]
    pairs += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
    for name, value in pairs:
        variable = value.id if isinstance(value, ast.Name) else ""
        if name in kept and variable != kept[name]:
            message = (
                f"The output `{name}` feeds the input `{name}` of the next repetition, so both are one "
                "variable in the loop."
            )
            raise Refused(value, message)
        if name not in kept and variable in kept.values():
            message = (
                f"`{variable}` changes from one repetition to the next, so the block's output must be "
                f"called as its input, `{name}`."
            )
            raise Refused(value, message)


def _by_port(layer: Layer, given: dict[str, str]) -> list[str] | dict[str, str]:
    ports = layer.ports + layer.optional_ports
    in_order = list(ports[: len(given)]) == [port for port in ports if port in given]
    return [given[port] for port in ports if port in given] if in_order else given


def _references(id: str, ports: tuple[str, ...]) -> list[str]:
    return [id, *(f"{id}:{port}" for port in ports[1:])]


def _variable(node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise Refused(
            node, "What is computed gets a plain name: nothing else can be assigned in `forward`."
        )
    check_name(node.id, node)
    return node.id
