"""Batches: every example once an epoch, none across its border, and any place can be gone to."""

from itertools import chain

import numpy as np
import pytest
import torch

from neurarium.dataset import Split
from neurarium.training import stream as streams
from neurarium.training.stream import Stream, to_tensors

CPU = torch.device("cpu")


def make_stream(count: int = 10) -> Stream:
    ids = np.arange(count) * 3
    arrays = {
        "x": np.stack([ids, -ids], 1).astype(float),
        "y": ids,
        "position": np.zeros((count, 2)),
    }
    return Stream(Split(ids, arrays), to_tensors(arrays, CPU, torch.float32), seed=1)


def walk(stream: Stream, count: int, batches: int) -> list[list[int]]:
    seen = []
    for _ in range(batches):
        batch = stream.peek(count)
        assert (
            batch.ids.tolist() == batch.tensors["y"].tolist() == batch.tensors["x"][:, 0].tolist()
        )
        stream.advance(len(batch.ids))
        seen.append(batch.ids.tolist())
    return seen


@pytest.mark.parametrize("at_once", [0, 2**20])
def test_an_epoch_is_cut_into_batches(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "GATHER_AT_ONCE", at_once)
    stream = make_stream()
    epochs = [walk(stream, 4, 3) for _ in range(3)]
    assert [[len(batch) for batch in epoch] for epoch in epochs] == [[4, 4, 2]] * 3
    assert all(sorted(chain(*epoch)) == list(range(0, 30, 3)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert (stream.epoch, stream.offset) == (3, 0)


def test_a_full_batch_is_everything_in_the_order_of_the_data() -> None:
    assert walk(make_stream(), 10, 2) == [list(range(0, 30, 3))] * 2


def test_a_full_batch_in_the_middle_of_an_epoch_is_the_rest_of_it() -> None:
    stream = make_stream()
    first, rest = walk(stream, 3, 1)[0], walk(stream, 10, 1)[0]
    assert len(rest) == 7
    assert sorted(first + rest) == list(range(0, 30, 3))


def test_any_place_can_be_gone_to() -> None:
    whole = make_stream()
    batches = walk(whole, 3, 9)
    stream = make_stream()
    stream.seek(1, 3)
    assert walk(stream, 3, 4) == batches[5:]


def test_other_examples_in_the_middle_of_an_epoch() -> None:
    stream = make_stream()
    seen = list(chain(*walk(stream, 4, 1)))
    more = make_stream(12)
    stream.replace(Split(more.ids, {}), more.tensors)
    rest = list(chain(*walk(stream, 1, len(more.ids) - stream.offset)))
    assert not set(seen) & set(rest)
    assert stream.epoch == 1


def test_an_epoch_ends_when_all_that_was_left_of_it_is_deleted() -> None:
    stream = make_stream()
    seen = np.sort(np.array(list(chain(*walk(stream, 9, 1)))))
    stream.replace(Split(seen, {}), {"y": torch.from_numpy(seen)})
    assert (stream.epoch, stream.offset) == (1, 0)


def test_numbers_take_the_precision_and_indices_stay() -> None:
    tensors = to_tensors(
        {"x": np.zeros(2, np.float32), "y": np.zeros(2, np.int64), "x_mask": np.ones(2, bool)},
        CPU,
        torch.float64,
    )
    assert [tensor.dtype for tensor in tensors.values()] == [torch.float64, torch.int64, torch.bool]
