"""What a network says by itself: as its task has it say, and as an exhaustive search finds."""

import itertools

import numpy as np
import pytest
import torch

from neurarium.optics.answers import SOME
from neurarium.optics.decoding import WORDS, Decoder, Manner
from neurarium.optics.sentences import pinned
from neurarium.probe import ProbeError
from neurarium.probes.decode import difference
from neurarium.training.view import View
from tests.backend.probes.runs import array, make_probe
from tests.backend.probes.sequences import WORDS as COUNT
from tests.backend.probes.sequences import a_reader, a_translator

END = 2


def pins(view: View, count: int) -> list[int]:
    return [int(pin) for pin in view.examples.validation.ids[:count]]


def test_greedy_says_what_the_task_generates() -> None:
    view = a_translator()
    for pin in pins(view, 4):
        frame = make_probe("decode", example=pin).look(view)
        batch = pinned(view, pin).batch
        steps = list(
            view.job.task.generate(view.network.eval(), batch, view.job.loss.probabilities, seed=0)
        )
        assert array(frame, "said").tolist() == [int(step["answer"]) for step in steps]
        shares = torch.stack([step["probability"][0] for step in steps])
        np.testing.assert_allclose(array(frame, "probability"), shares.max(-1).values, atol=1e-12)
        most = shares.topk(5)
        np.testing.assert_allclose(array(frame, "share"), most.values, atol=1e-12)
        assert array(frame, "likely").tolist() == most.indices.tolist()
        own = frame.details["own"]
        assert own["score"] == pytest.approx(float(shares.max(-1).values.log().sum()))
        assert own["ended"] == (own["words"][-1] == "<eos>")


def test_of_all_sentences_only_loss_and_whether_they_are_right_is_told() -> None:
    """The probabilities of all words at all places would be thousands of numbers for each sentence."""
    view = a_translator()
    answer, hard = (make_probe(kind).look(view) for kind in ("answer", "hard"))
    assert [picture.name for picture in answer.pictures] == ["loss", "id", "wrong"]
    assert "answer" not in {picture.name for picture in hard.pictures}
    held = np.isin(array(answer, "id"), view.examples.validation.ids)
    assert held.sum() == min(SOME, len(view.examples.validation))
    assert (~held).sum() == SOME < len(view.examples.train)
    wrong = array(answer, "wrong")[held]
    assert answer.details["validation_accuracy"] == pytest.approx(1 - wrong.mean())


def test_beside_it_stands_what_is_said_with_the_right_words_told() -> None:
    view = a_translator()
    (pin,) = pins(view, 1)
    frame = make_probe("decode", example=pin).look(view)
    example = pinned(view, pin)
    with torch.no_grad():
        shares = view.network.eval()(example.batch)["logits"][0].softmax(-1)
    length = example.lengths[WORDS] - 1
    assert array(frame, "told_said").tolist() == shares[:length].argmax(-1).tolist()
    np.testing.assert_allclose(array(frame, "told_probability"), shares[:length].max(-1).values)
    assert array(frame, "truth").tolist() == list(example.tokens[WORDS][1:])
    truth, source = frame.details["truth"], frame.details["tokens"]["source"]
    assert truth["text"] == "".join(truth["words"][:-1]) == "".join(source[-2::-1])
    said, true = (array(frame, name).tolist() for name in ("said", "truth"))
    assert frame.details["difference"] == difference(said, true)


@pytest.mark.parametrize(
    ("said", "truth", "place"), [([1, 2], [1, 2], None), ([1, 3], [1, 2], 1), ([1], [1, 2], 1)]
)
def test_the_first_difference_is_found(
    said: list[int], truth: list[int], place: int | None
) -> None:
    assert difference(said, truth) == difference(truth, said) == place


def test_a_beam_as_wide_as_all_sentences_finds_the_likeliest_of_all() -> None:
    view = a_translator(longest=2, steps=3)
    batch = pinned(view, None).batch
    decoder = Decoder(view, batch, END)
    length = decoder.most
    every = list(itertools.product(range(COUNT), repeat=length))
    assert len(every) == COUNT**length == 2744
    told = decoder.heard([list(sentence[:-1]) for sentence in every])
    with torch.no_grad():
        logs = view.network.eval()(told)["logits"].log_softmax(-1)
    found: dict[tuple[int, ...], float] = {}
    for row, sentence in enumerate(every):
        stop = sentence.index(END) + 1 if END in sentence else length
        score = sum(float(logs[row, place, sentence[place]]) for place in range(stop))
        found[sentence[:stop]] = score
    best = sorted(found.items(), key=lambda item: -item[1])
    beams = decoder.say(Manner("beam", width=COUNT**length))
    assert len(beams) == len(found)
    assert [tuple(beam.tokens) for beam in beams[:50]] == [sentence for sentence, _ in best[:50]]
    np.testing.assert_allclose(
        [beam.score for beam in beams], [score for _, score in best], atol=1e-9
    )


def test_a_wide_beam_finds_what_the_greedy_way_misses() -> None:
    view = a_translator(longest=2, steps=3)
    missed = []
    for pin in pins(view, 6):
        decoder = Decoder(view, pinned(view, pin).batch, None)
        (narrow,) = decoder.say(Manner("beam", width=1))
        assert [narrow] == decoder.say(Manner())
        missed.append(decoder.say(Manner("beam", width=100))[0].score - narrow.score)
    assert min(missed) >= 0
    assert max(missed) > 0.01


def test_a_beam_tells_its_sentences_in_order() -> None:
    frame = make_probe("decode", method="beam", width=3).look(a_translator())
    scores = [beam["score"] for beam in frame.details["beams"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert frame.details["beams"][0] == frame.details["own"]


def test_words_are_drawn_as_the_seed_has_it() -> None:
    view = a_translator()
    drawn = [
        array(make_probe("decode", method="sample", seed=seed).look(view), "said").tolist()
        for seed in (1, 1, *range(2, 8))
    ]
    assert drawn[0] == drawn[1]
    assert len({tuple(row) for row in drawn}) > 3
    cold = make_probe("decode", method="sample", temperature=0).look(view)
    assert array(cold, "said").tolist() == array(make_probe("decode").look(view), "said").tolist()


def test_words_are_drawn_as_often_as_they_are_likely() -> None:
    decoder = Decoder(a_translator(), pinned(a_translator(), None).batch, END)
    decoder.most = 1
    drawn = [decoder.say(Manner("sample", seed=seed))[0].words[0] for seed in range(200)]
    likeliest = drawn[0].likely[0]
    often = sum(word.token == likeliest for word in drawn) / len(drawn)
    assert often == pytest.approx(drawn[0].shares[0], abs=0.1)


def test_a_run_without_words_to_say_says_so() -> None:
    with pytest.raises(ProbeError, match="the task here is classification"):
        make_probe("decode").look(a_reader("GRU"))
