"""A recorder for the CPU that keeps to the terms of a CUDA graph: the same calls on the same places, and nothing new.

Every call that reaches torch's own kernels is written down with its arguments as they were: tensors are places in
memory, all else is a number that stays. To play is to make these calls again and lay what comes out where it lay.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Result = TypeVar("Result")
Call = tuple[Any, tuple[Any, ...], dict[str, Any], list[Tensor]]


class Listening(TorchDispatchMode):
    """Writes calls down while they are made, and what their arguments were before."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []
        self.before: list[tuple[Tensor, Tensor]] = []

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        written = [each for each in tensors((args, kwargs)) if 0 not in each.stride()]
        self.before += [(each, each.detach().clone()) for each in written]
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, tensors(result)))
        return result


class Tape:
    """A card would write down and do nothing; here what was done meanwhile is undone."""

    def __init__(self) -> None:
        self.recordings = self.plays = 0

    def aside(self, work: Callable[[], Result]) -> Result:
        return work()

    def record(self, work: Callable[[], Result]) -> tuple[Result, Callable[[], None]]:
        self.recordings += 1
        drawn = torch.get_rng_state()
        with Listening() as listening:
            result = work()
        torch.set_rng_state(drawn)
        with torch.no_grad():
            for place, value in reversed(listening.before):
                place.copy_(value)
        return result, lambda: self._play(listening.calls)

    def _play(self, calls: list[Call]) -> None:
        self.plays += 1
        with torch.no_grad():
            for func, args, kwargs, places in calls:
                for place, new in zip(places, tensors(func(*args, **kwargs)), strict=True):
                    if place.data_ptr() != new.data_ptr():
                        place.copy_(new)


def tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]
