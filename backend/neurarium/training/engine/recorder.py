"""CUDA graphs: what the card is told to do, written down once and played again. The one file that knows torch's part.

A recording repeats the same operations on the same places in memory with the same numbers from the processor. So
nothing in it may depend on what the processor would have to ask the card for.
"""

import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

LOGGER = logging.getLogger(__name__)
WARM = 3
"""How often work is done as it is before it is recorded: libraries choose their ways then, and make room for them."""
Result = TypeVar("Result")
aten = torch.ops.aten


class Recorder(Protocol):
    """Where recordings are made."""

    def aside(self, work: Callable[[], Result]) -> Result:
        """Do work without recording it."""

    def record(self, work: Callable[[], Result]) -> tuple[Result, Callable[[], None]]:
        """Write down what work tells the device, without doing it.

        Returns where its results will lie, and what plays it.
        """


@lru_cache
def _stream(device: torch.device) -> torch.cuda.Stream:
    """Make the stream on which all recordings of a card are made; cuBLAS keeps 32 MiB for each that it meets."""
    return torch.cuda.Stream(device)


class Card:
    """An NVIDIA card. Recordings are made on a stream of their own, and played on that of everything else."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.stream = _stream(device)

    def aside(self, work: Callable[[], Result]) -> Result:
        """Do work on the stream on which it will be recorded."""
        here = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(here)
        with torch.cuda.stream(self.stream):
            result = work()
        here.wait_stream(self.stream)
        return result

    def record(self, work: Callable[[], Result]) -> tuple[Result, Callable[[], None]]:
        """Capture a CUDA graph."""
        here, graph = torch.cuda.current_stream(self.device), torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self.stream):
                result = work()
        except RuntimeError:
            # torch leaves its own stream in force then, and a generator that waits for the capture's end.
            torch.cuda.set_stream(here)
            generator = torch.cuda.default_generators[here.device_index]
            generator.graphsafe_set_state(generator.clone_state())
            raise
        return result, graph.replay


class Recording(Generic[Result]):
    """Work on fixed places: done some times as it is, then recorded, and from then on played."""

    def __init__(
        self, recorder: Recorder, work: Callable[[], Result], device: torch.device
    ) -> None:
        self._recorder, self._work, self._device = recorder, work, device
        self._done = 0
        self._kept: tuple[Result, Callable[[], None]] | None = None
        self.hindrance = ""
        """Why this is not recorded, if it is not: it is done as it is then, every time."""

    @property
    def is_played(self) -> bool:
        """Whether it is recorded by now."""
        return self._kept is not None

    def __call__(self) -> Result:
        """Do the work, or play it; the results lie in the same places each time it is played."""
        if self._kept is None and self._done >= WARM and not self.hindrance:
            self._record()
        if self._kept is None:
            return self._do()
        result, play = self._kept
        play()
        return result

    def _do(self) -> Result:
        self._done += 1
        if self._done > 1:
            return self._recorder.aside(self._work)
        with Watch(self._device) as watch:
            result = self._recorder.aside(self._work)
        self._refuse(watch.found)
        return result

    def _record(self) -> None:
        try:
            self._kept = self._recorder.record(self._work)
        except RuntimeError as problem:
            self._refuse(str(problem).partition("\n")[0])

    def _refuse(self, hindrance: str) -> None:
        self.hindrance = hindrance
        if hindrance:
            LOGGER.warning("Steps are not recorded, but taken one by one: %s", hindrance)


class Watch(TorchDispatchMode):
    """Notes the first operation that no recording can hold, and lets it happen."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.device = device
        self.found = ""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Look at one call."""
        kwargs = kwargs or {}
        if not self.found and _waits(func, args, kwargs, self.device):
            self.found = f"`{func}` asks the device for a number, or brings it one."
        return func(*args, **kwargs)


def _waits(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], device: torch.device) -> bool:
    """Say whether a call's result has a size that only the device knows, or goes from one kind of device to another."""
    tensors = list(_tensors((*args, *kwargs.values())))
    if func in (aten.index.Tensor, aten.index_put.default, aten.index_put_.default):
        return any(each.dtype in (torch.bool, torch.uint8) for each in _tensors(args[1]))
    if torch.Tag.data_dependent_output in func.tags or torch.Tag.dynamic_output_shape in func.tags:
        return any(each.device.type == device.type for each in tensors)
    if func in (aten._to_copy.default, aten.copy_.default):
        wanted = kwargs.get("device") or tensors[0].device
        return {torch.device(wanted).type, tensors[-1].device.type} > {device.type}
    return False


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _tensors(each)
