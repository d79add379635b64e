"""Sentences: how words become numbers and come back, and that no sentence is both trained with and held out."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from neurarium.dataset import BOS, EOS, PAD, UNKNOWN, Dataset, Split, Vocabulary
from neurarium.datasets import DATASETS
from neurarium.datasets.digit_sequences import DigitSequences
from neurarium.pairs import Pairs, Sources, Targets

OF_SENTENCES = [kind for kind, dataset in DATASETS.items() if issubclass(dataset, Sources)]
WITH_WORDS = [kind for kind, dataset in DATASETS.items() if issubclass(dataset, Sources | Targets)]
PAIRS = [kind for kind, dataset in DATASETS.items() if issubclass(dataset, Pairs)]


def make(kind: str, **settings: Any) -> Dataset:
    return DATASETS[kind].model_validate({"kind": kind, **settings})


def few(kind: str) -> Dataset:
    """Enough sentences to see what there is to see."""
    return make(kind, **({"samples": 800} if "samples" in DATASETS[kind].model_fields else {}))


def halves(dataset: Dataset, seed: int) -> tuple[Split, Split]:
    examples = dataset.draw(seed)
    return examples.train, examples.validation


def texts(dataset: Dataset, split: Split, name: str) -> list[str]:
    vocabulary = dataset.vocabularies()[name]
    return [vocabulary.decode(row) for row in split.arrays[name].tolist()]


def test_words_become_numbers_and_come_back() -> None:
    vocabulary = Vocabulary.of(["the", "man", ",", "Hund", "it's"])
    assert vocabulary.words[:4] == ("<pad>", "<bos>", "<eos>", "<unk>")
    assert vocabulary.encode("The man, the Hund") == [4, 5, 6, 4, 7]
    assert vocabulary.encode("it's a dog") == [8, UNKNOWN, UNKNOWN]
    assert vocabulary.unknown("A dog, a man, a CAT.") == ["a", "dog", "cat", "."]
    assert vocabulary.decode([BOS, 4, 5, 6, 4, 7, EOS, 5, PAD]) == "the man, the Hund"
    assert vocabulary.decode([4, UNKNOWN, PAD]) == "the <unk>"


def test_characters_need_no_spaces() -> None:
    digits = Vocabulary.of("0123", spaced=False)
    assert digits.encode("3 0") == [7, UNKNOWN, 4]
    assert digits.decode([BOS, 7, 4, EOS]) == "30"


@pytest.mark.parametrize("kind", WITH_WORDS)
def test_tokens_stand_between_their_marks(kind: str) -> None:
    dataset = few(kind)
    for split in halves(dataset, 0):
        for name, vocabulary in dataset.vocabularies().items():
            tokens, mask = split.arrays[name], split.arrays[f"{name}_mask"]
            lengths = mask.sum(1)
            assert (mask == (np.arange(mask.shape[1]) < lengths[:, None])).all()
            assert (tokens[~mask] == PAD).all()
            assert (tokens[np.arange(len(tokens)), lengths - 1] == EOS).all()
            assert ((tokens == EOS).sum(1) == 1).all()
            assert ((tokens == BOS).sum(1) == int(name == "target")).all()
            assert name == "source" or (tokens[:, 0] == BOS).all()
            assert tokens[mask].max() < len(vocabulary.words)
            assert not (tokens == UNKNOWN).any()


@pytest.mark.parametrize("kind", OF_SENTENCES)
@pytest.mark.parametrize("seed", [0, 1])
def test_no_sentence_is_both_trained_with_and_held_out(kind: str, seed: int) -> None:
    dataset = few(kind)
    train, held_out = (texts(dataset, split, "source") for split in halves(dataset, seed))
    assert not set(train) & set(held_out)
    assert len(set(train)) == len(train)


@pytest.mark.parametrize("kind", WITH_WORDS)
def test_what_is_written_is_read_again(kind: str) -> None:
    dataset = few(kind)
    _, held_out = halves(dataset, 2)
    for name, vocabulary in dataset.vocabularies().items():
        for text, row in zip(texts(dataset, held_out, name), held_out.arrays[name], strict=True):
            inner = [int(token) for token in row if token not in {PAD, BOS, EOS}]
            assert vocabulary.encode(text) == inner


@pytest.mark.parametrize("kind", PAIRS)
def test_one_sentence_has_one_answer(kind: str) -> None:
    """Else nobody could be always right."""
    dataset, answers = few(kind), dict[str, str]()
    for seed in range(4):
        for split in halves(dataset, seed):
            for source, target in zip(
                texts(dataset, split, "source"), texts(dataset, split, "target"), strict=True
            ):
                assert answers.setdefault(source, target) == target


def test_a_small_world_has_fewer_sentences_than_were_asked_for() -> None:
    """There are 100 rows of two digits. It is at once seen that there are no more."""
    dataset = make("DigitSequences", shortest=2, longest=2, samples=20_000)
    train, held_out = halves(dataset, 0)
    assert 95 <= len(train) + len(held_out) <= 100
    assert len(held_out) == 10


def test_rows_of_digits_against_python() -> None:
    answers: dict[str, Callable[[list[str]], list[str]]] = {
        "reverse": lambda row: row[::-1],
        "sort": sorted,
        "copy": list,
    }
    for exercise, answer in answers.items():
        dataset = make("DigitSequences", samples=900, exercise=exercise, shortest=3, longest=9)
        train, _ = halves(dataset, 3)
        sources, targets = (texts(dataset, train, name) for name in ("source", "target"))
        assert {len(row) for row in sources} == set(range(3, 10))
        assert [list(answer(list(row))) for row in sources] == [list(row) for row in targets]


def test_the_first_symbol_is_the_answer_and_occurs_once() -> None:
    dataset = make("Recall")
    train, held_out = halves(dataset, 0)
    assert {len(row) for row in texts(dataset, train, "source")} == set(range(3, 41))
    for split in (train, held_out):
        rows, labels = texts(dataset, split, "source"), split.arrays["y"]
        assert ["ABCD".index(row[0]) for row in rows] == labels.tolist()
        assert not [row for row in rows if set(row[1:]) & set("ABCD")]


@pytest.mark.parametrize("kind", ["DigitSequences", "Recall"])
def test_the_shortest_is_no_longer_than_the_longest(kind: str) -> None:
    with pytest.raises(ValidationError, match=r"shortest row has 9 .* longest with 8"):
        make(kind, shortest=9, longest=8)


def is_closed(signs: str) -> bool:
    """Close the bracket opened last, one after the other, by a stack."""
    stack: list[str] = []
    for sign in signs:
        if sign in "([":
            stack.append({"(": ")", "[": "]"}[sign])
        elif not stack or stack.pop() != sign:
            return False
    return not stack


def test_brackets_against_a_stack_and_parity_against_counting() -> None:
    answers: dict[str, Callable[[str], bool]] = {
        "brackets": is_closed,
        "parity": lambda row: row.count("1") % 2 == 1,
    }
    for exercise, answer in answers.items():
        dataset = make("DigitSequences", samples=900, exercise=exercise, shortest=4, longest=16)
        assert set(dataset.vocabularies()) == {"source"}
        for split in halves(dataset, 3):
            rows, labels = texts(dataset, split, "source"), split.arrays["y"]
            assert [int(answer(row)) for row in rows] == labels.tolist()
            assert abs(labels.mean() - 0.5) < 0.1


def test_counting_brackets_is_not_enough() -> None:
    """Many rows that do not close have as many of each sign as if they did."""
    train, _ = halves(make("DigitSequences", samples=900, exercise="brackets", longest=16), 0)
    dataset = make("DigitSequences", exercise="brackets")
    rows = zip(texts(dataset, train, "source"), train.arrays["y"], strict=True)
    wrong = [row for row, label in rows if not label]
    even = [r for r in wrong if r.count("(") == r.count(")") and r.count("[") == r.count("]")]
    assert 0.25 < len(even) / len(wrong) < 0.75


def test_brackets_need_rows_of_even_length() -> None:
    with pytest.raises(ValidationError, match="no row of 7 closes"):
        make("DigitSequences", exercise="brackets", shortest=7, longest=7)


def test_digits_know_where_they_come_from() -> None:
    dataset = DigitSequences(exercise="reverse")
    assert [
        ("31415"[there], "51413"[here]) for here, there in dataset.alignments("31415", "51413")
    ] == list(zip("51413", "51413", strict=True))
    assert DigitSequences(exercise="sort").alignments("31415", "11345") == []


FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%A, %d %B %Y", "%d %b %y", "%d.%m.%Y", "%m/%d/%Y")


def test_dates_against_python() -> None:
    dataset, counts, read = make("Dates", samples=2000), Counter[str](), set[str]()
    train, _ = halves(dataset, 0)
    for source, target in zip(
        *(texts(dataset, train, n) for n in ("source", "target")), strict=True
    ):
        for form in FORMATS:
            with suppress(ValueError):
                day = datetime.strptime(source, form)  # noqa: DTZ007 - days have no zone
                counts[form] += 1
                assert day.date().isoformat() == target
                assert "%A" not in form or day.strftime("%A") == source.partition(",")[0]
                read.add(source)
    assert len(read) == len(train)
    assert all(count > len(train) / 10 for count in counts.values())
    assert len(counts) == len(FORMATS)


def test_dates_that_are_no_examples_are_known_and_nothing_else() -> None:
    dataset = DATASETS["Dates"].model_validate({"kind": "Dates", "forms": ["dots", "two digits"]})
    assert isinstance(dataset, Pairs)
    assert dataset.answer(tuple("03.01.1984")) == tuple("1984-01-03")
    assert dataset.answer(tuple("3 Jan 68")) == tuple("2068-01-03")
    for text in ("3.01.1984", "30.02.1984", "3 January 1984", "03.01.1968", "03.01.2069", ""):
        assert dataset.answer(tuple(text)) is None


def test_leap_days_occur() -> None:
    dataset = make("Dates", forms=["dots"], samples=9_000)
    days = {day[5:] for split in halves(dataset, 0) for day in texts(dataset, split, "target")}
    assert len(days) == 366
