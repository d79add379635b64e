"""Buckets: sentences of similar length together, every one once an epoch, and any place can be gone to."""

from itertools import chain, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neurarium.dataset import Split
from neurarium.pairs import padded
from neurarium.training.command import Change
from neurarium.training.job import Batch
from neurarium.training.order import POOL, bucketed, permutation, visits
from neurarium.training.run import Run
from neurarium.training.stream import Stream, to_tensors
from tests.backend.training import sentences
from tests.backend.training.jobs import take

BUCKETS = {"size": 4, "buckets": True}
LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=300).map(np.array)


def split(found: list[int]) -> Split:
    ids = 3 * np.arange(len(found))
    return Split(ids, padded("source", [[7] * length for length in found], 30))


@given(LENGTHS, st.integers(1, 20), st.integers(0, 50))
def test_an_epoch_in_buckets_visits_every_example_once(
    found: np.ndarray, size: int, epoch: int
) -> None:
    order = permutation(np.arange(len(found)), 1, epoch)
    ours = bucketed(order, found, size, 1, epoch)
    assert sorted(ours) == list(range(len(found)))
    batches = [ours[start : start + size] for start in range(0, len(ours), size)]
    for start in range(0, len(batches), POOL):
        pool = batches[start : start + POOL]
        assert sorted(chain(*pool)) == sorted(order[start * size : (start + POOL) * size])
        whole = [found[batch] for batch in pool if len(batch) == size]
        by_length = sorted(whole, key=lambda each: (each.min(), each.max()))
        for one, other in pairwise(by_length):
            assert one.max() <= other.min()


def test_little_is_padding_in_buckets() -> None:
    found = np.random.default_rng(0).integers(1, 31, 2000).tolist()
    examples = split(found)

    def padding(batch: Batch) -> float:
        order = visits(examples, batch, 5, range(3))
        batches = np.array(found)[order.reshape(3, -1, 20)]
        return float(1 - batches.sum() / (20 * batches.max(-1)).sum())

    assert padding(Batch(size=20, buckets=True)) < 0.06
    assert padding(Batch(size=20)) > 0.4


def test_epochs_and_seeds_have_buckets_of_their_own_and_come_in_any_order() -> None:
    found = np.random.default_rng(0).integers(1, 31, 400).tolist()
    examples, batch = split(found), Batch(size=10, buckets=True)
    orders = {
        tuple(visits(examples, batch, seed, range(epoch, epoch + 1)))
        for seed in range(5)
        for epoch in range(5)
    }
    assert len(orders) == 25
    firsts = [np.mean([found[place] for place in order[:10]]) for order in orders]
    assert min(firsts) < 8
    assert max(firsts) > 23


def test_what_is_left_over_is_of_any_length() -> None:
    examples, batch = split(list(range(1, 31)) * 2), Batch(size=8, buckets=True)
    lasts = [
        float(np.mean(visits(examples, batch, 0, range(e, e + 1))[-4:] % 30)) for e in range(40)
    ]
    assert min(lasts) < 5
    assert max(lasts) > 25


def test_buckets_of_data_that_are_equally_long_change_nothing() -> None:
    ids = np.arange(40)
    plain = Split(ids, {"x": np.zeros((40, 2))})
    with_buckets, without = Batch(size=4, buckets=True), Batch(size=4)
    assert np.array_equal(
        visits(plain, with_buckets, 2, range(3)), visits(plain, without, 2, range(3))
    )


def make_stream(seed: int = 1) -> Stream:
    examples = split(np.random.default_rng(7).integers(1, 31, 150).tolist())
    tensors = to_tensors(examples.arrays, torch.device("cpu"), torch.float32)
    return Stream(examples, tensors, seed, Batch(size=4, buckets=True))


def walk(stream: Stream, batches: int) -> list[list[int]]:
    seen = []
    for _ in range(batches):
        batch = stream.peek(4)
        stream.advance(len(batch.ids))
        seen.append(batch.ids.tolist())
    return seen


def test_a_plan_foretells_batches_in_buckets() -> None:
    stream = make_stream()
    stream.seek(2, 8)
    plan = stream.plan(4, 100)
    foretold = [
        stream.ids[plan.order[start : start + count]].tolist()
        for start, count in zip(plan.starts, plan.counts, strict=True)
    ]
    assert walk(stream, 100) == foretold


@pytest.mark.parametrize("stop", [1, 7, 20, 33])
def test_a_run_in_buckets_goes_on_bit_for_bit(stop: int) -> None:
    job = sentences.job(batch=BUCKETS)
    whole, first = Run(job, "cpu"), Run(job, "cpu")
    take(whole, 40)
    take(first, stop)
    second = Run(job, "cpu")
    second.restore(first.state())
    take(second, 40 - stop)
    assert second.state().digest() == whole.state().digest()


def test_another_size_of_buckets_begins_a_new_epoch_and_is_kept_in_the_state() -> None:
    run = Run(sentences.job(batch=BUCKETS), "cpu")
    take(run, 3)
    run.apply(Change(changes={"batch.size": 8}))
    assert (run.stream.epoch, run.stream.offset) == (1, 0)
    take(run, 2)
    again = Run(sentences.job(batch=BUCKETS), "cpu")
    again.restore(run.state())
    assert again.stream.peek(8).ids.tolist() == run.stream.peek(8).ids.tolist()
    run.apply(Change(changes={"optimizer.lr": 0.001}))
    assert (run.stream.epoch, run.stream.offset) == (1, 16)


def test_buckets_that_come_begin_a_new_epoch_and_a_size_without_buckets_does_not() -> None:
    run = Run(sentences.job(batch={"size": 4}), "cpu")
    take(run, 3)
    run.apply(Change(changes={"batch.size": 8}))
    assert (run.stream.epoch, run.stream.offset) == (0, 12)
    run.apply(Change(changes={"batch.buckets": True}))
    assert (run.stream.epoch, run.stream.offset) == (1, 0)


def test_other_examples_in_buckets_begin_a_new_epoch() -> None:
    stream = make_stream()
    walk(stream, 3)
    shorter = Split(
        stream.ids[:90], {name: each[:90] for name, each in stream.split.arrays.items()}
    )
    tensors = {name: each[:90] for name, each in stream.tensors.items()}
    stream.replace(shorter, tensors)
    assert (stream.epoch, stream.offset) == (1, 0)
    assert sorted(chain(*walk(stream, 23))) == stream.ids.tolist()
