"""A worker of a graphics card takes many runs, as one of a core does."""

import pytest

from neurarium.sessions.protocol import Steer, WatchProbe
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job

pytestmark = pytest.mark.gpu
PLAY = b'{"kind":"play"}'


def test_many_runs_share_a_card_fairly_and_are_looked_at() -> None:
    with Bench(device="cuda") as bench:
        names = [f"run{number}" for number in range(12)]
        for name in names:
            bench.create(name, job())
        trainees = list(bench.shift.desk.trainees.values())
        assert {trainee.run.device.type for trainee in trainees} == {"cuda"}
        assert {trainee.run.engine.name for trainee in trainees} == {"recorded"}
        bench.note(WatchProbe("run3", 1, b'{"kind":"boundary"}'))
        for name in names:
            bench.ask(Steer, name, command=PLAY)
        bench.wait(lambda: min(trainee.run.step for trainee in trainees) > 200)
        used = [trainee.used for trainee in trainees]
        assert sum(used) ** 2 / (len(used) * sum(u * u for u in used)) > 0.9
        bench.wait(lambda: len(bench.pictures("run3")) > 3)
