"""A run that is taken home as PyTorch computes what it computed here, in an interpreter that knows nothing of ours."""

import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import safetensors.torch
import torch

from neurarium.training.job import Job
from neurarium.training.losses import LOSSES
from neurarium.training.optimizers import OPTIMIZERS
from neurarium.training.order import permutation
from neurarium.training.regularisers import REGULARISERS
from neurarium.training.run import Run
from neurarium.training.schedules import SCHEDULES
from neurarium.training.script.write import notebook, script
from neurarium_models.preset import PRESETS
from tests.models.samples import block, graph, node

TRAINABLE = [
    id for id in PRESETS if PRESETS[id].job is not None and "target" not in PRESETS[id].graph.inputs
]
"""Runs that say sentences are in test_script_sentences.py."""
EVERY_DAY = {"perceptron-xor", "mlp-circles", "mlp-curve", "lenet5", "resnet", "recall-lstm"}
TRIED = [pytest.param(id, marks=[] if id in EVERY_DAY else [pytest.mark.bars]) for id in TRAINABLE]
"""One of each sort; all others by `make bars`."""
NORMED = graph(
    [
        node("dense", "Linear", "x", out_features=4),
        block(
            "branches",
            [
                node("norm", "BatchNorm1d", "h"),
                node("tanh", "Tanh", "norm"),
                node("inner", "Linear", "tanh", out_features=4),
                node("residual", "Add", "inner", "h"),
            ],
            inputs={"h": "dense"},
            outputs={"h": "residual"},
            repeat=2,
        ),
        node("output", "Linear", "branches", out_features=1),
    ],
    tied=[["branches.0.inner.weight", "branches.1.inner.weight"]],
).model_dump()
"""Repeated blocks, tied weights, and norms: 160 examples leave one alone in a batch after three of 53."""
READ = """
import importlib.util, json, os, sys
import torch
def tell(file, inputs):
    spec = importlib.util.spec_from_file_location("taken", file)
    taken = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(taken)
    network = taken.trained().eval()
    with torch.no_grad():
        outputs = network(*(taken.HELD_OUT[name] for name in inputs)).flatten().tolist()
    ours = sorted(name for name in sys.modules if "neurarium" in name)
    return {"outputs": outputs, "look": taken.look(network), "ours": ours}
for line in sys.stdin:
    if not (child := os.fork()):
        print(json.dumps(tell(*json.loads(line))), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
"""Each file is read by a child, which knows nothing of the others; torch, which takes seconds, is imported once."""


@pytest.fixture(autouse=True)
def usual_precision() -> Iterator[None]:
    """A file of a run in float64 makes that the usual precision of its interpreter, which here is ours."""
    yield
    torch.set_default_dtype(torch.float32)


def job_of(id: str, **changes: Any) -> Job:
    preset = PRESETS[id]
    document = {"graph": preset.graph.model_dump(), "title": preset.title, "name": preset.name}
    return Job.model_validate(document | (preset.job or {}) | {"device": "cpu"} | changes)


def weights(run: Run) -> bytes:
    return safetensors.torch.save({k: v.clone() for k, v in run.network.state_dict().items()})


def loaded(text: bytes | str, folder: Path) -> ModuleType:
    path = folder / "taken.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("taken", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """An interpreter that knows nothing of ours and reads files."""
    command = [sys.executable, "-I", "-c", READ]
    pipe, folder = subprocess.PIPE, tmp_path_factory.mktemp("home")
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=folder) as process:
        yield process


@pytest.mark.slow
@pytest.mark.parametrize("id", TRIED)
def test_every_preset_computes_the_same_at_home(
    id: str, home: subprocess.Popen[str], tmp_path: Path
) -> None:
    run = Run(job_of(id))
    for _ in range(5):
        run.take()
    file = tmp_path / "taken.py"
    file.write_bytes(script(run.job, weights(run), run.step))
    assert home.stdin is not None
    assert home.stdout is not None
    print(json.dumps([str(file), list(run.job.graph.inputs)]), file=home.stdin, flush=True)
    told = json.loads(home.stdout.readline())
    assert told["ours"] == []
    run.network.eval()
    with torch.no_grad():
        inputs = run.inputs(run.examples.validation.arrays)
        (expected,) = run.network(inputs).values()
    torch.testing.assert_close(
        torch.tensor(told["outputs"]), expected.flatten(), rtol=1e-6, atol=1e-6
    )
    assert told["look"] == pytest.approx(run.evaluate(), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("id", "changes"),
    [
        (
            "mlp-circles",
            {"optimizer": {"kind": "SGD", "lr": 0.1, "momentum": 0.9, "nesterov": True}},
        ),
        (
            "mlp-circles",
            {"loss": {"kind": "CrossEntropy"}, "schedule": {"kind": "Cosine", "warmup": 7}},
        ),
        (
            "mlp-circles",
            {"loss": {"kind": "Hinge"}, "regulariser": {"kind": "L2", "strength": 0.01}},
        ),
        ("mlp-spiral", {"regulariser": {"kind": "L1", "strength": 0.001}}),
        ("mlp-blobs", {"optimizer": {"kind": "AdamW", "lr": 0.01}, "batch": {"policy": "single"}}),
        ("mlp-blobs", {"loss": {"kind": "Hinge"}, "optimizer": {"kind": "RMSprop"}}),
        (
            "mlp-regression",
            {"batch": {"policy": "full"}, "schedule": {"kind": "Warmup", "warmup": 9}},
        ),
        ("mlp-xor", {"schedule": {"kind": "StepDrop", "every": 9}}),
        ("perceptron-mark1", {"schedule": {"kind": "Exponential"}}),
        ("mlp-circles", {"graph": NORMED, "batch": {"size": 53}}),
        (
            "mlp-circles",
            {"rates": {"hidden1": 0, "output": 0.5}, "optimizer": {"kind": "AdamW", "lr": 0.01}},
        ),
        ("mlp-circles", {"graph": NORMED, "rates": {"branches": 0.1, "branches.1.norm": 3}}),
    ],
)
def test_the_training_loop_takes_the_same_steps(
    id: str, changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the run's first weights and order of examples, the file's loop ends where the run does."""
    job = job_of(id, **changes, steps=60, precision="float64", engine="plain")
    run = Run(job)
    taken = loaded(script(job, weights(run), 0), tmp_path)
    ids, epochs = run.examples.train.ids, iter(range(100))
    first = taken.trained()
    name = type(first).__name__
    monkeypatch.setattr(taken, name, lambda: first)
    order = lambda _: torch.from_numpy(permutation(ids, job.seed, next(epochs)))  # noqa: E731
    monkeypatch.setattr(torch, "randperm", order)
    theirs = taken.train()
    torch.set_default_dtype(torch.float32)
    for _ in run:
        pass
    for name, value in run.network.state_dict().items():
        torch.testing.assert_close(theirs.state_dict()[name], value, rtol=1e-9, atol=1e-9)


def test_short_numbers_are_written_as_they_are_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of("mlp-circles", steps=40, precision="bf16")
    run = Run(job)
    text = script(job, weights(run), 0).decode()
    assert 'with torch.autocast("cpu", torch.bfloat16):' in text
    assert "TensorFloat-32" not in text
    tf32 = job.model_copy(update={"precision": "tf32"})
    assert "TensorFloat-32" in script(tf32, weights(run), 0).decode()
    taken = loaded(text, tmp_path)
    ids, epochs = run.examples.train.ids, iter(range(100))
    first = taken.trained()
    monkeypatch.setattr(taken, type(first).__name__, lambda: first)
    order = lambda _: torch.from_numpy(permutation(ids, job.seed, next(epochs)))  # noqa: E731
    monkeypatch.setattr(torch, "randperm", order)
    theirs = taken.train()
    for _ in run:
        pass
    for name, value in run.network.state_dict().items():
        torch.testing.assert_close(theirs.state_dict()[name], value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("units", [1, 3])
def test_losses_are_written_as_they_are_computed(kind: str, units: int, tmp_path: Path) -> None:
    loss = LOSSES[kind](kind=kind)
    torch.manual_seed(0)
    output = torch.randn(20, units) * 2
    for target, values in (
        ("class", torch.randint(0, max(units, 2), (20,))),
        ("real", torch.randn(20, units)),
    ):
        if target == "real" and kind != "SquaredError":
            continue
        body = "\n".join(f"    {line}" for line in loss.written(units, target))
        head = "import torch\nfrom torch.nn import functional as F\n"
        taken = loaded(f"{head}\ndef loss(output, target):\n{body}\n", tmp_path)
        torch.testing.assert_close(taken.loss(output, values), loss.per_example(output, values))


@pytest.mark.parametrize("kind", SCHEDULES)
def test_schedules_are_written_as_they_are_computed(kind: str, tmp_path: Path) -> None:
    for more in ({}, {"warmup": 7} if "warmup" in SCHEDULES[kind].model_fields else {}):
        schedule = SCHEDULES[kind](**more)
        text = f"import math\nSTEPS = 50\ndef factor(step):\n    return {schedule.written()}\n"
        taken = loaded(text, tmp_path)
        for step in range(60):
            assert math.isclose(taken.factor(step), schedule.factor(step, 50), abs_tol=1e-12)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_optimisers_are_written_as_they_are_built(kind: str, tmp_path: Path) -> None:
    network = torch.nn.Linear(2, 1)
    for more in ({}, {"momentum": 0.9, "nesterov": True} if kind == "SGD" else {}):
        optimizer = OPTIMIZERS[kind](**more)
        text = f"from torch import optim\ndef make(network):\n    return {optimizer.written()}\n"
        made = loaded(text, tmp_path).make(network)
        assert made.state_dict() == optimizer.build(network.parameters()).state_dict()
        assert type(made) is type(optimizer.build(network.parameters()))


@pytest.mark.parametrize("kind", REGULARISERS)
def test_penalties_are_written_as_they_are_computed(kind: str, tmp_path: Path) -> None:
    penalty = REGULARISERS[kind](kind=kind, strength=0.25)
    weights = [torch.randn(3, 2), torch.randn(1, 3)]
    text = f"def penalty(weights):\n    return {penalty.written() or '0'}\n"
    value = torch.as_tensor(loaded(text, tmp_path).penalty(weights), dtype=torch.float32)
    torch.testing.assert_close(value, penalty.penalty(weights))


@pytest.mark.slow
def test_a_file_trains_from_the_shell(tmp_path: Path) -> None:
    run = Run(job_of("mlp-circles"))
    file = tmp_path / "taken.py"
    file.write_bytes(script(run.job, weights(run), 0))
    done = subprocess.run(
        [sys.executable, "-I", str(file), "train"], check=True, capture_output=True
    )
    told = dict(line.split(": ") for line in done.stdout.decode().splitlines())
    assert float(told["validation_accuracy"]) > 0.8
    assert run.evaluate()["validation_accuracy"] < 0.8


def test_a_title_cannot_end_the_text_that_it_stands_in(tmp_path: Path) -> None:
    title = 'x"""\nraise SystemExit\n"""\\'
    run = Run(job_of("mlp-circles", title=title, name=title[:60]))
    taken = loaded(script(run.job, weights(run), 0), tmp_path)
    assert taken.trained()


@pytest.mark.parametrize("id", ["mlp-circles", "mlp-regression"])
def test_a_notebook_is_one_and_its_cells_run(id: str, tmp_path: Path) -> None:
    run = Run(job_of(id, steps=5))
    document = json.loads(notebook(run.job, weights(run), 0))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert document.keys() == {"nbformat", "nbformat_minor", "metadata", "cells"}
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in document["cells"]:
        wanted = {"id", "cell_type", "metadata", "source"}
        if cell["cell_type"] == "code":
            wanted |= {"execution_count", "outputs"}
        assert cell.keys() == wanted
    code = [cell["source"] for cell in document["cells"] if cell["cell_type"] == "code"]
    *cells, look, train = code
    text = "\n\n".join([*cells, f"first = {look}", f"second = {train}"])
    taken = loaded(text, tmp_path)
    assert taken.first == pytest.approx(run.evaluate(), rel=1e-5, abs=1e-6)
    assert taken.first.keys() == taken.second.keys()
