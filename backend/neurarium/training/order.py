"""In which order an epoch visits the examples: a pure function of seed, epoch and example id.

Each example gets a random key for each epoch, and the epoch goes by ascending key. Nothing has to be stored to resume,
and when a point comes or goes in the middle of an epoch, all others keep their places relative to each other.
"""

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import Split
from neurarium.training.job import Batch
from neurarium.training.seed import derive
from neurarium.training.trimming import lengths

Ids = NDArray[np.int64]
Keys = NDArray[np.uint64]
POOL = 32
"""Batches that are sorted by length together: enough to be alike inside, few enough to be unlike those of others."""


def keys(ids: Ids, seed: int, *epochs: int, purpose: str = "order") -> Keys:
    """Hash each id with (seed, epoch): the output function of SplitMix64, a bijection, so that keys never collide.

    There is a row for each epoch.
    """
    starts = np.array([derive(seed, purpose, epoch) for epoch in epochs], np.uint64)
    x = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + starts[:, None]
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: Keys = x ^ (x >> np.uint64(31))
    return result


def permutation(ids: Ids, seed: int, epoch: int) -> NDArray[np.intp]:
    """Places of the examples in the order in which `epoch` visits them."""
    return np.argsort(keys(ids, seed, epoch)[0])


def permutations(ids: Ids, seed: int, epochs: range) -> NDArray[np.intp]:
    """Those of several epochs, one after the other."""
    return np.argsort(keys(ids, seed, *epochs)).ravel()


def visits(split: Split, batch: Batch, seed: int, epochs: range) -> NDArray[np.intp]:
    """Places of the examples in the order in which a job's epochs visit them, one epoch after the other."""
    found = lengths(split.arrays) if batch.buckets else None
    if found is None:
        return permutations(split.ids, seed, epochs)
    size = batch.count(len(split))
    orders = [bucketed(permutation(split.ids, seed, e), found, size, seed, e) for e in epochs]
    return np.concatenate([np.arange(0), *orders])


def bucketed(
    order: NDArray[np.intp], lengths: NDArray[np.int64], size: int, seed: int, epoch: int
) -> NDArray[np.intp]:
    """Put examples of similar length into one batch.

    An epoch's order is cut into pools of many batches. Each pool is sorted by length (equally long ones stay in order)
    and cut into batches, which come in an order drawn at random; a smaller one stays the last of the epoch.
    """
    pieces = []
    for start in range(0, len(order), POOL * size):
        pool = order[start : start + POOL * size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        whole, left = divmod(len(pool), size)
        turns = np.argsort(keys(np.arange(start, start + whole), seed, epoch, purpose="buckets")[0])
        # What is left over comes from any length, else the last batch of every epoch were the longest.
        cut = size * (derive(seed, "left over", epoch) % (whole + 1)) if left else len(pool)
        rest, pool = pool[cut : cut + left], np.concatenate([pool[:cut], pool[cut + left :]])
        pieces += [pool.reshape(whole, size)[turns].ravel(), rest]
    return np.concatenate([order[:0], *pieces])


def moved_offset(offset: int, before: Ids, after: Ids, seed: int, epoch: int) -> int:
    """Say how many of the examples `after` an edit the epoch has passed, if it had seen `offset` of those `before`.

    An example that was not there keeps its turn if that is still to come; else it waits for the next epoch.
    """
    if offset == 0:
        return 0
    last = np.sort(keys(before, seed, epoch)[0])[offset - 1]
    return int(np.count_nonzero(keys(after, seed, epoch) <= last))
