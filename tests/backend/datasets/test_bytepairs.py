"""Byte pairs: the library's merges replayed by the rule of the paper, and words that come back whole."""

from collections import Counter
from itertools import pairwise

import pytest
from pydantic import ValidationError

from neurarium import bytepairs
from neurarium.bytepairs import START
from neurarium.dataset import SPECIAL, UNKNOWN, Vocabulary
from neurarium.datasets.english_german import EnglishGerman
from neurarium.grammar.lexicon import german_words

WORDS = (
    "low low low low low lower lower newest newest newest newest newest newest widest widest widest"
)


def merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """Put a pair together wherever it is, from the left: Sennrich et al. 2016, algorithm 1."""
    result: list[str] = []
    for piece in pieces:
        if result and (result[-1], piece) == pair:
            result[-1] += piece
        else:
            result.append(piece)
    return result


@pytest.mark.parametrize("words", [WORDS.split(), german_words()], ids=["paper", "German"])
def test_each_merge_is_the_most_frequent_pair_of_its_time(words: list[str]) -> None:
    vocabulary = Vocabulary.of_pieces(words, 30)
    assert vocabulary.merges is not None
    cut = [list(START + word) for word in words]
    signs = {sign for word in cut for sign in word}
    for pair in vocabulary.merges:
        counts = Counter(found for pieces in cut for found in pairwise(pieces))
        assert counts[pair] == max(counts.values()), pair
        cut = [merged(pieces, pair) for pieces in cut]
    assert {*vocabulary.words} == {*SPECIAL, *signs, *map("".join, vocabulary.merges)}
    assert [vocabulary.split(word) for word in words] == cut


def test_words_never_seen_are_cut_by_the_same_merges() -> None:
    vocabulary = Vocabulary.of_pieces(WORDS.split(), 12)
    assert vocabulary.merges is not None
    for word in ("lowest", "newer", "wide", "test", "slow"):
        pieces = list(START + word)
        for pair in vocabulary.merges:
            pieces = merged(pieces, pair)
        assert vocabulary.split(word) == pieces
    assert vocabulary.decode(vocabulary.encode("lowest newer")) == "lowest newer"
    assert vocabulary.unknown("low quiz") == ["q", "u", "z"]
    assert vocabulary.encode("quiz")[1] == UNKNOWN


def test_endings_become_pieces_of_german() -> None:
    german = EnglishGerman(tokens="bytepair").vocabularies()["target"]
    assert german.split("altes, alter Hund") == ["▁alt", "es", "▁,", "▁alt", "er", "▁Hund"]
    assert german.decode(german.encode("die Katze, die alte")) == "die Katze, die alte"


def test_the_verb_at_the_end_is_found_among_pieces() -> None:
    for joint in (False, True):
        dataset = EnglishGerman(tokens="bytepair", joint=joint)
        english, german = "the old man has drawn a cat", "der alte Mann hat eine Katze gezeichnet"
        here, there = (
            vocabulary.split(text)
            for vocabulary, text in zip(
                dataset.vocabularies().values(), (english, german), strict=True
            )
        )
        ((place, verb),) = dataset.alignments(english, german)
        assert "".join(there[place:]) == "▁gezeichnet"
        assert "".join(here[verb:]).startswith("▁drawn▁a")


def test_one_vocabulary_for_both_languages_has_the_words_of_both() -> None:
    own, joint = EnglishGerman().vocabularies(), EnglishGerman(joint=True).vocabularies()
    assert joint["source"] == joint["target"]
    assert {*joint["source"].words} == {*own["source"].words, *own["target"].words}
    pieces = EnglishGerman(joint=True, tokens="bytepair").vocabularies()
    assert pieces["source"] == pieces["target"]


def test_without_the_library_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytepairs, "find_spec", lambda name: None)
    with pytest.raises(ValidationError, match=r"pip install 'neurarium\[text\]'"):
        EnglishGerman(tokens="bytepair")
    EnglishGerman()
