"""Source and graph are two views of one thing: there and back changes nothing, and torch computes the same."""

import ast
import importlib.util
import random
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from neurarium_models.preset import PRESETS
from neurarium_models.source.document import Source, WriteError
from neurarium_models.source.read import read
from neurarium_models.source.write import class_name, write
from tests.models.random_graphs import random_graph
from tests.models.samples import graph, node, tensor
from tests.models.source.canonical import canonical
from tests.models.source.dressed import dressed


def there_and_back(graph: Graph, name: str = "Network") -> Source:
    source = write(graph, name)
    reading = read(source.text)
    assert reading.problems == []
    assert reading.graph is not None
    assert canonical(reading.graph) == canonical(graph)
    assert reading.name == name
    assert write(reading.graph, name) == source
    for line, wrote, read_ in zip(
        source.text.splitlines(), source.nodes, reading.nodes, strict=True
    ):
        # A line that only gives a value another name is no node's in what is read.
        assert set(read_) == set(wrote) or (not read_ and re.fullmatch(r" +\w+ = \w+", line)), line
    return source


@pytest.mark.parametrize("id", PRESETS)
def test_every_preset_survives(id: str) -> None:
    preset = PRESETS[id]
    there_and_back(preset.graph, class_name(preset.name))


def test_the_example_of_the_documentation_is_what_is_written() -> None:
    page = (Path(__file__).parents[3] / "docs/source.md").read_text("utf-8")
    text = page.partition("```python\n")[2].partition("```")[0]
    reading = read(text)
    assert reading.problems == []
    assert reading.graph is not None
    assert write(reading.graph, reading.name).text == text


@pytest.mark.slow
@given(st.integers(0, 2**31))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_random_graphs_survive(seed: int) -> None:
    there_and_back(dressed(seed))


@pytest.mark.bars
@given(st.integers(0, 2**31))
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_five_hundred_random_graphs_survive(seed: int) -> None:
    there_and_back(dressed(seed))


@pytest.mark.slow
def test_plain_random_graphs_survive() -> None:
    for seed in range(50):
        there_and_back(random_graph(seed))


def test_what_does_not_fit_is_written_with_the_rest() -> None:
    """What comes after a misfit has unknown sizes, which are left open; where nothing is connected there is no text."""
    misfit = graph(
        [
            node("wide", "Linear", "x", out_features=3),
            node("both", "Add", "wide", "x"),
            node("kernel", "Conv1d", "both", out_channels=2, kernel_size=9),
            node("output", "Linear", "kernel", out_features=1),
        ]
    )
    with pytest.raises(WriteError):
        write(misfit)
    source = write(misfit, unfit=True)
    assert {problem.node for problem in source.problems} >= {"both"}
    ast.parse(source.text)
    assert "both = wide + x" in source.text
    assert "self.output = nn.Linear(..., 1)" in source.text
    at = source.text.splitlines().index("        both = wide + x")
    assert source.nodes[at] == ["both"]
    assert read(source.text).problems[0].line == at + 1


@pytest.mark.slow
def test_graphs_with_errors_are_written_or_refused() -> None:
    """Whatever is wrong with a graph, it is written or the problems are told: nothing else is raised."""
    written = 0
    for seed in range(100):
        dice = random.Random(seed)
        document = dressed(seed).model_dump()
        nodes = [n for n in document["nodes"] if "layer" in n]
        for one in dice.sample(nodes, min(2, len(nodes))):
            other = dice.choice(nodes)
            one["layer"], other["layer"] = other["layer"], one["layer"]
        broken = Graph.model_validate(document)
        try:
            source = write(broken, unfit=True)
        except WriteError:
            continue
        ast.parse(source.text)
        written += bool(source.problems)
        assert bool(source.problems) == bool(inspect(broken).errors)
        if source.problems:
            assert read(source.text).graph is None
    assert written > 20


def mutated(text: str, dice: random.Random) -> str:
    """Drop, double or exchange words of a source."""
    words = re.findall(r"\w+|\s+|.", text)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(words))
        words[at] = dice.choice(
            ["", words[at] * 2, dice.choice(words), "x", "self", "0", "-1", "("]
        )
    return "".join(words)


@pytest.mark.slow
def test_whatever_is_read_is_a_network_or_explained() -> None:
    accepted = refused = 0
    for seed in range(120):
        dice = random.Random(seed)
        reading = read(mutated(write(dressed(seed % 60)).text, dice))
        if reading.graph is None:
            refused += 1
            assert reading.problems
            for problem in reading.problems:
                assert problem.message.endswith((".", "?")), problem.message
        else:
            accepted += 1
            there_and_back(reading.graph, reading.name)
    assert min(accepted, refused) > 2


def loaded(source: Source, folder: Path) -> ModuleType:
    path = folder / "network.py"
    path.write_text(source.text, "utf-8")
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("network", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(graph: Graph, folder: Path, seed: int) -> None:
    """Load our weights into what the source defines, and compare what both compute."""
    ours = build_network(graph, seed=seed).eval()
    source = write(graph)
    theirs = loaded(source, folder).Network().eval()
    theirs.load_state_dict(ours.state_dict(), strict=True)
    batch = {name: tensor(spec, batch=2, seed=seed) for name, spec in graph.inputs.items()}
    given = [batch[name] for name in graph.inputs]
    answer = theirs(*given)
    answers = answer if isinstance(answer, tuple) else (answer,)
    expected = ours(batch)
    assert len(expected) == len(answers)
    for value, wanted in zip(answers, expected.values(), strict=True):
        torch.testing.assert_close(
            value, wanted, equal_nan=True, rtol=0, atol=1e-6, msg=f"seed {seed}"
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "start", [0, *(pytest.param(start, marks=pytest.mark.bars) for start in range(50, 200, 50))]
)
def test_torch_computes_the_same(start: int, tmp_path: Path) -> None:
    for seed in range(start, start + 50):
        compare(random_graph(seed) if seed % 2 else dressed(seed), tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    "id", [id for id in PRESETS if inspect(PRESETS[id].graph).parameters < 10**7]
)
def test_torch_computes_every_preset(id: str, tmp_path: Path) -> None:
    compare(PRESETS[id].graph, tmp_path, 0)


def test_every_line_knows_its_nodes() -> None:
    for seed in range(50):
        graph = dressed(seed)
        source = write(graph)
        lines = source.text.splitlines()
        assert len(lines) == len(source.nodes)
        told = {path for paths in source.nodes for path in paths}
        assert {node.path for node in inspect(graph).nodes} <= told
        ids = {path.rpartition(".")[2] for path in told}
        for line, paths in zip(lines, source.nodes, strict=True):
            made = re.match(r"        self\.(\w+) = ", line)
            if made and made[1] in ids:
                assert {path.rpartition(".")[2] for path in paths} == {made[1]}, line
            called = re.match(r"        .* = self\.(\w+)\(", line)
            if called and called[1] in ids:
                assert {path.rpartition(".")[2] for path in paths} == {called[1]}, line


@pytest.mark.parametrize("id", PRESETS)
def test_lines_are_short_and_whole(id: str) -> None:
    text = write(PRESETS[id].graph, "Network").text
    ast.parse(text)
    assert max(map(len, text.splitlines())) <= 120


def test_writing_and_reading_need_no_torch() -> None:
    code = (
        "import sys; from neurarium_models import preset; from neurarium_models.source import read, write; "
        "read.read(write.write(preset.PRESETS['lenet5-paper'].graph).text).graph or sys.exit(2); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
