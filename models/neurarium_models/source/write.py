"""From a graph to its source."""

import keyword
import re

from neurarium_models.graph import Block, Graph, Node
from neurarium_models.inspect import inspect
from neurarium_models.layout import lay_out
from neurarium_models.problem import Problem, Problems
from neurarium_models.source.arguments import arguments_of
from neurarium_models.source.document import Source, WriteError
from neurarium_models.source.forward import INDENT, Forward, ports, references
from neurarium_models.source.lines import GIVEN, TAKEN, Lines, annotated, call, value
from neurarium_models.source.own import needed, pieces
from neurarium_models.spelling import REQUIRED
from neurarium_models.wiring import Scope, enter, wire

IMPORTS = {
    "import math": r"\bmath\.",
    "from collections.abc import Callable": r"\bCallable\[",
    "from functools import reduce": r"\breduce\(",
    "from typing import Annotated": r"\bAnnotated\[",
    "import torch": r"\btorch\.(?!nn\b)",
    "from torch import Tensor, nn": r"",
    "from torch.nn import functional as F": r"\bF\.",
}
"""What a file imports if it matches."""
STANDARD = 4
"""How many of them are Python's own."""


def write(graph: Graph, name: str = "Network", *, unfit: bool = False) -> Source:
    """Write a network as PyTorch source, or raise WriteError saying what is wrong with the graph.

    `unfit`: write it also where sizes do not fit, with `...` for what follows from a misfit. Then it is to be read by
    people: torch cannot make it.
    """
    errors = inspect(graph).errors
    if errors and not (unfit and _is_wired(graph)):
        raise WriteError(errors)
    writer = _Writer(graph, name)
    writer.root()
    return writer.source(errors)


def _is_wired(graph: Graph) -> bool:
    """Whether every part is connected to something that there is, so that only sizes can be wrong."""
    problems = Problems()
    scopes = [wire(graph, problems)]
    if any(problem.severity == "error" for problem in problems.listed()):
        return False
    while scopes:
        scope = scopes.pop()
        parts = {part.id: part for part in scope.order}
        for reference in references(scope):
            name, _, port = reference.partition(":")
            if port and name in parts and port not in ports(parts[name]):
                return False
        scopes += scope.inside.values()
    return bool(lay_out(graph, fold=True).places)


def class_name(words: str) -> str:
    """Make a class's name of what a network is called: `the Mark I Perceptron` becomes `MarkIPerceptron`."""
    words = re.sub(r"^(a|an|the) ", "", words)
    joined = "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", words))
    joined = re.sub(r"^[0-9]+", "", joined)[:40]
    means_something = joined in pieces() or joined in GIVEN or keyword.iskeyword(joined)
    return joined if joined and not means_something else "Network"


class _Writer:
    """The classes that are written so far, and the layers that they bring along."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name
        self.layout = lay_out(graph, fold=True)
        self.places = {place.path: place for place in self.layout.places}
        self.own = {p.layer.spelling.name for p in self.layout.places if p.layer.spelling.own}
        self.classes: dict[tuple[str, ...], tuple[str, Lines]] = {}
        self.taken = {name, *GIVEN, *pieces()}

    def root(self) -> None:
        """Write the network itself; blocks come before it."""
        self._class(wire(self.graph, Problems()), "", self.name)

    def source(self, problems: list[Problem]) -> Source:
        """Put the file together."""
        lines = Lines()
        for piece in needed(self.own):
            lines.add("\n\n" + piece.text)
        for name, body in self.classes.values():
            lines.add(f"\n\nclass {name}(nn.Module):")
            lines.extend(body)
        text = "\n".join(lines.texts)
        wanted = [line for line, pattern in IMPORTS.items() if re.search(pattern, text)]
        standard = [line for line in list(IMPORTS)[:STANDARD] if line in wanted]
        head = Lines()
        for line in [*standard, *([""] if standard else []), *wanted[len(standard) :]]:
            head.add(line)
        head.extend(lines)
        return Source(
            name=self.name, text="\n".join(head.texts) + "\n", nodes=head.nodes, problems=problems
        )

    def _class(self, scope: Scope, prefix: str, name: str) -> str:
        """Write a class, unless an equal one is there already: its name."""
        made = Lines()
        for part in scope.order:
            if isinstance(part, Block):
                made.add(self._block(part, scope.inside[part.id], prefix), prefix + part.id)
            elif not part.layer.spelling.is_expression:
                made.add(self._module(part, prefix), prefix + part.id)
        body = Lines()
        ties = [] if prefix else [self._tie(o, p) for o, *others in self.graph.tied for p in others]
        if made.texts:
            body.add("    def __init__(self) -> None:\n        super().__init__()")
            body.extend(made)
            for line in ties:
                body.add(line)
            body.add("")
        forward = Forward(scope, prefix, self.places)
        statements = forward.write()
        body.add(self._signature(scope, forward, prefix))
        body.extend(statements)
        key = (*body.texts, *([] if prefix else [""]))
        if key in self.classes:
            name, known = self.classes[key]
            known.share(body)
            return name
        self.classes[key] = (name if not prefix else self._new(name), body)
        return self.classes[key][0]

    def _new(self, stem: str) -> str:
        stem = f"{stem}Block" if stem in TAKEN else stem
        name, number = stem, 2
        while name in self.taken:
            name, number = f"{stem}{number}", number + 1
        self.taken.add(name)
        return name

    def _block(self, block: Block, inside: Scope, prefix: str) -> str:
        path = prefix + block.id
        stem = "".join(word[:1].upper() + word[1:] for word in block.id.split("_"))
        runs: list[tuple[str, int]] = []
        for fold in self.layout.folds:
            if fold.path == path:
                name = self._class(inside, enter(prefix, block, fold.first or 0), stem)
                if runs and runs[-1][0] == name:
                    runs[-1] = (name, runs[-1][1] + fold.count)
                else:
                    runs.append((name, fold.count))
        if block.repeat is None:
            return f"        self.{block.id} = {runs[0][0]}()"
        each = [f"{name}() for _ in range({count})" for name, count in runs]
        if len(runs) == 1:
            return f"        self.{block.id} = nn.ModuleList({each[0]})"
        listed = [f"{n}()" if c == 1 else f"*({e})" for e, (n, c) in zip(each, runs, strict=True)]
        text = f"        self.{block.id} = nn.ModuleList([{', '.join(listed)}])"
        if len(text) <= 99:
            return text
        inner = "".join(f"                {line},\n" for line in listed)
        return f"        self.{block.id} = nn.ModuleList(\n            [\n{inner}            ]\n        )"

    def _module(self, node: Node, prefix: str) -> str:
        spelling = node.layer.spelling
        told = arguments_of(self.places[prefix + node.id])
        given = [
            value(told[name], 12) if default is REQUIRED else f"{name}={value(told[name], 12)}"
            for name, default in spelling.parameters.items()
            if default is REQUIRED or told[name] != default
        ]
        return call(INDENT, f"self.{node.id} = {spelling.name}", given)

    def _tie(self, owner: str, other: str) -> str:
        return f"        {_member(other)} = {_member(owner)}"

    def _signature(self, scope: Scope, forward: Forward, prefix: str) -> str:
        given = ["self"]
        for name, variable in forward.parameters.items():
            called = name if variable != name else ""
            if prefix:
                given.append(f"{variable}: {annotated(called)}")
                continue
            spec = self.graph.inputs[name]
            dtype = spec.dtype if spec.dtype != "float32" else ""
            notes = zip(spec.axes, spec.shape, strict=True)
            known = annotated(called, dtype, notes) if spec.axes else annotated(called, spec.dtype)
            given.append(f"{variable}: {known}")
        results = ", ".join(annotated(name) for name in scope.outputs)
        answer = results if len(scope.outputs) == 1 else f"tuple[{results}]"
        return call(4, "def forward", given, f" -> {answer}:")


def _member(path: str) -> str:
    """Write the path of a parameter as Python does: `blocks.0.weight` is `self.blocks[0].weight`."""
    return "self" + "".join(
        f"[{step}]" if step.isdecimal() else f".{step}" for step in path.split(".")
    )
