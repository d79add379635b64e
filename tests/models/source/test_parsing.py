"""Texts become trees one at a time, as Python 3.11 mixes up trees that are made at once."""

import ast
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread

import pytest

from neurarium_models.source.parsing import parse, parse_expression


def most_at_once(begin: Sequence[Callable[[], object]], monkeypatch: pytest.MonkeyPatch) -> int:
    """Begin several in threads; say how many were in Python's parser at once."""
    inside, most, counting = 0, 0, Lock()
    another = Event()
    make = ast.parse

    def note(text: str, mode: str = "exec") -> ast.AST:
        nonlocal inside, most
        with counting:
            inside += 1
            most = max(most, inside)
            if inside > 1:
                another.set()
        another.wait(0.2)  # for one that does not wait its turn
        tree = make(text, mode=mode)
        with counting:
            inside -= 1
        return tree

    monkeypatch.setattr(ast, "parse", note)
    threads = [Thread(target=each) for each in begin]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most


def test_texts_wait_for_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [lambda: parse("x = 1"), lambda: parse_expression("x + 1")]
    assert most_at_once(both, monkeypatch) == 1


def test_python_alone_would_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [lambda: ast.parse("x = 1"), lambda: ast.parse("x + 1", mode="eval")]
    assert most_at_once(both, monkeypatch) == 2
