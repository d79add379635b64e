"""One contract for the whole shelf, on every network that has a preset of its own."""

import functools
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet
from pydantic import TypeAdapter, ValidationError

from neurarium import frame
from neurarium.api.messages import FrameMessage
from neurarium.capture.capture import capture_run
from neurarium.dataset import ClassTarget
from neurarium.probe import Frame, ProbeError
from neurarium.probes import PROBES, AnyProbe, readings
from neurarium.training.view import View
from neurarium_models.preset import PRESETS
from tests.backend.probes.runs import make_probe, preset, trained
from tests.backend.probes.sequences import job, looker, translator

NAMES = [name for name in PRESETS if PRESETS[name].job and PRESETS[name].size == "pocket"]
IMAGES = {name for name in NAMES if PRESETS[name].family == "CNN"}
PAGE = Path(__file__).parents[3] / "docs/probes.md"
SENTENCES = {name for name in NAMES if "target" in PRESETS[name].graph.inputs}
WORDS = {*SENTENCES, *(name for name in NAMES if "source" in PRESETS[name].graph.inputs)}
"""Networks that say or read words."""
OF_WORDS = {
    *("attention", "attend", "decode", "effect_of_head", "lengths", "recurrence"),
    *("alone", "residual"),
}
"""Probes that look at words, and what they are tried on beside presets."""
SMALL: dict[str, Callable[[], dict[str, Any]]] = {"translator": translator, "looker": looker}
EVERY_DAY = {
    *("perceptron-and", "perceptron-mark1", "mlp-circles", "mlp-regression", "lenet5"),
    *("recall-lstm", "reversal-attention", *SMALL),
}
"""One of each sort; all others are tried by `make bars`."""


def holds(name: str, *kinds: str) -> bool:
    """Whether a preset has a layer of one of these kinds."""
    document = json.loads(PRESETS[name].graph.model_dump_json())
    return any(f'"kind": "{kind}"' in json.dumps(document) for kind in kinds)


ATTENDS = {name for name in WORDS if holds(name, "MultiheadAttention", "AttentionGRU")}
RECURS = {name for name in WORDS if holds(name, "RNN", "LSTM", "GRU", "AttentionGRU")}
SEES = {name for name in WORDS if "image" in PRESETS[name].graph.inputs}
REFUSED = {
    ("recurrence", "translator"),
    ("residual", "looker"),
    *(("boundary", name) for name in NAMES if name == "perceptron-mark1" or name in IMAGES),
    *(("mistakes", name) for name in ("mlp-curve", "mlp-regression")),
    *(("hidden", name) for name in NAMES if name.startswith("perceptron")),
    *(("filter", name) for name in NAMES if name not in {*IMAGES, *WORDS}),
    *(("rf", name) for name in NAMES if name not in {*IMAGES, *WORDS, "perceptron-mark1"}),
    *(("scalars", name) for name in (*IMAGES, "mlp-curve", "mlp-spiral", "perceptron-mark1")),
    *(("operations", name) for name in NAMES if name not in {"mlp-circles", "perceptron-mark1"}),
    *(("mask", name) for name in NAMES if name not in {"alexnet", "vgg"}),
    *((kind, name) for kind in OF_WORDS for name in NAMES if name not in WORDS),
    *((kind, name) for kind in ("boundary", "scalars") for name in WORDS),
    *((kind, name) for kind in ("contrib", "filter", "rf") for name in WORDS - SEES),
    *(("hidden", name) for name in ("transformer", *(WORDS - SENTENCES))),
    *((kind, name) for kind in ("answers", "loss", "mistakes") for name in SENTENCES),
    *((kind, n) for kind in ("attention", "attend", "effect_of_head") for n in WORDS - ATTENDS),
    *((kind, name) for kind in ("decode", "alone") for name in WORDS - SENTENCES),
    *(("residual", name) for name in WORDS - {"transformer"}),
    *(("recurrence", name) for name in WORDS - RECURS),
}
"""Where a probe has no answer, and says so."""
CLIPPED = {"image", "answer"}
"""Drawn on a scale that the data give: ink with noise, answers beyond all targets."""


@functools.cache
def a_view(name: str, steps: int) -> View:
    fewer = {"dataset": {"samples": 120}} if name in WORDS else {}
    timeline = trained(job(SMALL[name]()) if name in SMALL else preset(name, **fewer), steps)
    executed = ("operations", name) not in REFUSED and name not in SMALL
    captured = None  # as where nothing was captured
    if executed:
        captured = functools.cache(functools.partial(capture_run, timeline.run))
    return replace(timeline.view(), captured=captured)


@functools.cache
def a_frame(kind: str, name: str, steps: int = 3) -> Frame:
    return make_probe(kind).look(a_view(name, steps))


def tried(pairs: Iterable[tuple[str, str]]) -> list[ParameterSet]:
    return [
        pytest.param(kind, name, marks=[] if name in EVERY_DAY else [pytest.mark.bars])
        for kind, name in pairs
    ]


def answered() -> list[ParameterSet]:
    return tried(
        (kind, name)
        for kind in PROBES
        for name in (*NAMES, *(SMALL if kind in OF_WORDS else ()))
        if (kind, name) not in REFUSED
    )


@pytest.mark.parametrize("kind", PROBES)
def test_a_probe_is_explained(kind: str) -> None:
    probe = PROBES[kind]
    assert probe.__doc__
    assert len(probe.__doc__.split()) >= 10
    for name, field in probe.model_fields.items():
        assert field.description or name == "kind", name
    assert probe.says
    assert make_probe(kind).kind == kind


@pytest.mark.parametrize("kind", PROBES)
def test_settings_survive_json_and_have_bounds(kind: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(AnyProbe)
    probe = make_probe(kind)
    assert adapter.validate_json(probe.model_dump_json()) == probe
    with pytest.raises(ValidationError):
        adapter.validate_python({"kind": kind, "no such setting": 1})
    for name, schema in probe.model_json_schema()["properties"].items():
        kinds = schema.get("anyOf", [schema])
        for whole in (entry for entry in kinds if entry.get("type") == "integer"):
            assert {"minimum", "maximum"} <= whole.keys(), name


@pytest.mark.parametrize(("kind", "name"), tried(sorted(REFUSED)))
def test_a_probe_without_an_answer_says_why(kind: str, name: str) -> None:
    with pytest.raises(ProbeError, match=r"^[A-Z`].*[.]$"):
        a_frame(kind, name)


@pytest.mark.parametrize(("kind", "name"), answered())
def test_axes_shapes_types_and_scales_agree(kind: str, name: str) -> None:
    found = a_frame(kind, name)
    assert found.step == 3
    places = [(picture.name, picture.node) for picture in found.pictures]
    assert len(set(places)) == len(places), "two pictures of one name at one place"
    for picture in found.pictures:
        assert len(picture.axes) == picture.values.ndim, picture.name
        assert np.isfinite(picture.values).all(), picture.name
        several = isinstance(picture.lo, tuple)
        assert several == (picture.scale == "unit"), picture.name
        lows, highs = np.atleast_1d(picture.lo), np.atleast_1d(picture.hi)
        assert len(lows) == len(highs) == (len(picture.values) if several else 1)
        assert (lows < highs).all(), picture.name
        if picture.dtype == "uint8" and picture.name not in CLIPPED:
            assert lows.min() <= picture.values.min(), picture.name
            assert picture.values.max() <= highs.max() + 1e-6, picture.name
        if picture.dtype == "int32":
            assert picture.values.dtype.kind in "iu", picture.name
        if picture.values.min(initial=0) < 0 and picture.dtype != "int32":
            assert picture.name == "image" or (lows == -highs).all(), "zero is not in the middle"


@pytest.mark.parametrize(("kind", "name"), answered())
def test_a_frame_is_the_message_of_the_wire(kind: str, name: str) -> None:
    message = frame.wire(a_frame(kind, name), kind)
    assert set(message) == set(FrameMessage.model_fields) - {"subscription", "run"}
    packed = msgspec.msgpack.encode({**message, "subscription": 1, "run": "abcd1234"})
    parsed = FrameMessage.model_validate(msgspec.msgpack.decode(packed))
    for sent in parsed.arrays:
        kinds = {"uint8": "u1", "int32": "<i4", "float32": "<f4", "float64": "<f8"}
        assert np.frombuffer(sent.data, kinds[sent.dtype]).size == np.prod(sent.shape)
    assert parsed.v == frame.VERSION


@pytest.mark.parametrize(("kind", "name"), answered())
def test_a_frame_is_strict_json_with_true_numbers(kind: str, name: str) -> None:
    found = a_frame(kind, name)
    document = json.loads(json.dumps(frame.plain(found, kind), allow_nan=False))
    for sent, picture in zip(document["arrays"], found.pictures, strict=True):
        np.testing.assert_allclose(np.array(sent["data"], dtype=float), picture.values, rtol=1e-12)
        assert sent["shape"] == list(picture.values.shape)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), answered())
@pytest.mark.parametrize("steps", [0, 3])
def test_a_probe_says_one_of_its_sentences(kind: str, name: str, steps: int) -> None:
    try:
        reading = a_frame(kind, name, steps).reading
    except ProbeError:
        assert (kind, steps) in {("batch", 0), ("mask", 0)}
        return
    assert reading is not None
    assert tuple(reading.values) == readings()[reading.key]
    assert all(isinstance(value, (int, float, str)) for value in reading.values.values())
    assert not any(isinstance(value, (np.generic, bool)) for value in reading.values.values())


@pytest.mark.parametrize("name", sorted(EVERY_DAY & set(NAMES) - WORDS))
def test_arrays_over_the_examples_share_the_order_of_data(name: str) -> None:
    view = a_view(name, 3)
    count = len(view.examples.train) + len(view.examples.validation)
    for kind, shown in (("data", "id"), ("answer", "loss"), ("unit", "sum")):
        picture = next(p for p in a_frame(kind, name).pictures if p.name == shown)
        assert picture.values.shape == (count,)
    classes = isinstance(view.job.dataset.target(), ClassTarget)
    judged = any(p.name == "wrong" for p in a_frame("answer", name).pictures)
    assert judged == (classes or name in SENTENCES)


def test_a_sentence_cannot_be_said_with_other_values() -> None:
    probe = make_probe("health")
    with pytest.raises(TypeError, match=r"health\.stuck is made of"):
        probe.say("stuck", loss=1.0)


def test_the_page_tells_of_every_probe_and_every_setting() -> None:
    page = PAGE.read_text("utf-8")
    table = {
        line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")
    }
    for kind, probe in PROBES.items():
        assert kind in table
        for setting in set(probe.model_fields) - {"kind", "node", "example"}:
            assert f"`{setting}`" in table[kind], (kind, setting)


def test_the_page_lists_every_sentence_with_its_values() -> None:
    rows = [
        f"| `{key}` | {', '.join(f'`{value}`' for value in values) or '–'} |"
        for key, values in readings().items()
    ]
    page = PAGE.read_text("utf-8")
    section = page[page.index("## Readings") :]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows


def test_the_page_has_the_rules_of_the_diagnosis_in_their_order() -> None:
    page = PAGE.read_text("utf-8")
    section = page[page.index("## The diagnosis") : page.index("## Readings")]
    told = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert told == [key for key in readings() if key.startswith("health.")]
