"""Answers over time, mistakes by cell, images: each against plain torch at the restored state."""

import numpy as np
import pytest
import torch

from neurarium.probe import ProbeError
from neurarium.probes.answers import Answers
from neurarium.probes.batch import Batch
from neurarium.probes.hard import Hard
from neurarium.probes.mistakes import Mistakes
from neurarium.sessions.timeline import Timeline
from neurarium.training.run import Run
from tests.backend.probes.runs import array, everything, ids, make_job, preset, seen, trained


@pytest.fixture(scope="module")
def digits() -> Timeline:
    return trained(preset("lenet5"), 20)


def softmax(timeline: Timeline, step: int, row: int) -> np.ndarray[tuple[int, ...], np.dtype]:
    """What a second run of the same job says after so many steps."""
    run = Run(timeline.run.job)
    run.restore(timeline.state(step))
    run.network.eval()
    x = torch.from_numpy(everything(timeline.view(), "x")[row : row + 1])
    with torch.no_grad():
        (logits,) = run.network({"x": x}).values()
        scores = run.job.loss.probabilities(logits)
    return np.asarray(scores[0].double().numpy())


def test_the_answer_over_time_is_that_of_the_restored_runs(digits: Timeline) -> None:
    view = digits.view()
    example = int(view.examples.validation.ids[3])
    row = int(np.flatnonzero(ids(view) == example)[0])
    frame = Answers(example=example).look(view)
    steps = array(frame, "step").tolist()
    assert steps == [0, 3, 7, 15, 20]
    told = array(frame, "probability")
    for step, shares in zip(steps, told, strict=True):
        np.testing.assert_allclose(shares, softmax(digits, step, row), rtol=1e-5, atol=1e-7)
    said = told.argmax(axis=1)
    assert frame.reading is not None
    assert frame.reading.values["changes"] == int((said[1:] != said[:-1]).sum())
    assert (told[0] != told[-1]).any()


def test_answers_of_a_past_step_end_there_and_few_moments_keep_both_ends(digits: Timeline) -> None:
    assert array(Answers().look(digits.view(9)), "step").tolist() == [0, 3, 7, 9]
    assert array(Answers(count=3).look(digits.view()), "step").tolist() == [0, 15, 20]


def test_two_classes_have_two_rows_and_numbers_their_own() -> None:
    told = array(Answers().look(seen(preset("mlp-circles"))), "probability")
    assert told.shape[1] == 2
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-6)
    frame = Answers().look(seen(preset("mlp-curve")))
    assert frame.reading is not None
    assert frame.reading.key == "answers.moved"
    assert array(frame, "answer").shape == (3, 1)


def test_a_cell_of_the_matrix_opens_on_its_examples(digits: Timeline) -> None:
    view = digits.view()
    held = slice(len(view.examples.train), None)
    truth, names = everything(view, "y")[held], ids(view)[held]
    view.network.eval()
    with torch.no_grad():
        (logits,) = view.network(
            {"x": torch.from_numpy(view.examples.validation.arrays["x"])}
        ).values()
        choice = view.job.loss.probabilities(logits).argmax(dim=1).numpy()
    places = [(is_, said) for is_ in range(10) for said in range(10)]
    full = [at for at in places if ((truth == at[0]) & (choice == at[1])).any()]
    wrong = [at for at in full if at[0] != at[1]]
    empty = next(at for at in places if at not in full)
    assert len(wrong) > 2
    for is_, said in (*wrong[:5], (3, 3), empty):
        frame = Mistakes(truth=is_, said=said).look(view)
        found = array(frame, "id").tolist()
        assert sorted(found) == sorted(names[(truth == is_) & (choice == said)].tolist())
        shares = array(frame, "probability")
        assert (np.diff(shares) <= 0).all()


def test_mistakes_of_numbers_or_of_a_class_that_is_not_there_are_refused() -> None:
    with pytest.raises(ProbeError, match="no classes"):
        Mistakes().look(seen(preset("mlp-curve")))
    with pytest.raises(ProbeError, match="There are 2 classes"):
        Mistakes(said=2).look(seen(preset("mlp-circles")))


def test_images_are_those_of_the_examples_named_beside_them(digits: Timeline) -> None:
    view = digits.view()
    pixels, names = everything(view, "x"), ids(view)
    for probe in (Batch(), Hard(count=8), Mistakes(truth=1, said=1)):
        frame = probe.look(view)
        shown, known = array(frame, "image"), array(frame, "id")
        assert len(shown) == min(64, len(known)) > 0
        for picture, example in zip(shown, known[: len(shown)], strict=True):
            np.testing.assert_array_equal(picture, pixels[names == example][0])


def test_points_have_no_images() -> None:
    view = seen(make_job())
    for probe in (Batch(), Hard(), Mistakes()):
        assert all(picture.name != "image" for picture in probe.look(view).pictures)
