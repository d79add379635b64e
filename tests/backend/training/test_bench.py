"""Races: the median of rounds, an interval that holds it, and the command that lets them run."""

import json
from collections.abc import Iterator
from math import comb

import pytest
import torch
from benchmarks import run, train_loop, translators
from benchmarks.race import Race, Round, interval, table

from neurarium.__main__ import main
from neurarium_models.inspect import inspect


def rounds(*ratios: float) -> list[Round]:
    return [Round(ratio * 1000, 1000) for ratio in ratios]


def test_a_race_is_won_by_the_median() -> None:
    race = Race("some race", 0.9, rounds(0.1, 0.95, 3, 0.95, 0.8))
    assert race.ratio == 0.95
    assert race.is_met
    assert not Race("slow", 1.0, race.rounds).is_met
    assert Race("only to be known", None, race.rounds).is_met


@pytest.mark.parametrize("count", range(6, 40))
def test_the_interval_holds_the_median_with_95_percent(count: int) -> None:
    low, high = interval([float(place) for place in range(count)])
    rank = int(low)
    assert high == count - 1 - rank

    def left_out(rank: int) -> float:
        return 2 * float(sum(comb(count, k) for k in range(rank + 1))) / 2.0**count

    assert left_out(rank) <= 0.05 < left_out(rank + 1)


def test_a_table_names_what_was_missed() -> None:
    text = table([Race("quick", 0.9, rounds(*[1.0] * 9)), Race("slow", 0.9, rounds(*[0.5] * 9))])
    assert [line.split()[-1] for line in text.splitlines()] == ["target", "met", "MISSED"]


def test_the_command_answers_targets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def races() -> Iterator[Race]:
        yield Race("quick", 0.9, rounds(*[1.25] * 9))

    monkeypatch.setattr(train_loop, "races", races)
    assert main(["bench", "train_loop", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])["targets"]["quick"]
    assert (answer["value"], answer["target"], answer["met"]) == (1.25, 0.9, True)
    assert main(["bench", "train_loop"]) == 0
    assert "1.25 to 1.25  0.9 met" in capsys.readouterr().out
    assert main(["bench", "nowhere"]) == 2
    assert (
        "There are: convnet, lenet, many, small_networks, train_loop, translators, viewer."
        in capsys.readouterr().err
    )


def test_where_there_is_no_card_none_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["bench", "small_networks", "--device", "cuda"]) == 2
    assert "There is no device `cuda` here" in capsys.readouterr().err
    assert main(["bench", "--device", "abacus"]) == 2
    assert "abacus" in capsys.readouterr().err
    assert run.on_cards() == ["lenet", "small_networks"]


@pytest.mark.slow
def test_both_sides_of_the_race_do_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_loop, "SECONDS", 0.01)
    for _, preset, peer, fast, _ in train_loop.QUESTIONS:
        job = train_loop.job_of(preset)
        ours, bare = train_loop.Ours(job, fast=fast), train_loop.Bare(job, peer(job))
        assert ours.turn() > 0
        assert bare.turn() > 0
        assert len(ours.timeline.run.stream) == len(bare.x)
        count = sum(value.numel() for value in bare.peer.net.parameters())
        assert count == ours.timeline.run.inspection.parameters


@pytest.mark.parametrize("preset", translators.PRESETS)
def test_translators_are_written_as_textbooks_have_them(preset: str) -> None:
    """As many parameters as ours, and as many words an epoch."""
    job = train_loop.job_of(preset, **{"dataset.samples": 200})
    bare = translators.Bare(job, translators.peer(preset, job), seconds=0.01)
    count = sum(value.numel() for value in bare.net.parameters())
    assert count == inspect(job.graph).parameters
    assert bare.turn() > 0
    train = job.dataset.draw(job.seed).train
    steps = -(-len(train) // job.batch.size)
    words = int((bare.target[:, 1:] != 0).sum())
    count_words = translators.words_of(job)
    assert count_words(0, steps) == count_words(steps, 2 * steps) == words
    assert words == sum(int((bare.target[batch][:, 1:] != 0).sum()) for batch in bare.epoch())
