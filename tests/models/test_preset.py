"""The ready-made networks: each file is whole, each network is sound, and its name is its own."""

from pathlib import Path

import pytest

from neurarium_models import preset as module
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from neurarium_models.preset import PRESETS, Presets
from tests.models.samples import tensor

POCKET = [
    "mlp-blobs",
    "mlp-circles",
    "mlp-curve",
    "mlp-regression",
    "mlp-spiral",
    "mlp-xor",
    "perceptron-and",
    "perceptron-mark1",
    "perceptron-or",
    "perceptron-xor",
]

SENTENCES = {"source", "source_mask", "image", "target", "target_mask"}


@pytest.mark.parametrize("name", PRESETS)
def test_every_network_is_sound(name: str) -> None:
    preset = PRESETS[name]
    answer = inspect(preset.graph)
    assert answer.problems == []
    inputs, (output,) = preset.graph.inputs, answer.outputs
    assert list(inputs) == ["x"] or set(inputs) <= SENTENCES
    assert output in ("y", "tokens")
    assert preset.size == ("paper" if name.endswith("-paper") else "pocket")
    if preset.size == "pocket":
        network = build_network(preset.graph, seed=1)
        spec = answer.outputs[output]
        assert spec is not None
        y = network({name: tensor(each) for name, each in inputs.items()})[output]
        assert tuple(y.shape[1:]) == spec.shape
        assert sum(p.numel() for p in network.parameters()) == answer.parameters


def test_every_network_has_a_name_for_a_sentence() -> None:
    for preset in PRESETS.values():
        words = preset.name.split()
        assert words[0] in {"a", "an", "the"} or words[0][0].isupper(), preset.name
        assert preset.name != preset.title
    assert PRESETS["lenet5"].name == "LeNet-5"


def test_the_fixed_names_are_there() -> None:
    assert {*POCKET, "mlp-megapixel-paper"} <= set(PRESETS)


def test_the_three_gates_differ_in_the_data_alone() -> None:
    jobs = [PRESETS[f"perceptron-{gate}"] for gate in ("and", "or", "xor")]
    assert jobs[0].graph == jobs[1].graph == jobs[2].graph
    rest = [{key: value for key, value in (p.job or {}).items() if key != "dataset"} for p in jobs]
    assert rest[0] == rest[1] == rest[2]
    assert len({str(p.job and p.job["dataset"]) for p in jobs}) == 3


def test_a_trainable_preset_has_the_rest_of_a_job() -> None:
    for name in POCKET:
        job = PRESETS[name].job
        assert job is not None
        assert {"dataset", "task", "loss", "optimizer", "batch", "steps", "seed"} <= set(job)
        assert "graph" not in job


def test_paper_sizes() -> None:
    assert inspect(PRESETS["mlp-megapixel-paper"].graph).parameters == 3_000_001_000


def test_files_are_read_when_asked_for_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PRESETS["mlp-xor"].model_dump_json()
    (tmp_path / "mlp-xor.json").write_text(text)
    (tmp_path / "renamed.json").write_text(text)
    (tmp_path / "broken.json").write_text("{")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    presets = Presets()
    assert list(presets) == ["broken", "mlp-xor", "renamed"]
    assert presets["mlp-xor"] is presets["mlp-xor"]
    with pytest.raises(ValueError, match=r"The file renamed\.json holds the preset mlp-xor\."):
        presets["renamed"]
    with pytest.raises(ValueError, match="Invalid JSON"):
        presets["broken"]
    for stranger in ("../mlp-xor", "mlp-xor.json", "", "nothing"):
        with pytest.raises(KeyError):
            presets[stranger]
