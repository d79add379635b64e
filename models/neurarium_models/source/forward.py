"""The `forward` of a graph or block: its nodes in order of computation, with variables as a person would call them."""

import ast
from collections import Counter
from collections.abc import Sequence
from typing import cast

from neurarium_models.graph import Block, Node
from neurarium_models.layer import Layer
from neurarium_models.layout import Place
from neurarium_models.source.arguments import arguments_of, unsaid
from neurarium_models.source.lines import Lines, Names, annotated, call
from neurarium_models.source.parsing import parse_expression
from neurarium_models.wiring import Part, Scope

Value = tuple[str, str]
"""An input (with an empty port), or an output of a part."""
INDENT = 8


class Forward:
    """What is written so far, which variable holds which value, and how often each is still needed."""

    def __init__(self, scope: Scope, prefix: str, places: dict[str, Place]) -> None:
        self.scope, self.prefix, self.places = scope, prefix, places
        self.lines = Lines()
        self.names = Names()
        self.parts = {part.id: part for part in scope.order}
        self.parameters = {name: self.names.new(name) for name in scope.inputs}
        self.own = {id: self.names.new(id) for id in self.parts}
        self.held: dict[Value, str] = {
            (name, ""): variable for name, variable in self.parameters.items()
        }
        self.left = Counter(self.find(reference) for reference in references(scope))

    def write(self) -> Lines:
        """Write all statements."""
        for part in self.scope.order:
            if isinstance(part, Block):
                self._block(part)
            else:
                self._node(part)
        results = ", ".join(self.take([*self.scope.outputs.values()]))
        self.lines.add(f"{' ' * INDENT}return {results}")
        return self.lines

    def find(self, reference: str) -> Value:
        """Say which value a reference stands for."""
        name, _, port = reference.partition(":")
        return (name, "") if name not in self.parts else (name, port or ports(self.parts[name])[0])

    def take(self, references: Sequence[str]) -> list[str]:
        """Use some values: the variables that hold them."""
        values = [self.find(reference) for reference in references]
        self.left.subtract(values)
        return [self.held[value] for value in values]

    def _node(self, node: Node) -> None:
        layer, path = node.layer, self.prefix + node.id
        given = arguments_of(self.places[path])
        notes = [(name, note) for name, note in unsaid(layer, given).items()]
        wires = [(port, source) for port, source in self.scope.wires[node.id] if source is not None]
        variables = self.take([source for _, source in wires])
        if layer.spelling.is_expression:
            variable = self.own[node.id]
            self.held[node.id, layer.returns[0]] = variable
            text = formula(layer, [port for port, _ in wires], variables, given)
            name = node.id if variable != node.id else ""
        else:
            inputs = [
                f"{port}={variable}" if port in layer.optional_ports else variable
                for (port, _), variable in zip(wires, variables, strict=True)
            ]
            variable = self._target(node, [source for _, source in wires])
            text, name = call(0, f"self.{node.id}", inputs), ""
        note = f": {annotated(name, '', notes)}" if name or notes else ""
        line = f"{variable}{note} = {text}"
        self.lines.add("\n".join(" " * INDENT + part for part in line.split("\n")), path)

    def _block(self, block: Block) -> None:
        sources = [block.inputs[name] for name in block.block.inputs]
        path = self.prefix + block.id
        if block.repeat is not None:
            self._loop(block, sources, path)
            return
        given = self.take(sources)
        target = self._target(block, sources)
        self.lines.add(call(INDENT, f"{target} = self.{block.id}", given), path)

    def _loop(self, block: Block, sources: list[str], path: str) -> None:
        """Write a repeated block: outputs that feed inputs are kept in one variable each."""
        given = self.take(sources)
        fed = [name for name in block.block.inputs if name in block.block.outputs]
        variables: dict[str, str] = {}
        for name, source, variable in zip(block.block.inputs, sources, given, strict=True):
            variables[name] = variable
            if name not in fed:
                continue
            again = self.left[self.find(source)] > 0 or given.count(variable) > 1
            if again or variable not in self.parameters.values():
                wanted = self.own[block.id] if len(fed) == 1 else f"{block.id}_{name}"
                variables[name] = wanted if len(fed) == 1 else self.names.new(wanted)
                self.lines.add(f"{' ' * INDENT}{variables[name]} = {variable}", path)
        targets = []
        for port in block.block.outputs:
            if port in fed:
                target = variables[port]
            elif len(block.block.outputs) == 1:
                target = self.own[block.id]
            else:
                target = self.names.new(f"{block.id}_{port}")
            self.held[block.id, port] = target
            targets.append(target)
        step = self.names.new("block")
        self.lines.add(f"{' ' * INDENT}for {step} in self.{block.id}:", path)
        head = f"{', '.join(targets)} = {step}"
        self.lines.add(call(INDENT + 4, head, variables.values()), path)

    def _target(self, part: Part, sources: Sequence[str]) -> str:
        """Choose variables for what comes out: that of an input which nobody needs any more, or new ones."""
        named = ports(part)
        if len(named) == 1:
            first = self.find(sources[0]) if sources else None
            variable = self.own[part.id]
            if first and not self.left[first] and self.held[first] in self.parameters.values():
                variable = self.held[first]
            self.held[part.id, named[0]] = variable
            return variable
        for port in named:
            used = self.left[part.id, port] > 0
            self.held[part.id, port] = self.names.new(f"{part.id}_{port}") if used else "_"
        return ", ".join(self.held[part.id, port] for port in named)


def ports(part: Part) -> Sequence[str]:
    """Name the outputs of a part, in order."""
    return list(part.block.outputs) if isinstance(part, Block) else part.layer.returns


def references(scope: Scope) -> list[str]:
    """List everything that is read in a scope, as often as it is."""
    found = list(scope.outputs.values())
    for part in scope.order:
        if isinstance(part, Block):
            found += [part.inputs[name] for name in part.block.inputs]
        else:
            found += [source for _, source in scope.wires[part.id] if source is not None]
    return found


def formula(
    layer: Layer, ports: list[str], variables: list[str], arguments: dict[str, object]
) -> str:
    """Write a layer that is an expression."""
    spelling = layer.spelling
    if spelling.operator and len(variables) > 1:
        return f" {spelling.operator} ".join(variables)
    tree = parse_expression(spelling.templates[0])
    given = dict(zip(ports, variables, strict=False))
    return ast.unparse(_Filled(given, variables, arguments).visit(tree))


class _Filled(ast.NodeTransformer):
    """Puts variables and numbers into a template."""

    def __init__(
        self, given: dict[str, str], variables: list[str], arguments: dict[str, object]
    ) -> None:
        self.given, self.variables, self.arguments = given, variables, arguments

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.given:
            return ast.Name(self.given[node.id], ast.Load())
        if node.id in self.arguments:
            return ast.Constant(cast("int", self.arguments[node.id]))
        return node

    def visit_List(self, node: ast.List) -> ast.expr:
        return ast.List([ast.Name(name, ast.Load()) for name in self.variables], ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        given: list[ast.expr] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
                numbers = self.arguments[argument.value.id]
                several = [...] if numbers is ... else cast("tuple[int, ...]", numbers)
                given += [ast.Constant(number) for number in several]
            else:
                given.append(self.visit(argument))
        keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
        return ast.Call(self.visit(node.func), given, keywords)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return ast.Attribute(self.visit(node.value), node.attr, ast.Load())
