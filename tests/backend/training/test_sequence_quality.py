"""What remembers and what forgets, by the command that people use; of both, only the kind of one layer differs."""

from pathlib import Path
from typing import Any

import pytest

from neurarium_models.graph import Node
from neurarium_models.preset import PRESETS
from tests.backend.training.test_quality import train

REMEMBERS, FORGETS = 0.98, 0.70
SECONDS = 10.0
"""Of one core, training alone."""
SHORT = ("--seed", "2", "--steps", "300")
"""A job that has learned sooner than others."""


def test_what_recalls_differs_in_one_layer_alone() -> None:
    jobs = [PRESETS[f"recall-{kind}"] for kind in ("rnn", "lstm", "gru")]
    assert jobs[0].job == jobs[1].job == jobs[2].job

    def rest(graph: Any) -> Any:
        nodes = [
            node | {"layer": None} if node["id"] == "memory" else node for node in graph["nodes"]
        ]
        return graph | {"nodes": nodes}

    graphs = [rest(each.graph.model_dump()) for each in jobs]
    assert graphs[0] == graphs[1] == graphs[2]
    layers = [
        next(n.layer for n in each.graph.nodes if isinstance(n, Node) and n.id == "memory")
        for each in jobs
    ]
    settings = [
        each.model_dump(include={"hidden_size", "bias", "bidirectional"}) for each in layers
    ]
    assert settings[0] == settings[1] == settings[2]


@pytest.mark.slow
def test_an_lstm_remembers_where_a_plain_recurrent_network_forgets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lstm = train("recall-lstm", tmp_path / "lstm", capsys, *SHORT)
    rnn = train("recall-rnn", tmp_path / "rnn", capsys, *SHORT)
    assert lstm["metrics"]["validation_accuracy"] >= REMEMBERS
    assert rnn["metrics"]["validation_accuracy"] <= FORGETS
    assert lstm["seconds"] <= SECONDS
