"""Text into Python's syntax trees, one text at a time.

Python 3.11 counts the depth of all trees that are being made in one place: where another thread makes one meanwhile, it
raises `SystemError: AST constructor recursion depth mismatch` (CPython issue 106905).
"""

import ast
from threading import Lock

_LOCK = Lock()


def parse(text: str) -> ast.Module:
    """Make the tree of a file, or raise SyntaxError."""
    with _LOCK:
        return ast.parse(text)


def parse_expression(text: str) -> ast.expr:
    """Make the tree of an expression, or raise SyntaxError."""
    with _LOCK:
        return ast.parse(text, mode="eval").body
