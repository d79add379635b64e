"""Words from a network: for a text, an example or inputs of one's own, with its attention changed by hand."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from neurarium.datasets.captions import Captions
from neurarium.datasets.english_german import EnglishGerman
from neurarium.sessions.errors import Refused
from neurarium.sessions.using import generate, predict
from neurarium.sessions.utterance import Utterance
from neurarium.training.view import View
from tests.backend.probes.runs import make_probe, preset, seen
from tests.backend.probes.sequences import a_reader, a_translator, job, translator


def say(view: View, **asked: Any) -> dict[str, Any]:
    return generate(view, Utterance.model_validate(asked).model_dump_json().encode())


def test_an_example_is_said_as_the_probe_has_it() -> None:
    view = a_translator()
    example = int(view.examples.validation.ids[1])
    told = say(view, example=example, method="beam", width=3)
    probe = make_probe("decode", example=example, method="beam", width=3).look(view).details
    assert told["said"]["words"] == probe["own"]["words"]
    assert [beam["score"] for beam in [told["said"], *told["beams"]]] == [
        beam["score"] for beam in probe["beams"]
    ]
    assert told["truth"] == probe["truth"]["words"]
    assert told["tokens"] == {"source": probe["tokens"]["source"]}
    assert [max(row) for row in told["said"]["shares"]] == [
        row[0] for row in told["said"]["shares"]
    ]


def test_a_text_is_read_as_the_data_have_it() -> None:
    view = a_translator()
    split = view.examples.validation
    digits = "".join(str(token - 4) for token in split.arrays["source"][0] if token > 3)
    by_text, by_id = say(view, text=digits), say(view, example=int(split.ids[0]))
    assert by_text["tokens"] == by_id["tokens"]
    assert by_text["said"] == by_id["said"]
    assert by_text["truth"] == by_id["truth"] == [*reversed(digits), "<eos>"]
    inputs = {name: split.arrays[name][:1].tolist() for name in ("source", "source_mask")}
    assert say(view, inputs=inputs)["said"] == by_id["said"]


def test_a_row_that_is_written_over_is_what_the_word_has_looked_at() -> None:
    view = a_translator()
    row = {"node": "decoder.0.cross", "head": 1, "place": 1, "weights": [1, 3]}
    paths = ["decoder.0.cross", "encoder.0.attention"]
    plain = say(view, text="4711", attention=paths)
    told = say(view, text="4711", attention=paths, overwrite=[row])
    before, after = (np.array(each["attention"][0]["weights"]) for each in (plain, told))
    words = len(told["said"]["words"])
    assert after.shape == (2, words, 5)
    assert after[1, 1].tolist() == [0.25, 0.75, 0, 0, 0]
    np.testing.assert_array_equal(after[:, 0], before[:, 0])
    np.testing.assert_allclose(after.sum(-1), 1)
    assert told["said"]["shares"][0] == pytest.approx(plain["said"]["shares"][0], abs=1e-12)
    assert told["said"]["shares"][1] != pytest.approx(plain["said"]["shares"][1], abs=1e-6)
    assert np.array(told["attention"][1]["weights"]).shape == (4, 5, 5)
    assert told["unchanged"] == plain["said"]
    assert plain["unchanged"] is None
    assert say(view, text="4711", attention=paths) == plain


def test_a_layer_without_heads_says_what_it_says_without_what_it_finds() -> None:
    view = a_translator()
    off = [{"node": "decoder.0.cross", "head": head} for head in range(2)]
    told = say(view, text="123", without=off, attention=["decoder.0.cross"])
    assert not np.array(told["attention"][0]["weights"]).any()
    weight = view.network.get_parameter("decoder.0.cross.out_proj.weight")
    kept = weight.detach().clone()
    with torch.no_grad():
        weight.zero_()
        expected = say(view, text="123")["said"]
        weight.copy_(kept)
    assert told["said"]["shares"] == [pytest.approx(row) for row in expected["shares"]]
    assert told["said"]["words"] == expected["words"]
    assert told["said"]["shares"][0] != pytest.approx(say(view, text="123")["said"]["shares"][0])


@cache
def in_german() -> View:
    data = EnglishGerman(mix="short", samples=40)
    known = data.vocabularies()
    graph = translator()
    for name, spec in data.inputs().items():
        graph["inputs"][name] = spec.model_dump(mode="json")
    for node in graph["nodes"]:
        if node["id"] in {"read", "said"}:
            name = "source" if node["id"] == "read" else "target"
            node["layer"]["num_embeddings"] = len(known[name].words)
        if node["id"] == "head":
            node["layer"]["out_features"] = len(known["target"].words)
    return seen(job(graph, dataset=data.model_dump(mode="json")), 1)


def test_words_that_are_not_known_are_named_with_known_ones_near_them() -> None:
    view = in_german()
    sentence = view.job.dataset.vocabularies()["source"].decode(
        view.examples.validation.arrays["source"][0].tolist()
    )
    known = say(view, text=sentence)
    assert known["said"]["words"]
    first = sentence.split()[0]
    told = say(view, text=f"zqx {sentence} {first}{first[-1]}")["unknown"]
    assert [each["word"] for each in told] == ["zqx", f"{first}{first[-1]}"]
    assert first.lower() in told[1]["near"]


def test_what_is_right_is_told_where_the_data_know_it() -> None:
    view = in_german()
    known = view.job.dataset.vocabularies()
    for split in (view.examples.train, view.examples.validation):
        sentence = known["source"].decode(split.arrays["source"][-1].tolist())
        right = known["target"].decode(split.arrays["target"][-1].tolist())
        assert " ".join(say(view, text=sentence)["truth"]).replace(" ,", ",") == f"{right} <eos>"
    assert say(view, text="the the")["truth"] is None


@cache
def of_pictures() -> View:
    """A network that looks at pictures and has learned nothing."""
    return seen(preset("captioning-attention", **{"dataset.samples": 60}), 0)


SCENE = ["a", "red", "circle", "left of", "a", "blue", "cross"]


def test_a_scene_is_composed_seen_and_told() -> None:
    view = of_pictures()
    told = say(view, scene=SCENE, seed=3, attention=["decoder"])
    (image,) = Captions(samples=60).composed(SCENE, 3)[0]["image"]
    np.testing.assert_allclose(told["picture"], image, atol=6e-4)
    assert told["said"]["words"] == say(view, inputs={"image": [image.tolist()]})["said"]["words"]
    assert told["truth"] == ["a", "red", "circle", "left", "of", "a", "blue", "cross", "<eos>"]
    assert told["attention"][0]["grid"] == [8, 8]
    assert say(view, example=0)["picture"] is None


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"text": "123456789"}, "has 9 words; the network reads at most 7"),
        ({"example": 2**40}, "There is no example"),
        ({"text": "12", "attention": ["nowhere"]}, "is no layer of attention"),
        ({"text": "12", "without": [{"node": "decoder.0.cross", "head": 2}]}, "no head 2"),
        (
            {
                "text": "12",
                "overwrite": [{"node": "decoder.0.cross", "place": 0, "weights": [1] * 4}],
            },
            "place 0 can look at 3 places; these are 4 weights",
        ),
        (
            {
                "text": "12",
                "overwrite": [{"node": "decoder.0.self", "place": 1, "weights": [1] * 3}],
            },
            "place 1 can look at 2 places; these are 3 weights",
        ),
        ({"inputs": {"source": [[1] * 8]}}, "`source_mask` should be a list"),
        ({"inputs": {"source": [[99] * 8], "source_mask": [[True] * 8]}}, "beyond the vocabulary"),
        (
            {"inputs": {"source": [[1] * 8] * 2, "source_mask": [[True] * 8] * 2}},
            "for one example at a time",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_with_a_sentence(
    asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        say(a_translator(), **asked)
    assert refused.value.code == "inputs-refused"


@pytest.mark.parametrize(
    ("view", "scene", "sentence"),
    [
        (of_pictures, ["a", "red", "circle"], "A scene has 7 words"),
        (of_pictures, [*SCENE[:-1], "zqx"], "Word 7 of a scene is one of: circle, square"),
        (a_translator, SCENE, "Of these data no scene can be composed"),
    ],
)
def test_what_is_no_scene_is_refused(
    view: Callable[[], View], scene: list[str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        say(view(), scene=scene)
    assert refused.value.code == "inputs-refused"
    assert "zqx" not in str(refused.value)


def test_a_run_that_says_no_words_is_refused() -> None:
    with pytest.raises(Refused, match="the task here is classification"):
        say(a_reader("GRU"), text="ABC")


def test_tokens_beyond_the_vocabulary_are_refused_where_a_network_is_used() -> None:
    inputs = {"source": [[99] * 8], "source_mask": [[True] * 8], "target": [[1] * 9]}
    with pytest.raises(Refused, match="beyond the vocabulary") as refused:
        predict(a_translator(), json.dumps(inputs).encode())
    assert refused.value.code == "inputs-refused"
