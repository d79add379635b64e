"""How many sentences are right without a teacher: beside the network's own greedy words, one example at a time."""

import numpy as np
import pytest

from neurarium.optics.decoding import WORDS, Decoder, Manner
from neurarium.optics.sentences import end, pinned
from neurarium.probe import Frame
from neurarium.training.ablations.causal import CausalMask
from neurarium.training.ablations.shift import ShiftedOutputs
from neurarium.training.job import Job
from neurarium.training.view import View
from tests.backend.probes.runs import make_probe, seen
from tests.backend.probes.sequences import job, translator

STEPS = 80


def easy() -> Job:
    """Two digits: soon nearly all are right."""
    data = {"shortest": 2, "longest": 2, "samples": 100, "validation": 0.2}
    return job(translator(2), dataset=data)


def values(frame: Frame, name: str) -> list[int]:
    return [int(x) for x in next(each.values for each in frame.pictures if each.name == name)]


def is_right(view: View, example: int) -> bool:
    """Let one example be said by itself, as the probe `decode` does."""
    sentence = pinned(view, example)
    (said,) = Decoder(view, sentence.batch, end(view, WORDS)).say(Manner())
    return said.tokens == list(sentence.tokens[WORDS][1:])


@pytest.fixture(scope="module")
def whole() -> View:
    return seen(easy(), STEPS)


def test_every_sentence_is_judged_by_what_is_said_word_for_word(whole: View) -> None:
    frame = make_probe("alone").look(whole)
    right = [is_right(whole, example) for example in values(frame, "id")]
    assert values(frame, "own") == [int(each) for each in right]
    assert sum(right) > 0, "some have to be right, so that this says something"
    assert frame.details["own"] == pytest.approx(np.mean(right))
    assert frame.details["examples"] == len(right) > 10


def test_with_a_mask_and_shifted_outputs_a_teacher_changes_nothing(whole: View) -> None:
    frame = make_probe("alone").look(whole)
    assert values(frame, "own") == values(frame, "told")


@pytest.mark.parametrize("ablation", [CausalMask(), ShiftedOutputs()], ids=str)
def test_who_sees_what_it_should_say_is_lost_without_a_teacher(
    ablation: CausalMask | ShiftedOutputs, whole: View
) -> None:
    without = make_probe("alone").look(seen(ablation.apply(easy()), STEPS)).details
    assert without["told"] > 0.9
    assert without["own"] < make_probe("alone").look(whole).details["own"]
