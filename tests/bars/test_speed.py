"""Bar 10: our training beside bare PyTorch, by `neurarium bench`."""

import json
import subprocess
import sys

import pytest

from tests.bars.table import Table

pytestmark = [pytest.mark.bars, pytest.mark.timeout(1500)]

ROUNDS = 9


def test_training_keeps_up_with_a_bare_loop(table: Table) -> None:
    command = [sys.executable, "-m", "neurarium", "bench", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    races = json.loads(done.stdout.splitlines()[-1])["targets"]
    missed = []
    for name, race in races.items():
        low, high = race["interval"]
        measured = f"{race['value']:.2f} ({low:.2f} to {high:.2f})"
        assert len(race["rounds"]) >= ROUNDS
        if race["target"] is None:
            table.note(10, name, measured)
        elif not race["met"]:
            missed.append((10, name, measured, f"at least {race['target']:g}", False))
        else:
            table.hold(10, name, measured, f"at least {race['target']:g}", True)
    for row in missed:
        table.hold(*row)
    assert races["training with one viewer"]["target"] == 0.9
