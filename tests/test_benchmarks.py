"""The benchmarks compare equals: the bare loop takes the very steps that our training takes."""

import torch
from benchmarks import viewer
from benchmarks.race import Race, Round, interval

from neurarium.api.routes.presets import preset_job
from neurarium.training.run import Run


def test_the_bare_loop_trains_the_same_job() -> None:
    job = preset_job(viewer.PRESET)
    assert job is not None
    run, bare = Run(job), viewer.Bare()
    names = ("hidden1", "hidden2", "output")
    linear = [layer for layer in bare.net if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        for name, layer in zip(names, linear, strict=True):
            layer.weight.copy_(run.network.get_parameter(f"{name}.weight"))
            layer.bias.copy_(run.network.get_parameter(f"{name}.bias"))
    rows = {int(i): row for row, i in enumerate(run.examples.train.ids)}
    for _ in range(25):
        run.take(observe=True)
        assert run.observation is not None
        batch = torch.tensor([rows[int(i)] for i in run.observation.ids])
        bare.step(batch)
    for name, layer in zip(names, linear, strict=True):
        ours = run.network.get_parameter(f"{name}.weight")
        assert torch.allclose(layer.weight, ours, atol=1e-6)


def test_an_interval_is_made_of_order_statistics() -> None:
    assert interval([float(value) for value in range(9)]) == (1, 7)
    assert interval([3.0, 1.0, 2.0]) == (1, 3)


def test_a_race_is_decided_by_the_median_of_its_ratios() -> None:
    rounds = [Round(9, 10), Round(8, 10), Round(30, 10)]
    assert Race("race", 0.9, rounds).is_met
    assert not Race("race", 0.91, rounds).is_met
