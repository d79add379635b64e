"""What a run was: minibatches, parameters with their gradients and updates, weights over time, the hardest examples."""

import numpy as np
import pytest
import torch

from neurarium.probe import ProbeError
from neurarium.probes.batch import Batch
from neurarium.probes.data import Data
from neurarium.probes.hard import Hard
from neurarium.probes.history import History
from neurarium.probes.weight import Weight, thumbnail
from tests.backend.probes.runs import (
    array,
    chain,
    everything,
    forward,
    found,
    ids,
    make_job,
    preset,
    seen,
    trained,
    weights,
)


def test_batch_is_the_minibatch_of_the_step_with_each_loss_before_it() -> None:
    timeline = trained(make_job(), 6)
    frame = Batch().look(timeline.view())
    before = timeline.view(5)
    rows = [int(np.flatnonzero(before.examples.train.ids == id)[0]) for id in array(frame, "id")]
    y = forward(before, before.examples.train.arrays["x"][rows])["h2"][:, 0]
    t = 2 * before.examples.train.arrays["y"][rows] - 1
    np.testing.assert_allclose(array(frame, "loss"), (y - t) ** 2 / 2, atol=1e-12)
    assert len(set(rows)) == 16
    worst = int(np.argmax((y - t) ** 2))
    assert frame.reading is not None
    assert frame.reading.values["example"] == array(frame, "id")[worst]


def test_there_is_no_batch_before_the_first_step() -> None:
    with pytest.raises(ProbeError, match="No step has been taken yet"):
        Batch().look(seen(steps=0))


def test_weight_shows_parameters_gradients_and_updates() -> None:
    timeline = trained(make_job(), 4)
    view, before = timeline.view(), timeline.view(3)
    old = {name: value.clone() for name, value in before.network.state_dict().items()}
    frame = Weight().look(view)
    for name, now in weights(view).items():
        np.testing.assert_array_equal(array(frame, "weight", name), now)
        moved = now - old[name].numpy()
        np.testing.assert_allclose(array(frame, "update", name), moved, atol=1e-15)
        np.testing.assert_allclose(array(frame, "grad", name), -moved / 0.05, atol=1e-12)
    assert frame.details["shapes"]["h1.weight"] == [3, 4]


def test_weight_of_one_node_shows_no_other() -> None:
    frame = Weight(node="a1").look(seen())
    assert {picture.node for picture in frame.pictures} == {"h1.weight", "h1.bias"}


def test_before_the_first_step_there_are_weights_alone() -> None:
    frame = Weight().look(seen(steps=0))
    assert {picture.name for picture in frame.pictures} == {"weight"}
    assert frame.reading is not None
    assert frame.reading.key == "weight.largest"


def test_a_step_without_mistakes_leaves_the_weights_still() -> None:
    reading = Weight().look(seen(preset("perceptron-and"), steps=60)).reading
    assert reading is not None
    assert reading.key == "weight.still"


@pytest.mark.parametrize("shape", [(64, 400), (65, 400), (300, 7), (1, 30000), (130, 257)])
def test_thumbnails_are_block_means(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).standard_normal(shape)
    small = thumbnail(values)
    assert max(small.shape) <= 64
    heights, widths = (-(-length // 64) for length in shape)
    for row in range(small.shape[0]):
        for column in range(small.shape[1]):
            block = values[
                row * heights : (row + 1) * heights, column * widths : (column + 1) * widths
            ]
            assert small[row, column] == pytest.approx(block.mean())


def test_large_parameters_become_thumbnails() -> None:
    frame = Weight().look(seen(make_job(graph=chain(150, 150, 1))))
    large = found(frame, "weight", "h1.weight")
    assert (large.dtype, large.values.shape) == ("uint8", (50, 50))
    assert found(frame, "weight", "h0.weight").dtype == "float32"


def test_history_is_the_units_row_at_every_snapshot() -> None:
    timeline = trained(make_job(), 50)
    frame = History(node="h1", unit=2).look(timeline.view())
    steps = array(frame, "step")
    assert steps[-1] == 50
    assert (np.diff(steps) > 0).all()
    assert len(steps) > 5
    for place, step in enumerate(steps):
        known = weights(timeline.view(int(step)))
        np.testing.assert_array_equal(array(frame, "weight")[place], known["h1.weight"][2])
        assert array(frame, "bias")[place] == known["h1.bias"][2]
    assert frame.details["inputs"] == ["h0.0", "h0.1", "h0.2", "h0.3"]


def test_history_of_a_past_step_ends_there() -> None:
    timeline = trained(make_job(), 50)
    assert array(History().look(timeline.view(20)), "step")[-1] == 20


def test_history_names_what_travelled_farthest() -> None:
    frame = History(node="h2").look(trained(make_job(), 120).view())
    rows = np.hstack([array(frame, "weight"), array(frame, "bias")[:, None]])
    moved = np.abs(rows[-1] - rows[0])
    assert frame.reading is not None
    assert frame.reading.values["name"] == [*frame.details["inputs"], "bias"][int(moved.argmax())]


def test_history_forgets_what_had_another_shape() -> None:
    view = seen()
    old = torch.zeros(9, 9)
    view = type(view)(**{**vars(view), "past": lambda _: (np.array([0, 2]), [old, old])})
    frame = History().look(view)
    np.testing.assert_array_equal(array(frame, "step"), [5])
    assert frame.reading is not None
    assert frame.reading.key == "history.began"


def test_hard_are_the_greatest_losses() -> None:
    view = seen(steps=30)
    frame = Hard(count=5).look(view)
    y = forward(view, everything(view, "x"))["h2"][:, 0]
    t = 2 * everything(view, "y") - 1
    order = np.argsort(-((y - t) ** 2), kind="stable")[:5]
    np.testing.assert_array_equal(array(frame, "id"), ids(view)[order])
    np.testing.assert_allclose(array(frame, "loss"), ((y - t) ** 2 / 2)[order])
    np.testing.assert_allclose(array(frame, "answer"), np.clip(y, -1, 1)[order], atol=1e-12)
    np.testing.assert_array_equal(array(frame, "label"), everything(view, "y")[order])


def test_hard_has_the_probabilities_of_several_classes() -> None:
    frame = Hard().look(seen(preset("mlp-blobs")))
    np.testing.assert_allclose(array(frame, "answer").sum(axis=1), 1, atol=1e-6)


def test_data_lists_training_and_held_out_examples() -> None:
    view = seen()
    frame = Data().look(view)
    np.testing.assert_array_equal(array(frame, "id"), ids(view))
    np.testing.assert_array_equal(array(frame, "position"), everything(view, "position"))
    np.testing.assert_array_equal(array(frame, "label"), everything(view, "y"))
    held = np.isin(ids(view), view.examples.validation.ids)
    np.testing.assert_array_equal(array(frame, "held_out"), held)
    assert [f["name"] for f in frame.details["features"] if f["used"]] == ["x1", "x2"]
    assert frame.details["domain"] == [-3, 3]


def test_data_shows_images() -> None:
    view = seen(preset("perceptron-mark1"))
    frame = Data().look(view)
    image = found(frame, "image", "x")
    assert image.axes == ("N", "H", "W")
    np.testing.assert_array_equal(image.values, everything(view, "x"))


def test_data_shows_some_of_many_images() -> None:
    view = seen(preset("perceptron-mark1", **{"dataset.samples": 1200}))
    frame = Data(first=100).look(view)
    np.testing.assert_array_equal(array(frame, "image"), everything(view, "x")[100:164])
    assert frame.details["first"] == 100
