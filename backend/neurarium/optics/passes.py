"""Passes through the network that leave no trace: no mode, no gradient, no random number is other than before."""

import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.training.view import View

if TYPE_CHECKING:
    from neurarium_models.network import Network

Tensors = dict[str, Tensor]
ROWS = 4096
"""Rows that go through the network at once, so that a wide one does not fill the memory."""
NUMBERS = 2**18
"""Where rows are images, at most so many numbers, so that what layers make of them stays near the processor."""


SENTENCES = 128
"""Where rows are sentences: layers compute many numbers for each word."""


@contextmanager
def evaluating(network: "Network") -> Iterator[None]:
    """Put a network into evaluation mode, and back into exactly the mode it was in."""
    training = [module for module in network.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def altered(module: torch.nn.Module, members: Mapping[str, object]) -> Iterator[None]:
    """Give a module other members, methods among them, while something is computed; it has its own again afterwards."""
    before = {name: vars(module)[name] for name in members if name in vars(module)}
    vars(module).update(members)
    try:
        yield
    finally:
        for name in members:
            del vars(module)[name]
        vars(module).update(before)


def fingerprint(network: "Network") -> bytes:
    """Tell networks of one kind apart by what they have learned: a hash of all parameters and buffers."""
    found = blake2b(digest_size=16)
    for value in (*network.parameters(), *network.buffers()):
        found.update(numbers(value.contiguous()).tobytes())
    return found.digest()


def see(view: View, batch: Tensors, paths: Collection[str] = ()) -> tuple[Tensors, Tensors]:
    """Compute the outputs, and what comes out at some paths, without a trace for gradients."""
    with torch.no_grad(), evaluating(view.network):
        return view.network.tapped(batch, paths)


def rows_at_once(view: View) -> int:
    """Say how many examples go through the network at once."""
    if view.network.graph.reads_tokens:
        return SENTENCES
    wide = max(math.prod(spec.shape) for spec in view.network.graph.inputs.values())
    return max(1, min(ROWS, NUMBERS // max(wide, 1)))


def in_parts(view: View, batch: Tensors) -> Iterator[Tensors]:
    """Cut a batch into parts that go through the network one after the other."""
    size = rows_at_once(view)
    for start in range(0, len(next(iter(batch.values()))), size):
        yield {name: tensor[start : start + size] for name, tensor in batch.items()}


def see_many(
    view: View, batch: Tensors, paths: Collection[str] = (), widest: int | None = None
) -> tuple[Tensors, Tensors]:
    """Compute the same for any number of rows, some at a time; with `widest`, of so many numbers of each row at most.

    With `widest`, what comes out at the paths is rows × numbers, whatever axes it had.
    """
    parts = []
    for rows in in_parts(view, batch):
        outputs, taps = see(view, rows, paths)
        if widest is not None:
            taps = {path: tap.reshape(len(tap), -1)[:, :widest] for path, tap in taps.items()}
        parts.append((outputs, taps))
    if len(parts) == 1:
        return parts[0]
    return (
        {name: torch.cat([part[0][name] for part in parts]) for name in parts[0][0]},
        {path: torch.cat([part[1][path] for part in parts]) for path in parts[0][1]},
    )


def trace(view: View, batch: Tensors, paths: Collection[str]) -> tuple[Tensors, Tensors]:
    """Compute the same so that gradients can be asked for at those paths, whatever of the network is frozen."""
    leaves = {
        name: tensor.detach().requires_grad_() if tensor.is_floating_point() else tensor
        for name, tensor in batch.items()
    }
    with torch.enable_grad(), evaluating(view.network):
        return view.network.tapped(leaves, paths)


def losses(view: View, outputs: Tensors, batch: Tensors) -> Tensor:
    """Compute each example's loss, the sum of the task's losses."""
    first, *others = view.job.task.losses(outputs, batch, view.job.loss.per_example).values()
    return sum(others, first)


def gradients(total: Tensor, places: Mapping[str, Tensor]) -> Tensors:
    """Differentiate one number by values of its own pass; 0 where it does not depend on them."""
    able = {name: place for name, place in places.items() if place.requires_grad}
    found: tuple[Tensor, ...] = ()
    if able and total.requires_grad:
        found = torch.autograd.grad(
            total, list(able.values()), allow_unused=True, materialize_grads=True
        )
    known = dict(zip(able, found, strict=False))
    return {
        name: known[name] if name in known else torch.zeros_like(place)
        for name, place in places.items()
    }


def numbers(tensor: Tensor) -> NDArray[np.generic]:
    """Bring a tensor to NumPy in its own precision."""
    array: NDArray[np.generic] = tensor.detach().cpu().numpy()
    return array
