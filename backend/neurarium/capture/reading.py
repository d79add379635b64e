"""Reading what was traced into the document."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import getitem
from typing import Any

import torch
from torch import Tensor
from torch.fx import Node
from torch.utils.flop_counter import flop_registry

from neurarium.capture.document import Operation, Part, Phase, Role, Value
from neurarium.capture.joint import Joint, Scopes, is_backward, is_sum, number
from neurarium.capture.words import write


@dataclass
class Reading:
    """The lists of the document, as they grow."""

    joint: Joint
    scopes: Scopes
    names: Mapping[str, str]
    """The path of each parameter and buffer, by what the tracer calls it."""
    values: dict[str, Value] = field(default_factory=dict)
    forward: list[Operation] = field(default_factory=list)
    backward: list[Operation] = field(default_factory=list)
    ids: dict[Node, str] = field(default_factory=dict)
    """The value of each node of the trace that is one."""
    calls: dict[int, list[Operation]] = field(default_factory=dict)
    """For each of autograd's nodes the operations forward from its making to that of the next."""
    own: set[int] = field(default_factory=set)
    """Those nodes that are functions with a backward of their own."""

    def made(self, number_: int) -> Operation | None:
        """Find the operation whose result one of autograd's nodes stands for."""
        calls = self.calls.get(number_, [])
        if number_ not in self.own:
            return calls[0] if calls else None
        return next((each for each in reversed(calls) if each.node == calls[0].node), None)


def read(joint: Joint, scopes: Scopes, names: Mapping[str, str]) -> Reading:
    """Write down inputs and calls in their order, then which value is whose gradient."""
    reading = Reading(joint, scopes, names)
    for node, (role, name) in joint.inputs.items():
        _take_input(reading, node, role, name if role in ("input", "seed") else names[name])
    reading.own.update(mark.number for marks in joint.marks.values() for mark in marks if mark.own)
    for node in joint.calls:
        if node.target is not getitem:
            _take_call(reading, node)
    _name_gradients(reading)
    _place_sums(reading)
    _note_saved(reading)
    return reading


def _take_input(reading: Reading, node: Node, role: str, name: str) -> None:
    wanted = name or role
    while wanted in reading.values:
        wanted += "_"
    reading.ids[node] = wanted
    reading.values[wanted] = _value(wanted, node.meta["val"], role, name)  # type: ignore[arg-type]


def _value(id_: str, tensor: Tensor, role: Role, name: str = "") -> Value:
    dtype = str(tensor.dtype).removeprefix("torch.")
    return Value(id=id_, shape=list(tensor.shape), axes=[], dtype=dtype, role=role, name=name)


def _take_call(reading: Reading, node: Node) -> None:
    back = is_backward(node)
    phase: Phase = "backward" if back else "forward"
    pair = reading.made(number(node)) if back and not is_sum(node) else None
    part, path = (pair.part, pair.node) if pair else _scope(reading, node)
    id_ = _new_id(reading, node.name)
    inputs = dict.fromkeys(reading.ids[each] for each in node.all_input_nodes)
    operation = Operation(
        id=id_,
        op=str(node.target),
        title=str(node.target).split(".")[-2].removeprefix("_"),
        phase=phase,
        part=part,
        node=path,
        pair=pair.id if pair else "",
        arguments=[write(each, reading.ids) for each in node.args],
        keywords={key: write(each, reading.ids) for key, each in node.kwargs.items()},
        inputs=list(inputs),
        outputs=list(_take_results(reading, node, id_, phase)),
        flops=_flops(node),
    )
    (reading.backward if back else reading.forward).append(operation)
    if not back:
        reading.calls.setdefault(number(node), []).append(operation)


def _new_id(reading: Reading, wanted: str) -> str:
    while wanted in reading.values:
        wanted += "_"
    return wanted


def _take_results(reading: Reading, node: Node, id_: str, role: Role) -> Iterator[str]:
    """Note what comes out of a call, and tell the ids in order; those that nobody reads are empty."""
    if isinstance(node.meta["val"], Tensor):
        reading.ids[node] = id_
        reading.values[id_] = _value(id_, node.meta["val"], role)
        yield id_
        return
    picked = {user.args[1]: user for user in node.users if user.target is getitem}
    for place in range(len(node.meta["val"])):
        pick = picked.get(place)
        if pick is None:
            yield ""
            continue
        name = f"{id_}.{place}"
        reading.ids[pick] = name
        reading.values[name] = _value(name, pick.meta["val"], role)
        yield name


def _scope(reading: Reading, node: Node) -> tuple[Part, str]:
    """Say where a call is made.

    What is done around a layer belongs to it: a function with a backward of its own (a gate for gradients) to the layer
    that reads it, anything else to the layer whose result it reads.
    """
    part, _, path = reading.scopes[node].partition(":")
    if part == "network" and not path:
        is_gate = number(node) in reading.own
        others = [each for each in node.users if not is_backward(each)] if is_gate else []
        nearby = others or [each for each in node.all_input_nodes if each.op == "call_function"]
        path = next((found for each in nearby if (found := _scope(reading, each)[1])), "")
    return part or "loss", path  # type: ignore[return-value]


def _flops(node: Node) -> int:
    packet = getattr(node.target, "overloadpacket", None)
    if packet not in flop_registry:
        return 0
    args = torch.fx.map_arg(node.args, lambda each: each.meta["val"])
    keywords = torch.fx.map_arg(node.kwargs, lambda each: each.meta["val"])
    return int(flop_registry[packet](*args, **keywords, out_val=node.meta["val"]))


def _name_gradients(reading: Reading) -> None:
    """Say of each value which one is its gradient; the same may be that of several, and then names the first."""
    joint = reading.joint
    named = chain(
        ((reading.names[name], node) for name, node in joint.gradients.items()),
        (
            (owner, node)
            for node, marks in joint.marks.items()
            for mark in marks
            if (owner := _owner(reading, mark.number, mark.output)) is not None
        ),
    )
    for owner, node in named:
        gradient = reading.ids[node]
        if reading.values[owner].shape != reading.values[gradient].shape:
            continue
        _update(reading, owner, gradient=gradient)
        if reading.values[gradient].role == "backward":
            _update(reading, gradient, role="gradient", of=owner)


def _owner(reading: Reading, number_: int, output: int) -> str | None:
    operation = reading.made(number_)
    return (operation.outputs[output] or None) if operation else None


def _update(reading: Reading, id_: str, **facts: Any) -> None:
    reading.values[id_] = reading.values[id_].model_copy(update=facts)


def _place_sums(reading: Reading) -> None:
    """Sums of gradients belong to the layer whose value they are the gradient of."""
    makers = {out: op for op in reading.forward for out in op.outputs}
    places: dict[str, tuple[Part, str]] = {}
    for at in reversed(range(len(reading.backward))):
        operation = reading.backward[at]
        if not operation.pair:
            of = reading.values[operation.outputs[0]].of
            part, node = places.get(operation.outputs[0], (operation.part, operation.node))
            if of in makers:
                part, node = makers[of].part, makers[of].node
            elif of:
                part, node = "network", _holder(reading.values[of].name)
            operation = operation.model_copy(update={"part": part, "node": node})
            reading.backward[at] = operation
            places |= dict.fromkeys(operation.inputs, (part, node))


def _holder(parameter: str) -> str:
    return parameter.rpartition(".")[0]


def _note_saved(reading: Reading) -> None:
    """What was there before the way back and is read on it must have been kept."""
    for id_ in _read_by(reading.backward):
        if reading.values[id_].role in ("forward", "input", "parameter", "buffer"):
            _update(reading, id_, saved=True)


def _read_by(operations: Iterable[Operation]) -> dict[str, None]:
    return dict.fromkeys(id_ for operation in operations for id_ in operation.inputs)
