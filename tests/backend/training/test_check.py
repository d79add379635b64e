"""What cannot be run is refused in plain integers, with a sentence, before anything is built."""

import json
import subprocess
import sys
from typing import Any

import pytest

from neurarium.training.check import MAXIMUM_PARAMETERS, JobError, check_job, check_room
from neurarium.training.job import Job
from neurarium_models.preset import PRESETS
from tests.backend.training.jobs import activation, document, graph, linear, make_job, mlp


def test_a_job_that_works_is_described() -> None:
    assert check_job(make_job()).parameters == 21


@pytest.mark.parametrize(
    ("changes", "sentence", "node"),
    [
        ({"graph": graph(linear("o", 1, "nowhere"))}, "nowhere", "o"),
        ({"graph": mlp(outputs=3)}, "2 classes", "output"),
        ({"graph": mlp(inputs=3)}, "gives? 2 .*expects 3", "x"),
        ({"task": {"kind": "Regression"}}, "numbers|classes", None),
        ({"dataset": {"kind": "Surface"}}, "classes", None),
        ({"graph": graph(linear("o", 1, "z")) | {"inputs": {"z": {"axes": ["D"], "shape": [2]}}}},
         "asks for an input `z`", "z"),
        ({"precision": "float64", "device": "mps"}, "float64", None),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(
    changes: dict[str, object], sentence: str, node: str | None
) -> None:
    with pytest.raises(JobError, match=sentence) as refusal:
        check_job(make_job(**changes))
    assert refusal.value.node == node


def wide(width: int) -> dict[str, object]:
    return graph(linear("a", width, "x"), linear("b", width, "a"), linear("c", 1, "b"))


def test_budgets_bind_runs() -> None:
    assert check_job(make_job(graph=wide(2000))).parameters < MAXIMUM_PARAMETERS
    with pytest.raises(JobError, match=r"6,262,501 parameters; at most 5,000,000"):
        check_job(make_job(graph=wide(2500)))


def bends(width: int, **changes: Any) -> Job:
    """A wide layer, eleven bends, one output."""
    layers = [linear("n0", width, "x")]
    layers += [activation(f"n{at}", "Tanh", f"n{at - 1}") for at in range(1, 12)]
    return make_job(graph=graph(*layers, linear("o", 1, "n11")), **changes)


def test_a_budget_of_memory_binds_runs_and_names_its_parts() -> None:
    """In a step 11 outputs of tanh are kept, 16 examples each; 60 examples are evaluated with few of them at once."""
    check_job(bends(200_000))
    with pytest.raises(JobError) as refusal:
        check_job(bends(800_000))
    sentence = str(refusal.value)
    assert "at most 512 MB" in sentence
    assert "Most is taken while a batch of 16 is learned: 12 for parameters" in sentence
    assert "for what the layers put out and keep." in sentence
    assert "optimiser" not in sentence
    with pytest.raises(JobError, match="24 for the optimiser"):
        check_job(bends(800_000, optimizer={"kind": "Adam"}, **{"batch.size": 60}))
    check_job(bends(200_000, **{"batch.size": 4}))
    with pytest.raises(JobError, match="while 1,024 examples at once are evaluated"):
        check_job(bends(200_000, **{"dataset.samples": 5000, "batch.size": 4}))


def test_precision_doubles_what_numbers_take() -> None:
    check_job(bends(300_000))
    with pytest.raises(JobError, match="MB of memory"):
        check_job(bends(600_000, precision="float64"))


def test_a_card_takes_no_run_that_its_memory_does_not_hold() -> None:
    job = bends(100_000)
    check_room(job, None)
    check_room(job, 2**30)
    with pytest.raises(JobError, match=r"about \d+ MB on the graphics card.*300 MB are left there"):
        check_room(job, 300 * 2**20)


def test_very_deep_networks_are_counted_or_refused() -> None:
    def deep(repeat: int, width: int) -> Job:
        nodes = [activation("a0", "Tanh", "v")]
        nodes += [activation(f"a{at}", "Tanh", f"a{at - 1}") for at in range(1, 100)]
        body = {"inputs": ["v"], "nodes": nodes, "outputs": {"v": "a99"}}
        block = {"id": "b", "block": body, "inputs": {"v": "wide"}, "repeat": repeat}
        return make_job(graph=graph(linear("wide", width, "x"), block, linear("o", 1, "b")))

    check_job(deep(90, 100))
    with pytest.raises(JobError, match="MB of memory"):
        check_job(deep(90, 2000))
    with pytest.raises(JobError, match=r"10,102 layers; at most 10,000"):
        check_job(deep(101, 2))


def test_what_can_only_be_looked_at_is_refused_at_once() -> None:
    preset = PRESETS["mlp-megapixel-paper"]
    job = make_job(graph=preset.graph.model_dump(mode="json"))
    with pytest.raises(JobError, match=r"3,000,001,000 parameters"):
        check_job(job)


@pytest.mark.parametrize("name", [name for name in PRESETS if PRESETS[name].job])
def test_every_preset_with_a_job_can_be_run(name: str) -> None:
    preset = PRESETS[name]
    check_job(type(make_job()).model_validate({**(preset.job or {}), "graph": preset.graph}))


def test_the_check_needs_no_torch() -> None:
    code = (
        "import sys, json\n"
        "from neurarium.training.job import Job\n"
        "from neurarium.training.check import check_job\n"
        "check_job(Job.model_validate(json.loads(sys.argv[1])))\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, json.dumps(document())], check=True)
