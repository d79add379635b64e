"""Executing the document, operation by operation: what is drawn is what is computed."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from neurarium.capture.document import Capture, Operation
from neurarium.capture.words import read

NAMESPACE = "aten"


class Execution:
    """One walk through a captured step. `values` are those that are known so far, by their ids."""

    def __init__(
        self,
        capture: Capture,
        tensors: Mapping[str, Tensor],
        *,
        keep: Collection[str] | None = None,
        told: Callable[[str, Tensor], None] | None = None,
    ) -> None:
        """Begin with the tensors of the batch, the parameters and the buffers, by their names.

        `keep`: of what nobody reads any more, only these values stay; none: all do. `told` hears every value as soon as
        it is known. What is random is drawn from
        torch's own generator, which the caller starts as a step does.
        """
        self.capture = capture
        self.operations: list[Operation] = [*capture.forward, *capture.backward]
        self.at = 0
        """How many operations are done."""
        self.values: dict[str, Tensor] = {}
        for value in capture.values:
            if value.role in ("input", "parameter", "buffer"):
                self.values[value.id] = _fitting(tensors, value.name, value.shape)
        self.device = next(iter(self.values.values())).device
        for value in capture.values:
            if value.role == "seed":
                dtype = getattr(torch, value.dtype)
                self.values[value.id] = torch.ones(value.shape, dtype=dtype, device=self.device)
        self._told = told
        if told is not None:
            for id_, tensor in self.values.items():
                told(id_, tensor)
        self._ends = {} if keep is None else _last_readers(self.operations, keep)

    def advance(self, count: int | None = None) -> None:
        """Execute some operations, or all that are left."""
        until = len(self.operations) if count is None else self.at + count
        with torch.no_grad():
            while self.at < min(until, len(self.operations)):
                self._execute(self.operations[self.at])
                self.at += 1

    @property
    def loss(self) -> Tensor:
        """The number that the way back begins at, once it is known."""
        return self.values[self.capture.loss]

    def gradients(self) -> dict[str, Tensor]:
        """Return the gradient of every parameter that has an influence, once all is done."""
        return {name: self.values[id_] for name, id_ in self.capture.gradients.items()}

    def _execute(self, operation: Operation) -> None:
        call = resolve(operation.op)
        arguments = read(operation.arguments, self.values, self.device)
        keywords = {k: read(v, self.values, self.device) for k, v in operation.keywords.items()}
        result = call(*arguments, **keywords)
        results = [result] if isinstance(result, Tensor) else result
        for name, each in zip(operation.outputs, results, strict=True):
            if name:
                self.values[name] = each
                if self._told is not None:
                    self._told(name, each)
        for name in self._ends.get(self.at, ()):
            self.values.pop(name, None)


def resolve(op: str) -> Any:
    """Find one of torch's own operations by its name (`aten.addmm.default`); ValueError for anything else."""
    parts = op.split(".")
    if len(parts) != 3 or parts[0] != NAMESPACE:
        raise ValueError(f"`{op}` is no operation of torch's own.")
    packet = getattr(torch.ops.aten, parts[1], None)
    if packet is None or parts[2] not in packet.overloads():
        raise ValueError(f"This torch has no operation `{op}`.")
    return getattr(packet, parts[2])


def _fitting(tensors: Mapping[str, Tensor], name: str, shape: list[int]) -> Tensor:
    if name not in tensors:
        raise ValueError(f"`{name}` is missing: the captured step reads it.")
    tensor = tensors[name].detach()
    if list(tensor.shape) != shape:
        raise ValueError(
            f"`{name}` has the shape {list(tensor.shape)}, but the captured step was {shape}."
        )
    return tensor


def _last_readers(operations: list[Operation], keep: Collection[str]) -> dict[int, list[str]]:
    """Say after which operations which values are read no more."""
    last: dict[str, int] = {}
    for at, operation in enumerate(operations):
        last |= dict.fromkeys([*operation.inputs, *filter(None, operation.outputs)], at)
    ends: dict[int, list[str]] = {}
    for name, at in last.items():
        if name not in keep:
            ends.setdefault(at, []).append(name)
    return ends
