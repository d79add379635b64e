"""The bars of sequences: what recurrence, attention and the Transformer learn in time, and where they look.

Where one of two is to fail, their jobs differ in the network alone.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from benchmarks.translators import WATCHED
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from neurarium.dataset import EOS, Split
from neurarium.datasets.captions import Captions
from neurarium.pairs import Pairs
from neurarium.sessions.governor import SHARE, Governor
from neurarium.training.job import Job
from neurarium.training.trimming import trimmed
from neurarium_models.network import Network, build_network
from tests.backend.sessions.house import preset as job_of
from tests.bars.table import Table
from tests.bars.test_digits import looking_share
from tests.bars.test_quality import train

pytestmark = [pytest.mark.bars, pytest.mark.timeout(900)]

SUBJECT = "sequences"
SEEDS = (0, 1, 2)
LONG = ("--set", "dataset.mix=long", "--steps", "260")
BUCKET = 5
"""Lengths that are counted together."""
SHAPE_WORD = 2
"""`a red circle ...`: at which place the first shape is named."""


class Trained(NamedTuple):
    """What the command has trained, as it was exported, and what it holds out."""

    told: dict[str, Any]
    job: Job
    network: Network
    held_out: Split
    batch: dict[str, Tensor]

    @property
    def name(self) -> str:
        """As the table calls it."""
        return f"{self.told['title']}, seed {self.job.seed}"


def trained(preset: str, seed: int, folder: Path, *options: str) -> Trained:
    """Train by the command, and read what it wrote."""
    told = train(preset, seed, "--export", str(folder), *options)
    assert told["state"] == "finished"
    job = Job.model_validate_json((folder / "job.json").read_text("utf-8"))
    network = build_network(job.graph).eval()
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    held_out = job.dataset.draw(seed).validation
    batch = {name: torch.from_numpy(array) for name, array in held_out.arrays.items()}
    return Trained(told, job, network, held_out, batch)


def say(it: Trained) -> NDArray[np.bool_]:
    """Let the network say all that is held out, hearing its own words alone; tell which sentences are right."""
    wanted = it.batch["target"][:, 1:]
    given = {name: values for name, values in it.batch.items() if not name.startswith("target")}
    said = it.batch["target"][:, :1]
    with torch.no_grad():
        for _ in range(wanted.shape[1]):
            logits = next(iter(it.network(given | {"target": said}).values()))
            said = torch.cat([said, logits[:, -1].argmax(-1, keepdim=True)], 1)
    over = (wanted == EOS).long().cumsum(1) - (wanted == EOS).long() > 0
    return ((said[:, 1:] == wanted) | over).all(1).numpy()


def looks(it: Trained, path: str) -> Tensor:
    """How much of each place is looked at from each: examples × places that say × places that are read."""
    module, seen = it.network.get_submodule(path), []
    handle = module.register_forward_pre_hook(lambda _, given: seen.append(given))
    with torch.no_grad():
        it.network(trimmed(it.batch, it.network))
        handle.remove()
        (given,) = seen
        weights: Tensor = module.explain(*given)["weights"]  # type: ignore[operator]
    return weights.mean(1)


def hold(table: Table, it: Trained, what: str, share: float, least: float) -> None:
    """Hold a share."""
    table.hold(
        1, f"{it.name}: {what}", f"{share:.1%}", f"at least {least:.0%}", share >= least, SUBJECT
    )


def hold_time(table: Table, it: Trained, most: float) -> None:
    """Hold the time of one core, training alone."""
    spent = it.told["seconds"]
    table.hold(
        1, f"{it.name}: training", f"{spent:.1f} s", f"at most {most:g} s", spent <= most, SUBJECT
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_gates_remember(cell: str, seed: int, tmp_path: Path, table: Table) -> None:
    it = trained(f"recall-{cell}", seed, tmp_path)
    with torch.no_grad():
        answer = it.network(it.batch)["y"].argmax(-1)
    share = float((answer == it.batch["y"]).double().mean())
    hold_time(table, it, 10)
    if cell == "rnn":
        table.hold(1, f"{it.name}: held out", f"{share:.1%}", "at most 70%", share <= 0.7, SUBJECT)
    else:
        hold(table, it, "held out", share, 0.98)


def by_length(it: Trained, right: NDArray[np.bool_]) -> dict[int, float]:
    """The share of right sentences by the first length of each bucket; words of the source, without its end."""
    lengths = it.held_out.arrays["source_mask"].sum(1) - 1
    first = (lengths - 1) // BUCKET * BUCKET + 1
    return {int(each): float(right[first == each].mean()) for each in np.unique(first)}


@pytest.mark.parametrize("seed", SEEDS)
def test_one_vector_is_a_bottleneck(seed: int, tmp_path: Path, table: Table) -> None:
    without = trained("translation", seed, tmp_path / "without")
    within = trained("translation-attention", seed, tmp_path / "with")
    assert without.job.model_copy(update={"graph": within.job.graph, "title": "", "name": ""}) == (
        within.job.model_copy(update={"title": "", "name": ""})
    )
    shares = {it.name: by_length(it, say(it)) for it in (without, within)}
    for name, found in shares.items():
        table.note(1, f"{name}: by length", json.dumps(found), SUBJECT)
    bottleneck, open_ = shares.values()
    hold_time(table, without, 60)
    hold(table, without, "the shortest", bottleneck[min(bottleneck)], 0.9)
    longest = bottleneck[max(bottleneck)]
    table.hold(
        1, f"{without.name}: the longest", f"{longest:.1%}", "at most 30%", longest <= 0.3, SUBJECT
    )
    hold_time(table, within, 60)
    hold(table, within, "the shortest", open_[min(open_)], 0.9)
    hold(table, within, "the longest", open_[max(open_)], 0.9)


def aligned(it: Trained, weights: Tensor) -> float:
    """Of the German verbs at the ends of clauses, the share at which the English verb is looked at most."""
    dataset, hits, count = it.job.dataset, 0, 0
    assert isinstance(dataset, Pairs)
    words = dataset.vocabularies()
    for row, look in enumerate(weights):
        source, target = (
            words[name].decode(it.batch[name][row].tolist()) for name in ("source", "target")
        )
        for place, verb in dataset.alignments(source, target):
            hits += int(look[place].argmax()) == verb
            count += 1
    assert count > len(weights) / 4
    return hits / count


TRANSLATORS = {
    "translation-attention": ("decoder", 40, LONG),
    "transformer": ("decoder.1.cross", 60, ()),
}
"""Where each looks at the source, in how many seconds it is to learn, and what it is to learn."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("preset", TRANSLATORS)
def test_a_translator_looks_at_the_verb(
    preset: str, seed: int, tmp_path: Path, table: Table
) -> None:
    path, seconds, options = TRANSLATORS[preset]
    it = trained(preset, seed, tmp_path, *options)
    hold_time(table, it, seconds)
    hold(table, it, "exact, by its own words", float(say(it).mean()), 0.95)
    hold(table, it, "verbs at the end aligned", aligned(it, looks(it, path)), 0.9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("preset", ["captioning-attention", "captioning"])
def test_a_teller_looks_at_the_shape(preset: str, seed: int, tmp_path: Path, table: Table) -> None:
    it = trained(preset, seed, tmp_path)
    right = say(it)
    hold_time(table, it, 40)
    hold(table, it, "exact, by its own words", float(right.mean()), 0.95)
    if preset == "captioning":
        return
    dataset = it.job.dataset
    assert isinstance(dataset, Captions)
    where = torch.from_numpy(dataset.coverage(seed)[it.held_out.ids])
    cells = F.max_pool2d(F.avg_pool2d(where, 4), 3, 1, 1).flatten(2) > 0.1
    weights, lengths = looks(it, "decoder"), it.batch["target_mask"].sum(1)
    masses = [
        float(weights[row, place][cells[row, which]].sum())
        for row in np.flatnonzero(right)
        for which, place in enumerate((SHAPE_WORD, int(lengths[row]) - 3))
    ]
    table.note(1, f"{it.name}: cells that count", f"{float(cells.double().mean()):.1%}", SUBJECT)
    hold(
        table, it, "of the look at a word for a shape, on that shape", float(np.mean(masses)), 0.65
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("preset", "least"), [("dates", 0.95), ("reversal-attention", 0.95)])
def test_what_is_read_place_by_place_is_learned_soon(
    preset: str, least: float, seed: int, tmp_path: Path, table: Table
) -> None:
    it = trained(preset, seed, tmp_path)
    hold_time(table, it, 40)
    hold(table, it, "exact, by its own words", float(say(it).mean()), least)


@pytest.mark.parametrize(("share", "seconds"), [(SHARE, 40.0), (1.0, 5.0)])
def test_watching_all_heads_costs_at_most_its_share(
    share: float, seconds: float, table: Table
) -> None:
    """Beside all else that the page shows at once. Without the governor it costs more: the negative control."""
    job = job_of("transformer", steps=1_000_000)
    spent, looks = looking_share(Governor(share), seconds, job, WATCHED)
    what = f"transformer: looking, of training, {looks} looks in {seconds:g} s"
    if share == SHARE:
        bar, met = f"at most {SHARE:.0%}", spent <= SHARE * 1.01
        table.hold(5, what, f"{spent:.2%}", bar, met, SUBJECT)
    else:
        table.note(5, f"{what}, were its share 100 %", f"{spent:.2%}", SUBJECT)
        assert spent > SHARE * 1.01
