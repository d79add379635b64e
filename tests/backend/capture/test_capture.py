"""The document of a step is the step: executed operation by operation, it gives what plain autograd gives."""

from typing import Any

import pytest
import torch
from torch import Tensor

from neurarium.api.routes.presets import preset_job
from neurarium.capture.capture import capture_run
from neurarium.capture.document import Capture, Extent
from neurarium.capture.execute import Execution
from neurarium.training.device import reseed
from neurarium.training.engine.plain import Plain
from neurarium.training.run import Run
from neurarium.training.seed import derive
from neurarium_models.preset import PRESETS

POCKET = [name for name in PRESETS if PRESETS[name].job and PRESETS[name].size == "pocket"]
LARGE = ["alexnet", "inception", "resnet", "vgg"]
"""Tracing these takes seconds: they are among the long measurements."""
TRIED = [pytest.param(name, marks=[pytest.mark.bars] if name in LARGE else []) for name in POCKET]


def make(name: str, **changes: Any) -> Run:
    job = preset_job(name)
    assert job is not None
    return Run(job.model_copy(update={"device": "cpu", **changes}), fast=False)


def given(run: Run, capture: Capture) -> dict[str, Tensor]:
    """Everything that the document reads, by name."""
    tensors = dict(run.network.named_parameters()) | dict(run.network.named_buffers())
    tensors |= run.stream.peek(capture.examples).tensors
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def execute(run: Run, capture: Capture) -> Execution:
    execution = Execution(capture, given(run, capture))
    reseed(run.device, derive(run.job.seed, "dropout", run.step))
    execution.advance()
    return execution


def check(run: Run, extent: Extent) -> Capture:
    """Compare an executed document with the eager step, and return the document."""
    capture = Capture.model_validate_json(capture_run(run, extent).model_dump_json())
    execution = execute(run, capture)
    batch = run.stream.peek(capture.examples).tensors
    outcome = Plain(run.network, run.job).backward(batch, run.step)
    assert execution.loss.item() == pytest.approx(outcome.loss + outcome.penalty, abs=1e-6)
    ours = execution.gradients()
    for name, parameter in run.network.named_parameters():
        if parameter.grad is None:
            assert name not in ours
        else:
            torch.testing.assert_close(ours[name], parameter.grad, atol=1e-5, rtol=1e-5)
    return capture


@pytest.mark.parametrize("name", TRIED)
def test_every_preset_is_its_document(name: str) -> None:
    check(make(name), "minibatch")


@pytest.mark.parametrize("name", ["mlp-circles", "lenet5"])
def test_one_example_alone_too(name: str) -> None:
    assert check(make(name), "example").examples == 1
