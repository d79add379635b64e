"""Pairs that a person types: what can be read, and the line that cannot."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from neurarium.dataset import Split
from neurarium.datasets.own_pairs import MAXIMUM_TEXT, OwnPairs, Tokens

TABS = "one\teins\ntwo\tzwei\n\nthree\tdrei\nfour\tvier"
COMMAS = '"yes, please",ja bitte\r\nno, nein\r\n"say ""hi""", sag hallo\r\nmaybe,"vielleicht"'


def told(dataset: OwnPairs, split: Split) -> dict[int, tuple[str, str]]:
    """Every pair as text, by its id."""
    source, target = dataset.vocabularies().values()
    rows = zip(split.ids, split.arrays["source"], split.arrays["target"], strict=True)
    return {int(id_): (source.decode(one), target.decode(other)) for id_, one, other in rows}


def whole(dataset: OwnPairs, seed: int = 0) -> dict[int, tuple[str, str]]:
    examples = dataset.draw(seed)
    return told(dataset, examples.train) | told(dataset, examples.validation)


def test_a_pair_is_known_by_its_line() -> None:
    assert whole(OwnPairs(text=TABS)) == {
        1: ("one", "eins"), 2: ("two", "zwei"), 4: ("three", "drei"), 5: ("four", "vier"),
    }  # fmt: skip
    assert OwnPairs(text="\ufeff" + TABS.replace("\n", "\r\n")).sizes() == (3, 1)


def test_commas_part_where_there_is_no_tab_and_quotation_marks_protect_them() -> None:
    found = whole(OwnPairs(text=COMMAS, tokens="character"))
    assert found == {
        1: ("yes, please", "ja bitte"), 2: ("no", "nein"), 3: ('say "hi"', "sag hallo"),
        4: ("maybe", "vielleicht"),
    }  # fmt: skip


@pytest.mark.parametrize("tokens", ["word", "character", "bytepair"])
def test_the_sample_can_be_learned_from(tokens: Tokens) -> None:
    dataset = OwnPairs(tokens=tokens, merges=20)
    found = whole(dataset)
    assert found[1] == ("I am tired", "ich bin müde")
    assert len(found) == sum(dataset.sizes()) == 36
    longest = [max(len(v.split(text)) for text in side) for v, side in zip(
        dataset.vocabularies().values(), zip(*found.values(), strict=True), strict=True)]  # fmt: skip
    shapes = [dataset.inputs()[name].shape[0] for name in ("source", "target")]
    assert shapes == [longest[0] + 1, longest[1] + 2]


def test_a_pair_that_is_there_twice_counts_once() -> None:
    """Else it might be trained with and held out: only spaces and the line differ."""
    assert sorted(whole(OwnPairs(text=TABS + "\none\teins\n two \t zwei "))) == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no pair yet"),
        ("one\teins\ntwo\tzwei", "There are 2 different pairs; there may be 4 to"),
        (TABS + "\nfive", "Line 6 has 1 column; a pair has two"),
        (TABS + "\nfive\tfünf\tcinq", "Line 6 has 3 columns"),
        (TABS + "\n\tfünf", "Line 6 has no source"),
        (TABS + "\nfive\t ", "Line 6 has no target"),
        (TABS + "\none\tein", "Line 6 has the same source as line 1, but another target"),
        (TABS + "\n" + "a " * 121 + "\tb", "Line 6 has 121 tokens in its source; there may be 1"),
        ('a,b\n"c,d', "Line 2 cannot be read: a quotation mark is not closed"),
        ('a,b\n"c"x,d', "Line 2 cannot be read"),
        ("a\x00,b,c", "Line 1 has 3 columns"),
        ("x" * (MAXIMUM_TEXT + 1), "at most 60000 characters"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        OwnPairs(text=text)


@settings(max_examples=40)
@given(text=st.text(max_size=80) | st.text(alphabet='ab,\t\n" ', max_size=80))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        dataset = OwnPairs(text=text + "\na\tb\nc\td\ne\tf\ng\th")
    except ValidationError as problem:
        (error,) = problem.errors()
        assert error["type"] == "value_error"
        assert error["msg"].endswith(".")
        return
    examples = dataset.draw(0)
    trained, held_out = (told(dataset, split) for split in (examples.train, examples.validation))
    assert len(trained) + len(held_out) == sum(dataset.sizes())
    assert not {row.tobytes() for row in examples.train.arrays["source"]} & {
        row.tobytes() for row in examples.validation.arrays["source"]
    }
