"""The same loop on a graphics card: repeatable there, and near to what the CPU computes."""

from typing import Any

import pytest
import torch

from neurarium.training.run import Run
from neurarium.training.state import State
from tests.backend.training import textbook
from tests.backend.training.jobs import dropping, make_job, mlp, take

pytestmark = pytest.mark.gpu
NETWORKS = pytest.mark.parametrize("network", [mlp(), dropping()], ids=["chain", "dropout"])


@NETWORKS
def test_auto_takes_the_card(network: dict[str, Any]) -> None:
    run = Run(make_job(graph=network, device="auto"))
    take(run, 3)
    assert run.device.type == "cuda"
    assert run.state().facts.device == "cuda"
    assert {value.device.type for value in run.network.parameters()} == {"cuda"}


@NETWORKS
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
def test_two_runs_and_a_resumed_one_are_bit_identical(
    optimizer: str, network: dict[str, Any]
) -> None:
    settings = textbook.OPTIMIZERS[optimizer][0] | {"lr": 0.02}
    job = make_job(graph=network, optimizer=settings, device="cuda")
    first, second, resumed = Run(job), Run(job), Run(job)
    take(first, 20)
    take(second, 12)
    resumed.restore(State.loads(second.state().dumps()))
    take(second, 8)
    take(resumed, 8)
    assert first.state().digest() == second.state().digest() == resumed.state().digest()


def test_card_and_cpu_agree() -> None:
    runs = [Run(make_job(device=device, precision="float64")) for device in ("cuda", "cpu")]
    for run in runs:
        take(run, 20)
    card, cpu = (run.state().tensors for run in runs)
    for name, value in cpu.items():
        torch.testing.assert_close(card[name], value, rtol=1e-9, atol=1e-9)
