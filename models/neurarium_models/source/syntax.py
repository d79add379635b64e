"""Python's syntax tree, of which a small part is understood; nothing in here executes anything."""

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from typing import Any

from neurarium_models.source.document import MAXIMUM_TEXT
from neurarium_models.source.parsing import parse

MAXIMUM_TOKENS = 4000
"""Words of one statement."""
MAXIMUM_NESTING = 50
"""Brackets in brackets."""
MAXIMUM_DEPTH = 8
"""Lists in lists, of settings."""


class Refused(Exception):  # noqa: N818, it is an answer
    """Something that cannot be represented, and where it stands."""

    def __init__(
        self, node: ast.AST | tuple[int, int], message: str, instead: str | None = None
    ) -> None:
        """Keep the place, the sentence, and what would be right in that place."""
        super().__init__(message)
        self.node, self.message, self.instead = node, message, instead

    def place(self, lines: Sequence[str]) -> tuple[int, int, int]:
        """Say line, character, and the character behind the end, all from 1 on; what is longer ends with its line."""
        if isinstance(self.node, tuple):
            line, column = self.node
            return line, column, column
        line = getattr(self.node, "lineno", 1)
        text = lines[line - 1] if line <= len(lines) else ""
        # Python's parser counts bytes.
        first = getattr(self.node, "col_offset", 0)
        last = getattr(self.node, "end_col_offset", None)
        if last is None or getattr(self.node, "end_lineno", line) != line:
            last = len(text.rstrip().encode())
        return line, _characters(text, first) + 1, _characters(text, last) + 1


def _characters(text: str, bytes_before: int) -> int:
    return len(text.encode()[:bytes_before].decode(errors="ignore"))


def parsed(text: str) -> ast.Module:
    """Read a text as Python, or raise Refused; its size is bounded before the parser sees it."""
    if len(text) > MAXIMUM_TEXT:
        raise Refused(
            (1, 1), f"This has {len(text):,} characters; at most {MAXIMUM_TEXT:,} are read."
        )
    try:
        _measure(text)
        return parse(text)
    except SyntaxError as error:
        place = (max(error.lineno or 1, 1), max(error.offset or 1, 1))
        raise Refused(place, f"This is not Python: {error.msg}.") from None
    except tokenize.TokenError as error:
        line, column = error.args[1] if len(error.args) > 1 else (1, 0)
        raise Refused(
            (max(line, 1), column + 1), "This is not Python: it ends too early."
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise Refused((1, 1), "This is not Python: it cannot be taken apart.") from None


def _measure(text: str) -> None:
    """Refuse what is nested or long beyond reason before Python's own parser meets it."""
    count = depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        count = 0 if token.type == tokenize.NEWLINE else count + 1
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if count > MAXIMUM_TOKENS or depth > MAXIMUM_NESTING:
            line, column = token.start
            what = (
                f"brackets within brackets, more than {MAXIMUM_NESTING} deep"
                if depth > MAXIMUM_NESTING
                else f"a statement of more than {MAXIMUM_TOKENS:,} words"
            )
            raise Refused((line, column + 1), f"Here is {what}: no network is written like that.")


def constant(node: ast.expr, depth: int = 0) -> Any:
    """Read a number, a word, true, false, none, or a list of these."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Tuple(elts=parts) | ast.List(elts=parts) if depth < MAXIMUM_DEPTH:
            return tuple(constant(part, depth + 1) for part in parts)
    message = (
        f"A setting is written out as a number, a word or a list of numbers, but here stands {described(node)}. "
        "Nothing is calculated here: write its value."
    )
    raise Refused(node, message)


def dotted(node: ast.expr) -> str:
    """Spell `nn.Linear` as it is written; an empty string for anything but a name or two."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=first), attr=second):
            return f"{first}.{second}"
    return ""


def member(node: ast.expr) -> str:
    """Return the name behind `self.`; an empty string for anything else."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
    return ""


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """List the statements of a body but for its docstring."""
    for number, statement in enumerate(body):
        match statement:
            case ast.Expr(value=ast.Constant(value=str())) if number == 0:
                continue
        yield statement


WHAT: dict[str, tuple[str, str]] = {
    "If": ("an `if`", "A graph computes the same steps for every example: it cannot choose."),
    "IfExp": ("a choice", "A graph computes the same steps for every example: it cannot choose."),
    "While": ("a `while`", "A graph has a fixed number of steps."),
    "For": ("a loop", "A loop can only go through a ModuleList: `for block in self.blocks:`."),
    "AugAssign": ("an assignment that changes a value", "Write `total = a + b` with a name of its own."),
    "Import": ("an import", "Only what the network needs of torch can be imported."),
    "ImportFrom": ("an import", "Only what the network needs of torch can be imported."),
    "FunctionDef": ("a function", "A network is made of classes with `__init__` and `forward`."),
    "AsyncFunctionDef": ("a function", "A network is made of classes with `__init__` and `forward`."),
    "ClassDef": ("a class", "Classes stand side by side in the file."),
    "Lambda": ("a function", "A graph consists of layers only."),
    "ListComp": ("a list that is calculated", "A graph has its parts written out."),
    "GeneratorExp": ("a list that is calculated", "Only nn.ModuleList repeats something."),
    "DictComp": ("a table that is calculated", "A graph has its parts written out."),
    "JoinedStr": ("a text with values in it", "A graph knows numbers only."),
    "Subscript": ("a choice of parts", "To pick a place there is `x.select(-2, 0)`."),
    "Attribute": ("an attribute", "Only what `__init__` has made can be used."),
    "Call": ("a call", "Only layers can be called: those that `__init__` has made."),
    "Expr": ("a line that keeps nothing", "Each line makes a layer or computes a value."),
    "Assign": ("an assignment", "Settings and values stand in classes."),
    "BinOp": ("a calculation", "Values can be added and multiplied: `a + b`, `a * b`."),
    "UnaryOp": ("a calculation", "Values can be added and multiplied: `a + b`, `a * b`."),
    "Compare": ("a comparison", "A graph computes the same steps for every example."),
    "BoolOp": ("a comparison", "A graph computes the same steps for every example."),
    "Constant": ("a constant", "A graph computes with its inputs only; constants are settings of layers."),
    "Starred": ("a `*`", "Values are given one by one."),
    "Await": ("an `await`", "A graph waits for nothing."),
    "NamedExpr": ("an assignment within an expression", "Give it a line of its own."),
    "With": ("a `with`", "A graph consists of layers only."),
    "Try": ("a `try`", "A graph consists of layers only."),
    "Global": ("a `global`", "A graph knows its own values only."),
    "Delete": ("a `del`", "A graph needs none: values go once nobody needs them."),
}  # fmt: skip
"""What people call pieces of Python, and why a graph has none."""


def described(node: ast.AST) -> str:
    """Say what a piece of Python is."""
    kind = type(node).__name__
    return WHAT[kind][0] if kind in WHAT else f"something else ({kind})"


def reason(node: ast.AST) -> str:
    """Say why a graph cannot have it."""
    return WHAT.get(type(node).__name__, ("", "A graph consists of layers only."))[1]
