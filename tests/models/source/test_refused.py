"""What is no network is refused where it stands, in a sentence; what varies harmlessly is understood."""

import subprocess
import sys
from pathlib import Path

import pytest

from neurarium_models.graph import Graph
from neurarium_models.source.read import read
from neurarium_models.source.write import class_name, write
from tests.models.samples import block, graph, node
from tests.models.source import hostile
from tests.models.source.canonical import canonical

PLAIN = """
from typing import Annotated

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 4)
        self.tanh = nn.Tanh()
        self.out = nn.Linear(8, 1, bias=False)

    def forward(self, x: Annotated[Tensor, {"D": 2}]) -> Annotated[Tensor, "y"]:
        x = self.hidden(x)
        a = self.tanh(x)
        both = torch.cat([a, x], dim=-1)
        return self.out(both)
"""


def understood(text: str) -> Graph:
    reading = read(text)
    assert reading.problems == []
    assert reading.graph is not None
    return reading.graph


HARMLESS = {
    "comments": ("self.tanh = nn.Tanh()", "self.tanh = nn.Tanh()  # bends\n"),
    "a docstring": ("class Net(nn.Module):", 'class Net(nn.Module):\n    """A network."""\n'),
    "keywords": ("nn.Linear(2, 4)", "nn.Linear(out_features=4, in_features=2)"),
    "defaults": ("nn.Linear(2, 4)", "nn.Linear(2, 4, True)"),
    "variables": (
        "a = self.tanh(x)\n        both = torch.cat([a, x], dim=-1)",
        "b = self.tanh(x)\n        both = torch.cat([b, x], dim=-1)",
    ),
    "positions": ("torch.cat([a, x], dim=-1)", "torch.cat((a, x), -1)"),
    "calls in calls": (
        "a = self.tanh(x)\n        both = torch.cat([a, x], dim=-1)",
        "both = torch.cat([self.tanh(x), x], dim=-1)",
    ),
    "another name": ("a = self.tanh(x)", "c = self.tanh(x)\n        a = c"),
    "by port": ("self.tanh(x)", "self.tanh(input=x)"),
    "space": ("    def forward", "\n\n    def forward"),
    "order": (
        "        self.hidden = nn.Linear(2, 4)\n        self.tanh = nn.Tanh()",
        "        self.tanh = nn.Tanh()\n        self.hidden = nn.Linear(2, 4)",
    ),
}


@pytest.mark.parametrize("change", HARMLESS)
def test_harmless_variation_is_understood(change: str) -> None:
    before, after = HARMLESS[change]
    assert before in PLAIN
    changed = PLAIN.replace(before, after)
    assert canonical(understood(changed)) == canonical(understood(PLAIN))


HOSTILE = Path(hostile.__file__)
TOWER = str(len(hostile.TOWERS[1]))
"""31 levels of 1,024 repetitions each are a network: too large to be built, but not to be drawn."""

REFUSED = {
    "other features": ("nn.Linear(2, 4)", "nn.Linear(3, 4)", 11, "must be 2"),
    "no such layer": ("nn.Tanh()", "nn.Tanhh()", 12, "no layer"),
    "no such setting": ("bias=False", "device=0", 13, "no setting `device`"),
    "an attribute of another kind": ("nn.Tanh()", "print", 12, "made by calling"),
    "an import": ("import torch\n", "import os\n", 4, "nothing but torch"),
    "an import from": ("import torch\n", "from os import system\n", 4, "nothing but torch"),
    "a star": ("from torch import Tensor, nn", "from torch import *", 5, "nothing but torch"),
    "a relative import": ("import torch\n", "from . import torch\n", 4, "imports and classes"),
    "a call": ("a = self.tanh(x)", "a = print(x)", 17, "no layer"),
    "a string of code": ("a = self.tanh(x)", "a = eval('x')", 17, "no layer"),
    "a dunder": ("a = self.tanh(x)", "a = self.__class__(x)", 17, "makes no"),
    "deep attributes": ("a = self.tanh(x)", "a = self.tanh.forward(x)", 17, "no layer"),
    "minus": ("a = self.tanh(x)", "a = x - x", 17, "added and multiplied"),
    "a calculation in a call": ("self.tanh(x)", "self.tanh(x + x)", 17, "name of its own"),
    "a choice": ("a = self.tanh(x)", "if x: a = x", 17, "cannot choose"),
    "a while": ("a = self.tanh(x)", "while x: pass", 17, "fixed number"),
    "in place": ("a = self.tanh(x)", "x += x", 17, "name of its own"),
    "twice": ("a = self.tanh(x)", "a = self.tanh(self.tanh(x))", 17, "second time"),
    "not yet": ("a = self.tanh(x)", "a = self.tanh(z)", 17, "no value `z`"),
    "never called": ("a = self.tanh(x)", "a = x", 12, "never calls it"),
    "an input as a node": ("both = torch.cat([a, x], dim=-1)", "x = torch.cat([a, x], dim=-1)", 18, "is an input"),
    "unknown size": ('Annotated[Tensor, {"D": 2}]', "Tensor", 8, "How large"),
    "no return": ("return self.out(both)", "y = self.out(both)", 19, "ends with `return`"),
    "a calculated setting": ("nn.Linear(2, 4)", "nn.Linear(2, 2 * 2)", 11, "Nothing is calculated"),
    "too large": ("nn.Linear(2, 4)", "nn.Linear(2, 0)", 11, "out_features"),
    "a decorator": (
        "    def forward", "    @torch.no_grad()\n    def forward",
        16, "`__init__` and `forward` only",
    ),
    "a base": ("class Net(nn.Module)", "class Net(nn.Sequential)", 8, "nn.Module"),
    "a metaclass": ("class Net(nn.Module)", "class Net(nn.Module, metaclass=type)", 8, "nn.Module"),
    "a default": (
        "forward(self, x: Annotated[Tensor, {\"D\": 2}])", "forward(self, x=print())", 15, "without defaults",
    ),
    "another Step": ("class Net", "class Step(nn.Module):\n    pass\n\n\nclass Net", 8, "cannot be changed"),
    "code at the top": ("class Net", "print('hello')\n\n\nclass Net", 8, "imports and classes"),
    "two networks": (
        "class Net", "class Other(nn.Module):\n    def forward(self, x): return x\n\n\nclass Net", 8, "One network",
    ),
    "a starred call": ("self.tanh(x)", "self.tanh(*[x])", 17, "one by one"),
    "a walrus": ("self.tanh(x)", "self.tanh(z := x)", 17, "line of its own"),
    "an f-string": ("nn.Tanh()", "nn.Linear(2, f'{x}')", 12, "Nothing is calculated"),
    "not Python": ("return", "retur n", 19, "not Python"),
}  # fmt: skip


@pytest.mark.parametrize("change", REFUSED)
def test_what_is_no_network_is_refused_where_it_stands(change: str) -> None:
    before, after, line, words = REFUSED[change]
    assert before in PLAIN
    reading = read(PLAIN.replace(before, after, 1))
    assert reading.graph is None
    problem = reading.problems[0]
    assert words in problem.message
    assert problem.message.endswith(".")
    assert problem.line == line
    text = PLAIN.replace(before, after, 1).splitlines()[line - 1]
    assert 1 <= problem.column <= problem.end <= len(text) + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("(2, 4)", "(3, 4)"), ("in_features=2", "in_features = 7"), ("nn.Linear(8", "nn.Linear(9")],
)
def test_a_number_that_follows_from_the_inputs_is_mended_in_its_place(
    before: str, after: str
) -> None:
    start = PLAIN.replace("nn.Linear(2, 4)", "nn.Linear(in_features=2, out_features=4)")
    start = start if before in start else PLAIN
    (problem,) = read(start.replace(before, after)).problems
    lines = start.replace(before, after).splitlines()
    line = lines[problem.line - 1]
    assert problem.instead is not None
    lines[problem.line - 1] = line[: problem.column - 1] + problem.instead + line[problem.end - 1 :]
    assert canonical(understood("\n".join(lines))) == canonical(understood(start))


def test_all_numbers_that_follow_are_named_at_once() -> None:
    """A wider layer is one change in a text, and what follows from it can be written for one."""
    problems = read(PLAIN.replace("nn.Linear(2, 4)", "nn.Linear(5, 16)")).problems
    assert [(p.line, p.instead) for p in problems] == [(11, "2"), (13, "32")]


def test_what_follows_from_the_inputs_may_be_left_open() -> None:
    """`...` is no setting: what is chosen is written out."""
    text = PLAIN.replace("nn.Linear(2, 4)", "nn.Linear(..., 4)").replace("(8, 1", "(..., 1")
    assert canonical(understood(text)) == canonical(understood(PLAIN))
    (problem,) = read(PLAIN.replace("nn.Linear(2, 4)", "nn.Linear(2, ...)")).problems
    assert "`out_features` of nn.Linear is chosen" in problem.message


def test_places_count_characters_and_not_bytes() -> None:
    text = PLAIN.replace("a = self.tanh(x)", "größe = self.tanh(x); b = größe - x")
    (problem,) = read(text).problems
    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 : problem.end - 1] == "größe - x"


def test_a_network_is_never_called_like_something_of_python() -> None:
    for words in ("none", "true", "tensor", "self", "", "1984", "a class"):
        name = class_name(words)
        assert understood(write(understood(PLAIN), name).text), name


def test_feedback_of_loops_is_checked() -> None:
    inner = [node("dense", "Linear", "h", out_features=2)]
    repeated = block("blocks", inner, inputs={"h": "x"}, outputs={"h": "dense"}, repeat=3)
    text = write(graph([repeated])).text
    assert understood(text)
    assert "for block in self.blocks:\n            x = block(x)" in text
    reading = read(
        text.replace("            x = block(x)", "            z = block(x)").replace(
            "return x", "return z"
        )
    )
    assert "one variable in the loop" in reading.problems[0].message


def test_what_repeats_must_be_alike() -> None:
    inner = [node("dense", "Linear", "h", out_features=3)]
    repeated = block("blocks", inner, inputs={"h": "x"}, outputs={"h": "dense"}, repeat=3)
    text = write(graph([repeated])).text
    assert "[Blocks(), *(Blocks2() for _ in range(2))]" in text
    assert understood(text)
    reading = read(text.replace("nn.Linear(3, 3)", "nn.Linear(3, 3, bias=False)"))
    assert "must be alike" in reading.problems[0].message
    reading = read(text.replace("nn.Linear(3, 3)", "nn.Linear(2, 3)"))
    assert "must be 3" in reading.problems[0].message


@pytest.mark.slow
def test_hostile_sources_are_refused_and_never_executed() -> None:
    """Bounded by the timeout. The script has a negative control, and one tower is a network after all."""
    done = subprocess.run(
        [sys.executable, str(HOSTILE)], check=False, capture_output=True, timeout=100
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    lines = done.stdout.decode().splitlines()
    assert len(lines) == len(hostile.EXPRESSIONS) + len(hostile.FILES) + len(hostile.TOWERS)
    assert [line.split()[0] for line in lines if " True " in line] == [TOWER], lines
