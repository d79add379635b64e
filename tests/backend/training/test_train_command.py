"""`neurarium train`: its exit status, its last line, and what it says of a job that cannot be trained."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from neurarium.__main__ import main
from neurarium.command_line import train
from neurarium.training.job import Job
from neurarium.training.run import Run
from tests.backend.training.jobs import document, graph, linear


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(document()))
    return path


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


def test_the_last_line_is_one_json_object(
    job_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(job_file), "--json"]) == 0
    result = last_line(capsys)
    assert (result["state"], result["step"], result["epoch"]) == ("finished", 60, 20)
    assert 0 < result["seconds"] < 5
    assert set(result["metrics"]) == {
        "loss",
        "accuracy",
        "validation_loss",
        "validation_accuracy",
    }
    assert set(result["baseline"]) == {"chance", "linear"}
    assert result["run"].isalnum()


def test_settings_are_laid_over_the_job(job_file: Path, tmp_path: Path) -> None:
    options = ["--set", "optimizer.lr=0.5", "--set", "loss.kind=Hinge", "--steps", "7"]
    out = tmp_path / "out"
    assert main(["train", str(job_file), *options, "--seed", "9", "--export", str(out)]) == 0
    job = Job.model_validate_json((out / "job.json").read_text())
    assert (job.optimizer.lr, job.loss.kind, job.steps, job.seed) == (0.5, "Hinge", 7, 9)
    run = Run(job)
    list(run)
    weights = safetensors.torch.load_file(out / "weights.safetensors")
    assert set(weights) == set(run.network.state_dict())
    assert all(
        torch.equal(weights[name], value) for name, value in run.network.state_dict().items()
    )


def test_divergence_is_no_success(job_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = graph(linear("a", 4, "x"), linear("b", 4, "a"), linear("c", 1, "b"))
    settings = ["optimizer.lr=1e6", "loss.kind=SquaredError", f"graph={json.dumps(deep)}"]
    options = [word for setting in settings for word in ("--set", setting)]
    assert main(["train", str(job_file), "--json", *options]) == 3
    captured = capsys.readouterr()
    result = json.loads(captured.out.splitlines()[-1])
    assert result["state"] == "diverged"
    assert result["step"] < 60
    assert "try 2.5e+05" in captured.err


def test_ctrl_c_stops_and_still_tells(
    job_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    take_many = Run.take_many

    def interrupted(run: Run, count: int) -> Any:
        if run.step == 20:
            raise KeyboardInterrupt
        return take_many(run, min(count, 20 - run.step))

    monkeypatch.setattr(Run, "take_many", interrupted)
    assert main(["train", str(job_file), "--json"]) == 130
    result = last_line(capsys)
    assert (result["state"], result["step"]) == ("stopped", 20)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "There is no preset and no file nowhere. Presets: "),
        (["mlp-megapixel-paper"], "no job to train"),
        (["mlp-xor", "--set", "optimizer.lr"], "KEY=VALUE"),
        (["mlp-xor", "--set", "optimizer.lr=-1"], "`optimizer.lr`: "),
        (["mlp-xor", "--set", "colour=red"], "`colour`: "),
        (["mlp-xor", "--steps", "0"], "`steps`: "),
        (["mlp-xor", "--set", "task.kind=Regression"], "classes|numbers"),
    ],
)
def test_what_cannot_be_trained_is_said(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert any(part in captured.err for part in sentence.split("|"))


def test_people_see_chance_and_a_straight_line_beside_the_accuracy(
    job_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(job_file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("The run: finished after 60 steps (20 epochs) in ")
    assert [line.split("  ")[0] or line.split("  ")[1] for line in lines[2:]] == [
        "loss",
        "accuracy",
        "a straight line (accuracy)",
        "chance (accuracy)",
    ]


def test_numbers_that_are_not_finite_become_null(
    job_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(train.read(str(job_file), {}))
    monkeypatch.setattr(run, "evaluate", lambda: {"train_loss": float("inf")})
    result = train.summary(run, train.Outcome("diverged", 0.0))
    assert result["metrics"] == {"loss": None}
    assert "loss" in train.table(result)


@pytest.mark.slow
def test_there_is_a_progress_bar_on_standard_error(job_file: Path) -> None:
    command = [sys.executable, "-m", "neurarium", "train", "-", "--json"]
    with job_file.open() as file:
        done = subprocess.run(command, stdin=file, capture_output=True, text=True, check=True)
    assert "60/60" in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_the_engine_is_named_and_can_be_chosen(
    job_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = []
    for arguments, name in (([], "fused"), (["--engine", "plain"], "plain")):
        assert main(["train", str(job_file), "--json", *arguments]) == 0
        result = last_line(capsys)
        assert result["engine"] == name
        losses.append(result["metrics"]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
