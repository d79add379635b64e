"""The order of an epoch: every example once, other in each epoch, and undisturbed by points that come and go."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurarium.training.order import Ids, keys, moved_offset, permutation
from neurarium.training.seed import derive

IDS: st.SearchStrategy[Ids] = st.lists(
    st.integers(0, 2**31), min_size=1, max_size=80, unique=True
).map(lambda ids: np.array(sorted(ids), dtype=np.int64))


@given(IDS, st.integers(0, 2**53 - 1), st.integers(0, 10**9))
def test_an_epoch_visits_every_example_once(ids: Ids, seed: int, epoch: int) -> None:
    assert sorted(permutation(ids, seed, epoch)) == list(range(len(ids)))
    assert len(set(keys(ids, seed, epoch)[0].tolist())) == len(ids)


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    ids = np.arange(50)
    orders = {tuple(permutation(ids, seed, epoch)) for seed in range(20) for epoch in range(20)}
    assert len(orders) == 400


def test_the_order_is_fair() -> None:
    first = [permutation(np.arange(10), 0, epoch)[0] for epoch in range(5000)]
    assert np.abs(np.bincount(first, minlength=10) - 500).max() < 100


@given(IDS, st.integers(0, 2**31), st.integers(0, 1000))
def test_a_point_that_comes_leaves_the_others_in_order(ids: Ids, new: int, epoch: int) -> None:
    more = np.union1d(ids, [new])
    before = ids[permutation(ids, 1, epoch)].tolist()
    after = more[permutation(more, 1, epoch)].tolist()
    assert [point for point in after if point in set(ids.tolist())] == before


@given(IDS, IDS, st.integers(0, 1000), st.data())
def test_after_an_edit_nothing_is_seen_twice_and_nothing_left_out(
    before: Ids, after: Ids, epoch: int, data: st.DataObject
) -> None:
    offset = data.draw(st.integers(0, len(before)))
    seen = set(before[permutation(before, 7, epoch)][:offset].tolist())
    rest = after[permutation(after, 7, epoch)][
        moved_offset(offset, before, after, 7, epoch) :
    ].tolist()
    assert not seen & set(rest)
    assert set(after.tolist()) & (set(before.tolist()) - seen) <= set(rest)


def test_purposes_have_seeds_of_their_own() -> None:
    purposes = [("order", 0), ("order", 1), ("dropout", 0), ("weights",)]
    assert len({derive(seed, *purpose) for seed in (0, 1) for purpose in purposes}) == 8
    assert all(0 <= derive(seed, "order", 1) < 2**63 for seed in range(200))
