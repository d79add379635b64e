"""A run that says sentences, taken home as PyTorch: its words are those of the run, where nothing of ours is known."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from neurarium.dataset import Vocabulary
from neurarium.task import TaskError
from neurarium.tasks.sequence import NextToken
from neurarium.training.job import Job
from neurarium.training.order import permutation
from neurarium.training.run import Run
from neurarium.training.script.loop import whole
from neurarium.training.script.write import notebook, script
from neurarium_models.preset import PRESETS
from tests.backend.training.test_script import job_of, loaded, usual_precision, weights

__all__ = ["usual_precision"]

TELLING = [
    id for id in PRESETS if PRESETS[id].job is not None and "target" in PRESETS[id].graph.inputs
]
EVERY_DAY = {"translation-attention"}
TRIED = [pytest.param(id, marks=[] if id in EVERY_DAY else [pytest.mark.bars]) for id in TELLING]
"""All others, those that see pictures too, by `make bars`."""
READ = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("taken", sys.argv[1])
taken = importlib.util.module_from_spec(spec)
spec.loader.exec_module(taken)
network = taken.trained()
said = taken.say(network, taken.HELD_OUT)
answered = [taken.answer(network, sentence) for sentence in sys.argv[2:]]
print(json.dumps({"said": said, "answered": answered, "look": taken.look(network)}))
print(json.dumps(sorted(name for name in sys.modules if "neurarium" in name)))
"""
PIECES: dict[str, dict[str, Any]] = {
    "words": {"kind": "EnglishGerman", "mix": "short"},
    "characters": {"kind": "Dates"},
    "byte pairs": {"kind": "EnglishGerman", "mix": "short", "tokens": "bytepair"},
}


def small(id: str, **changes: Any) -> Job:
    """A preset with few sentences."""
    job = job_of(id)
    dataset = job.dataset.model_copy(update={"samples": 30, "validation": 0.2})
    return Job.model_validate(job.model_dump() | {"dataset": dataset.model_dump()} | changes)


def generated(run: Run, batch: dict[str, torch.Tensor], vocabulary: Vocabulary) -> list[str]:
    """What the run's own task says."""
    run.network.eval()
    steps = run.job.task.generate(run.network, batch, run.job.loss.probabilities, seed=0)
    words = torch.stack([step["answer"] for step in steps], 1)
    return [vocabulary.decode(tokens) for tokens in words.tolist()]


@pytest.mark.slow
@pytest.mark.parametrize("id", TRIED)
def test_a_file_says_what_the_run_says(id: str, tmp_path: Path) -> None:
    run = Run(small(id, seed=1))
    for _ in range(12):  # the first answers are empty
        run.take()
    file = tmp_path / "taken.py"
    file.write_bytes(script(run.job, weights(run), run.step))
    held_out = run.inputs(run.examples.validation.arrays)
    known = run.job.dataset.vocabularies()
    expected = generated(run, held_out, known["target"])
    sentences = (
        [known["source"].decode(row) for row in held_out["source"][:3].tolist()]
        if ("source" in known)
        else []
    )
    command = [sys.executable, "-I", "-c", READ, str(file), *sentences]
    done = subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    told, ours = map(json.loads, done.stdout.splitlines())
    assert ours == []
    assert told["said"] == expected
    assert any(expected)
    assert told["answered"] == expected[: len(sentences)]
    assert told["look"] == pytest.approx(run.evaluate(), rel=1e-5, abs=1e-6)


@pytest.mark.slow
def test_a_sentence_is_answered_from_the_shell(tmp_path: Path) -> None:
    run = Run(small("translation-attention"))
    file = tmp_path / "taken.py"
    file.write_bytes(script(run.job, weights(run), 0))
    assert "python FILE SENTENCE lets it answer a sentence" in file.read_text("utf-8")
    taken = loaded(file.read_bytes(), tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", str(file), "The", "dog sees a cat"], check=True, capture_output=True
    )
    assert done.stdout.decode().strip() == taken.answer(taken.trained(), "the dog sees a cat")
    with pytest.raises(SystemExit, match=r"The network does not know zebra, \?"):
        taken.answer(taken.trained(), "the zebra sees a zebra?")
    with pytest.raises(SystemExit, match="reads 1 to 20 words, not 21"):
        taken.answer(taken.trained(), "dog " * 21)


@pytest.mark.parametrize("pieces", PIECES)
def test_sentences_are_cut_as_by_the_vocabulary(pieces: str, tmp_path: Path) -> None:
    job = job_of("translation-attention", dataset={"samples": 200, **PIECES[pieces]})
    known = job.dataset.vocabularies()
    other = Run(small("translation-attention"))
    taken = loaded(script(job, weights(other), 0), tmp_path)
    drawn = job.dataset.draw(0).train.arrays
    for source, target in zip(drawn["source"].tolist(), drawn["target"].tolist(), strict=True):
        sentence = known["source"].decode(source)
        for written in (sentence, sentence.upper()):
            assert taken.split(written) == known["source"].split(written)
        assert taken.text(target) == known["target"].decode(target)


@pytest.mark.parametrize("shift", [True, False])
def test_the_loop_takes_the_same_steps(
    shift: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the run's first weights and order of examples, the file's loop ends where the run does."""
    batch = {"policy": "minibatch", "size": 8, "buckets": False}
    job = small("translation-attention", batch=batch, steps=5, precision="float64", engine="plain")
    job = job.model_copy(update={"task": job.task.model_copy(update={"shift": shift})})
    run = Run(job)
    taken = loaded(script(job, weights(run), 0), tmp_path)
    ids, epochs = run.examples.train.ids, iter(range(100))
    first = taken.trained()
    monkeypatch.setattr(taken, type(first).__name__, lambda: first)
    order = lambda _: torch.from_numpy(permutation(ids, job.seed, next(epochs)))  # noqa: E731
    monkeypatch.setattr(torch, "randperm", order)
    theirs = taken.train()
    torch.set_default_dtype(torch.float32)
    for _ in run:
        pass
    for name, value in run.network.state_dict().items():
        torch.testing.assert_close(theirs.state_dict()[name], value, rtol=1e-9, atol=1e-9)


def test_sentences_of_similar_length_come_together(tmp_path: Path) -> None:
    job = small("translation-attention", dataset={**PIECES["words"], "samples": 300})
    taken = loaded(script(job, weights(Run(job)), 0), tmp_path)
    order, size = torch.randperm(len(taken.TRAIN["target"])), 16
    found, lengths = taken.alike(order, size), taken.lengths(taken.TRAIN)
    assert sorted(found.tolist()) == sorted(order.tolist())

    def padding(order: torch.Tensor) -> int:
        batches = [lengths[rows] for rows in order.split(size)]
        return sum(int((batch.max() - batch).sum()) for batch in batches)

    assert padding(found) < padding(order) / 4
    firsts = [int(lengths[rows].max()) for rows in found.split(size)]
    assert any(a > b for a, b in pairwise(firsts))  # batches are shuffled


def test_the_loop_shown_beside_the_network_says_which_settings_it_follows() -> None:
    code = whole(small("translation-attention"))
    followed = {
        line.strip(): entries for line, entries in zip(code.lines, code.entries, strict=True)
    }
    assert followed["order, at = alike(torch.randperm(count), batch), 0"] == ["batch.buckets"]
    assert any("task.shift" in entries for entries in code.entries)


def test_a_notebook_says_sentences(tmp_path: Path) -> None:
    run = Run(small("translation-attention", steps=2))
    document = json.loads(notebook(run.job, weights(run), 0))
    code = [cell["source"] for cell in document["cells"] if cell["cell_type"] == "code"]
    *cells, look, say, train = code
    taken = loaded("\n\n".join([*cells, f"a = {look}", f"b = {say}", f"c = {train}"]), tmp_path)
    assert taken.a == pytest.approx(run.evaluate(), rel=1e-5, abs=1e-6)
    assert len(taken.b) == 5
    assert taken.a.keys() == taken.c.keys()


def test_texts_that_only_go_on_are_still_refused() -> None:
    job = small("translation-attention").model_copy(update={"task": NextToken()})
    with pytest.raises(TaskError, match="cannot be written as a file yet"):
        script(job, weights(Run(small("translation-attention"))), 0)
