"""One contract for the whole shelf of datasets: a new entry is tested without writing a test."""

import json
import subprocess
import sys
import weakref
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from neurarium.dataset import (
    Arrays,
    ClassTarget,
    Dataset,
    Examples,
    InputTarget,
    RealTarget,
    Sampled,
    drawn,
    generator,
)
from neurarium.datasets import DATASETS, AnyDataset
from neurarium.pairs import Drawn

ADAPTER: TypeAdapter[Dataset] = TypeAdapter(AnyDataset)
SETTINGS: list[dict[str, Any]] = [
    *(
        {"kind": kind} | ({"samples": 600} if issubclass(model, Drawn) else {})
        for kind, model in DATASETS.items()
    ),
    {"kind": "Circles", "samples": 2, "validation": 0.9},
    {"kind": "DigitSequences", "exercise": "brackets", "samples": 300},
    {"kind": "DigitSequences", "exercise": "parity", "longest": 30, "samples": 300},
    {"kind": "DigitSequences", "exercise": "sort", "shortest": 5, "longest": 5},
    {"kind": "EnglishGerman", "mix": "short", "difficulty": 3, "samples": 1000},
    {"kind": "Gaussians", "classes": 8, "noise": 0.05},
    {"kind": "Glyphs", "glyphs": ["E", "F", "X"], "noise": 0.0, "shift": 4},
    {"kind": "Logic", "gate": "xor", "noise": 1.0},
    {"kind": "Spiral", "arms": 6, "turns": 3, "samples": 5000},
    {"kind": "Surface", "shape": "hills", "features": ["x1_x2", "sin_x1", "sin_x2"]},
]
TYPES: dict[str, set[np.dtype[Any]]] = {
    "float32": {np.dtype(np.float64), np.dtype(np.float32)},
    "int64": {np.dtype(np.int64)},
    "bool": {np.dtype(np.bool_)},
}


def make(settings: dict[str, Any]) -> Dataset:
    return ADAPTER.validate_python(settings)


def whole(examples: Examples) -> Arrays:
    """Put both splits together in the order of ids, the ids among the arrays."""
    ids = np.concatenate([examples.train.ids, examples.validation.ids])
    order = np.argsort(ids)
    return {"id": ids[order]} | {
        name: np.concatenate([array, examples.validation.arrays[name]])[order]
        for name, array in examples.train.arrays.items()
    }


@pytest.mark.parametrize("kind", DATASETS)
def test_an_entry_is_explained(kind: str) -> None:
    dataset = DATASETS[kind]
    assert dataset.__doc__
    assert len(dataset.__doc__.split()) >= 10
    assert dataset.title == dataset.title.strip() != ""
    assert kind == dataset.__name__
    for name, field in dataset.model_fields.items():
        assert field.description or name == "kind", name


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_settings_survive_json(settings: dict[str, Any]) -> None:
    dataset = make(settings)
    assert ADAPTER.validate_json(json.dumps(dataset.model_dump(mode="json"))) == dataset


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_inputs_and_targets_are_as_announced(settings: dict[str, Any]) -> None:
    dataset = make(settings)
    target = dataset.target()
    for split in (examples := dataset.draw(3)).train, examples.validation:
        assert len(split) > 0
        assert split.ids.dtype == np.int64
        assert {len(array) for array in split.arrays.values()} == {len(split)}
        for name, spec in dataset.inputs().items():
            assert split.arrays[name].shape[1:] == spec.shape
            assert split.arrays[name].dtype in TYPES[spec.dtype]
            assert np.isfinite(split.arrays[name]).all()
        if isinstance(target, InputTarget):
            assert "y" not in split.arrays
            continue
        y = split.arrays["y"]
        if isinstance(target, ClassTarget):
            assert y.dtype == np.int64
            assert set(y) <= set(range(len(target.names)))
            assert len(set(target.names)) == len(target.names)
        else:
            assert isinstance(target, RealTarget)
            assert y.dtype == np.float64
            assert y.shape[1:] == (target.width,)
            assert np.isfinite(y).all()


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_class_occurs_as_often(settings: dict[str, Any]) -> None:
    dataset = make(settings)
    target = dataset.target()
    if isinstance(target, ClassTarget) and settings["kind"] not in COLLECTED:
        counts = np.bincount(whole(dataset.draw(0))["y"], minlength=len(target.names))
        assert counts.max() - counts.min() <= 2


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_one_seed_is_one_drawing_bit_for_bit(settings: dict[str, Any]) -> None:
    drawn = [make(settings).draw(seed) for seed in (7, 7, 8)]
    first, again, other = ({**whole(each), "learned": each.train.ids} for each in drawn)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_nothing_is_both_trained_with_and_held_out(settings: dict[str, Any]) -> None:
    examples = make(settings).draw(1)
    assert not set(examples.train.ids) & set(examples.validation.ids)
    trained, held_out = (
        {example.tobytes() for example in split.arrays[next(iter(make(settings).inputs()))]}
        for split in (examples.train, examples.validation)
    )
    assert not trained & held_out


COLLECTED = {"Logic", "Digits"}
"""Data that are as they are; all others are drawn, with as many of each class."""
SAMPLED = [settings for settings in SETTINGS if issubclass(DATASETS[settings["kind"]], Sampled)]
COUNTED = [
    settings for settings in SETTINGS if issubclass(DATASETS[settings["kind"]], Sampled | Drawn)
]


@pytest.mark.parametrize("settings", COUNTED, ids=str)
def test_more_samples_leave_the_earlier_ones_as_they_are(settings: dict[str, Any]) -> None:
    few, many = (whole(make(settings | {"samples": count}).draw(2)) for count in (50, 83))
    assert all(np.array_equal(few[name], many[name][:50]) for name in few)


@pytest.mark.parametrize("settings", COUNTED, ids=str)
def test_a_greater_share_holds_out_the_same_and_more(settings: dict[str, Any]) -> None:
    held_out = [
        set(make(settings | {"samples": 60, "validation": share}).draw(2).validation.ids)
        for share in (0.05, 0.3, 0.9)
    ]
    assert [len(ids) for ids in held_out] == [3, 18, 54]
    assert held_out[0] < held_out[1] < held_out[2]


@pytest.mark.parametrize("settings", SAMPLED, ids=str)
def test_noise_pushes_every_example_further_the_same_way(settings: dict[str, Any]) -> None:
    still, near, far = (
        whole(make(settings | {"noise": noise, "samples": 30}).draw(2)) for noise in (0.1, 0.2, 0.5)
    )
    for name in still:
        if still[name].dtype == np.float64 and name != "x":  # features are no straight lines
            np.testing.assert_allclose(
                far[name] - still[name], 4 * (near[name] - still[name]), atol=1e-12
            )
        elif name != "x":
            assert np.array_equal(still[name], far[name])
    assert any(not np.array_equal(still[name], far[name]) for name in still)


@pytest.mark.parametrize("settings", SAMPLED, ids=str)
@pytest.mark.parametrize(
    "change",
    [
        {"samples": 1},
        {"samples": 5001},
        {"noise": -0.1},
        {"noise": 1.1},
        {"noise": float("nan")},
        {"validation": 0.0},
        {"validation": 0.95},
        {"unknown": 1},
    ],
    ids=str,
)
def test_settings_have_bounds(settings: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make(settings | change)


def test_the_largest_dataset_is_drawn_at_once() -> None:
    for kind in DATASETS:
        if issubclass(DATASETS[kind], Sampled):
            assert len(whole(make({"kind": kind, "samples": 5000}).draw(0))["id"]) == 5000


def test_streams_of_chance_are_independent() -> None:
    drawn = {
        (seed, purpose): generator(seed, purpose).random(4).tobytes()
        for seed in (0, 1, 2**32, 2**53 - 1)
        for purpose in ("noise", "places", "held out")
    }
    assert len(set(drawn.values())) == len(drawn)


def test_chance_is_the_same_on_every_machine() -> None:
    """Numbers that a page or a link has shown once must not change with a new release."""
    drawn = generator(5, "places").random(3).tolist()
    assert drawn == [0.22347667231350965, 0.15592191723299897, 0.2800687661724447]


def test_no_shelf_brings_torch_or_scikit_learn() -> None:
    program = (
        "import sys, neurarium.training.job\n"
        "sys.exit(str([name for name in ('torch', 'sklearn', 'scipy') if name in sys.modules]))"
    )
    child = subprocess.run(
        [sys.executable, "-c", program], check=False, timeout=60, capture_output=True, text=True
    )
    assert child.stderr.strip() == "[]"


def test_kinds_of_all_shelves_have_names_of_their_own() -> None:
    """The page's types are made from class names: two of one name would get long ones."""
    from neurarium.tasks import TASKS
    from neurarium.training.losses import LOSSES
    from neurarium.training.optimizers import OPTIMIZERS
    from neurarium.training.regularisers import REGULARISERS
    from neurarium.training.schedules import SCHEDULES
    from neurarium_models.layers import LAYERS

    shelves = (LAYERS, DATASETS, TASKS, LOSSES, OPTIMIZERS, REGULARISERS, SCHEDULES)
    kinds = [kind for shelf in shelves for kind in shelf]
    assert len(set(kinds)) == len(kinds)


def test_examples_that_somebody_holds_are_not_drawn_again() -> None:
    dataset = make({"kind": "EnglishGerman", "samples": 600})
    held = drawn(dataset, 3)
    assert drawn(make({"kind": "EnglishGerman", "samples": 600}), 3) is held
    assert drawn(dataset, 4) is not held
    assert drawn(make({"kind": "EnglishGerman", "samples": 601}), 3) is not held
    anew = whole(dataset.draw(3))
    assert all(np.array_equal(array, anew[name]) for name, array in whole(held).items())


def test_large_examples_that_nobody_holds_are_forgotten() -> None:
    dataset = make({"kind": "Captions", "samples": 2000})
    forgotten = weakref.ref(drawn(dataset, 3))
    small = weakref.ref(drawn(make({"kind": "Circles"}), 3))
    assert forgotten() is None
    assert small() is not None
