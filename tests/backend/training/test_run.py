"""The loop: an iterator of reports, the same bits for the same seed, and views that change nothing."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch

from neurarium.training.check import JobError
from neurarium.training.evaluation import Evaluation, spacing
from neurarium.training.run import Run
from tests.backend.training.jobs import dropping, make_job, mlp, take, trained


def test_a_run_is_an_iterator_of_its_steps() -> None:
    run = Run(make_job(steps=20))
    reports = list(run)
    assert [report.step for report in reports] == list(range(1, 21))
    assert reports[-1].loss < reports[0].loss
    assert next(run, None) is None


def test_a_pause_is_not_asking() -> None:
    whole = list(Run(make_job(steps=30)))
    run = Run(make_job(steps=30))
    assert [*itertools.islice(run, 11), *itertools.islice(run, 100)] == whole


@pytest.mark.parametrize("graph", [mlp(), dropping()], ids=["chain", "dropout"])
@pytest.mark.parametrize("policy", ["minibatch", "full", "single"])
def test_two_runs_of_one_seed_are_bit_identical(policy: str, graph: dict[str, object]) -> None:
    runs = [trained(40, graph=graph, batch={"policy": policy}) for _ in range(2)]
    assert runs[0].state().digest() == runs[1].state().digest()
    other = trained(40, graph=graph, batch={"policy": policy}, seed=4)
    assert other.state().digest() != runs[0].state().digest()


@pytest.mark.slow
def test_another_process_computes_the_same_bits() -> None:
    """And it never imports torch's compiler, for which everybody would wait."""
    code = (
        "import sys\n"
        "from tests.backend.training.jobs import dropping, trained\n"
        "print(trained(30).state().digest(), trained(9, graph=dropping()).state().digest())\n"
        "assert 'torch' in sys.modules and 'torch._dynamo' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = trained(30), trained(9, graph=dropping())
    assert done.stdout.split() == [run.state().digest() for run in here]


def test_what_other_code_draws_at_random_makes_no_difference() -> None:
    undisturbed = trained(20, graph=dropping())
    run = Run(make_job(graph=dropping()))
    for _ in range(20):
        torch.rand(3)
        np.random.seed(None)  # noqa: NPY002 - the very disturbance
        run.take()
    assert run.state().digest() == undisturbed.state().digest()


def test_looking_makes_no_difference() -> None:
    undisturbed = trained(20, graph=dropping())
    run = Run(make_job(graph=dropping()))
    for _ in range(20):
        run.take(observe=True)
        view = run.view()
        outputs = view.network(view.inputs(view.examples.validation.arrays))
        outputs["y"].sum().backward()
        run.evaluate()
    assert run.state().digest() == undisturbed.state().digest()


@pytest.mark.parametrize(
    ("policy", "count"), [("minibatch", [16, 16, 8]), ("full", [40]), ("single", [1] * 40)]
)
def test_an_epoch_has_its_batches(policy: str, count: list[int]) -> None:
    run = Run(make_job(batch={"policy": policy}))
    assert len(run.stream) == 40
    seen: list[int] = []
    for expected in count:
        run.take(observe=True)
        assert run.observation is not None
        assert len(run.observation.ids) == expected
        seen += run.observation.ids.tolist()
    assert sorted(seen) == run.examples.train.ids.tolist()
    assert run.epoch == 1


def test_steps_of_one_example_one_minibatch_one_epoch() -> None:
    run = Run(make_job())
    sizes = []
    for unit in ("example", "minibatch", "epoch", "epoch"):
        before = run.epoch
        steps = sum(1 for _ in run.advance(unit))
        sizes.append((steps, round((run.epoch - before) * 40)))
    assert sizes == [(1, 1), (1, 16), (2, 23), (3, 40)]


def test_reports_tell_the_epoch_and_the_rate() -> None:
    run = Run(make_job(schedule={"kind": "StepDrop", "every": 2, "gamma": 0.5}))
    reports = take(run, 5)
    assert [report.epoch for report in reports] == [0.4, 0.8, 1.0, 1.4, 1.8]
    assert [report.lr for report in reports] == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025])


def test_a_penalty_is_reported_beside_the_loss() -> None:
    run = Run(make_job(regulariser={"kind": "L2", "strength": 0.1}))
    squares = sum(float(w.detach().square().sum()) for w in run.network.parameters() if w.ndim > 1)
    plain = Run(make_job()).take()
    report = run.take()
    assert report.penalty == pytest.approx(0.05 * squares)
    assert (report.loss, plain.penalty) == (plain.loss, 0)


def test_whole_sets_are_evaluated_now_and_then() -> None:
    run = Run(make_job(steps=50))
    evaluated = {report.step: report.evaluation for report in run if report.evaluation}
    assert list(evaluated) == [12, 24, 36, 48, 50]
    assert set(evaluated[50]) == {
        f"{part}_{name}" for part in ("train", "validation") for name in ("loss", "accuracy")
    }
    assert run.evaluate() == evaluated[50]


def test_evaluations_grow_rare_in_long_runs() -> None:
    evaluation, evaluated = Evaluation({"x": torch.zeros(9)}, {"x": torch.zeros(3)}), [0]
    for step in range(1, 20_001):
        if step % 3 == 0 and evaluation.is_due(step, evaluated[-1], flops=60, batch=3):
            evaluated.append(step)
    gaps = np.diff(evaluated)
    assert gaps[0] == 12
    assert 95 < gaps[-1] < 105
    assert len(gaps) < 700


@pytest.mark.parametrize(
    ("flops", "batch", "count", "expected"),
    [
        (60, 16, 240, 10),  # small: a pass costs the same, whatever goes through
        (60, 16, 4096, 41),
        (1_000_000, 64, 640, 33),  # large: ten batches' worth, at a third of a step's cost each
        (10**9, 1, 300, 999),
    ],
)
def test_an_evaluation_costs_a_tenth_at_most(
    flops: int, batch: int, count: int, expected: int
) -> None:
    assert spacing(flops, batch, count) == expected


def test_an_evaluation_is_over_every_example() -> None:
    run = trained(30, dataset={"kind": "Xor", "samples": 3000})
    numbers = run.evaluate()
    for part, split in (("train", run.examples.train), ("validation", run.examples.validation)):
        with torch.no_grad():
            y = run.network(run.inputs(split.arrays))["y"][:, 0]
        t = torch.from_numpy(split.arrays["y"])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(y, t.to(y.dtype))
        assert numbers[f"{part}_loss"] == pytest.approx(loss.item(), rel=1e-5)
        assert numbers[f"{part}_accuracy"] == pytest.approx(((y > 0) == (t == 1)).double().mean())


def test_an_observation_explains_its_step() -> None:
    run = Run(make_job())
    before = {name: value.detach().clone() for name, value in run.network.named_parameters()}
    report = run.take(observe=True)
    seen = run.observation
    assert seen is not None
    assert seen.losses.mean() == pytest.approx(report.loss)
    for name, value in run.network.named_parameters():
        torch.testing.assert_close(seen.updates[name], -seen.lr * seen.gradients[name])
        assert torch.equal(before[name] + seen.updates[name], value)
    run.take()
    assert run.observation is None


def test_a_view_is_ready_for_probes() -> None:
    run = trained(3, graph=dropping())
    view = run.view()
    assert (view.step, view.job, view.observation) == (3, run.job, None)
    assert not view.network.training
    assert view.inspection.parameters == sum(p.numel() for p in view.network.parameters())
    run.take()
    assert run.network.training


def test_float64_is_float64_throughout() -> None:
    run = trained(5, precision="float64")
    assert {value.dtype for value in run.network.parameters()} == {torch.float64}
    assert run.stream.tensors["x"].dtype == torch.float64


def test_a_truth_table_has_every_row_among_its_examples() -> None:
    run = Run(make_job(dataset={"kind": "Logic", "gate": "or"}, batch={"policy": "single"}))
    assert len(run.stream) == 4
    assert {name.partition("_")[0] for name in run.evaluate()} >= {"train"}


def test_a_device_that_is_not_here_is_refused() -> None:
    with pytest.raises(JobError, match="no device `cuda:77` here"):
        Run(make_job(device="cuda:77"))


def test_a_job_without_examples_is_refused() -> None:
    edits = [{"id": i, "x1": 0, "x2": 0, "label": 0, "deleted": True} for i in range(8)]
    with pytest.raises(JobError, match="no example"):
        Run(make_job(dataset={"kind": "Logic", "edits": edits}))
