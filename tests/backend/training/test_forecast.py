"""What an edit keeps is said before it is made: by shapes alone, and as it then comes about."""

import random
import subprocess
import sys

import pytest

from neurarium.training.forecast import forecast
from neurarium.training.surgery import transfer
from neurarium_models.graph import Graph
from neurarium_models.network import build_network
from tests.backend.training.edits import Document, convolved, deep, learned
from tests.backend.training.jobs import graph, linear
from tests.backend.training.test_surgery_at_random import edited, grown


def agree(before: Document, after: Document) -> None:
    old = learned(before)
    new = build_network(Graph.model_validate(after), 99).double().eval()
    fates = transfer(old, new, {}, seed=7).fates
    said = forecast(old.graph, new.graph)
    assert {each.path: each.fate for each in said} == fates
    was, now = dict(old.named_parameters(remove_duplicate=False)), dict(new.named_parameters())
    for each in said:
        assert each.before == (tuple(was[each.path].shape) if each.path in was else None)
        assert each.after == (tuple(now[each.path].shape) if each.path in now else None)


@pytest.mark.parametrize("seed", range(60))
def test_it_comes_about_as_it_was_said(seed: int) -> None:
    chance = random.Random(seed)
    before = grown(chance)
    agree(before, edited(before, chance, chance.randint(1, 5)))


def test_layers_that_grow_and_shrink() -> None:
    agree(deep(4), deep(9))
    agree(deep(9), deep(4))
    agree(convolved(4, 6), convolved(3, 8))
    fates = [each.fate for each in forecast(*map(Graph.model_validate, (deep(4), deep(9))))]
    assert fates[:4] == ["widened", "widened", "widened", "widened"]


def test_tied_parameters_are_one() -> None:
    plain = graph(linear("one", 3, "x"), linear("two", 3, "one"), linear("three", 3, "two"))
    tied = plain | {"tied": [["three.weight", "two.weight"]]}
    for before, after in ((plain, tied), (tied, plain), (tied, tied)):
        agree(before, after)


def test_repeated_blocks() -> None:
    body = {"inputs": ["x"], "nodes": [linear("dense", 2, "x")], "outputs": {"x": "dense"}}
    block = {"id": "block", "block": body, "repeat": 3, "inputs": {"x": "x"}}
    before = graph(block, linear("output", 1, "block"))
    longer = graph(block | {"repeat": 4}, linear("output", 1, "block"))
    agree(before, longer)
    agree(longer, before)


def test_it_needs_no_torch() -> None:
    question = "import sys, neurarium.training.forecast; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", question], check=False).returncode == 0
