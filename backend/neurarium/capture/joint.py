"""The one file that knows torch's joint tracer: a module's forward and backward pass as one graph of aten calls.

The tracer is experimental in torch 2.11 to 2.13. What is used of it: `make_fx`, which notes every call that is made on
tensors without numbers; `seq_nr`, which ties a call on the way back to the call whose derivative it helps to compute;
and, where tensors are written into, `aot_export_joint_with_descriptors`, which makes new values of what is written and
names its inputs and outputs by descriptors. It takes half as long again, so it is called only where it has to be; where
both can be, they give the same calls. Gradients are named by ourselves: a hook at each of autograd's nodes notes what
arrives there, which is ∂E/∂(what came out) with nothing left to be added. Loading the tracer takes some seconds, so
import this file where something is traced, and nowhere else.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch._dispatch.python import enable_python_dispatcher
from torch._functorch._aot_autograd.graph_capture_wrappers import set_partitioner_tag_is_backward
from torch._functorch._aot_autograd.logging_utils import setup_stacktrace_preservation_hooks
from torch._functorch.aot_autograd import aot_export_joint_with_descriptors
from torch._guards import detect_fake_mode
from torch._subclasses.fake_tensor import FakeTensorMode
from torch._subclasses.functional_tensor import FunctionalTensor
from torch.func import functional_call
from torch.fx import Graph, Node
from torch.fx.experimental.proxy_tensor import get_proxy_mode, get_proxy_slot, make_fx
from torch.fx.traceback import preserve_node_meta

from neurarium.capture.document import CaptureError

ACCUMULATE = "torch::autograd::AccumulateGrad"
DETACH = torch.ops.aten.detach.default
ADD = torch.ops.aten.add.Tensor
UNSAID = (torch.ops.aten.native_batch_norm.default, torch.ops.aten.cudnn_batch_norm.default)
"""Calls that write into what they are given, though their schemas do not say so."""


class Mark(NamedTuple):
    """What a gradient belongs to: one of autograd's nodes by its number, and one of the values that came out there."""

    number: int
    output: int
    own: bool
    """Whether the node is a function with a backward of its own: several calls, the last of which makes its result."""


class Joint(NamedTuple):
    """What was traced: nodes of torch.fx, each with its value, without numbers, in `meta["val"]`."""

    inputs: dict[Node, tuple[str, str]]
    """For each input its role (`parameter`, `buffer`, `input`, `seed`), and its path or its key in the batch."""
    calls: list[Node]
    """In order; what picks one of several results (`getitem`) among them."""
    loss: Node
    gradients: dict[str, Node]
    """For each parameter that has an influence, its gradient."""
    marks: dict[Node, list[Mark]]
    """Values that are whole gradients, and of what."""


class Scopes:
    """Notes in which scope each call is made while it is traced; a call belongs to the innermost one."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Let what is called in here belong to a scope."""
        before = last_call()
        yield
        self.note(name, before)

    def note(self, name: str, before: Node | None) -> None:
        """Let what was called since belong to a scope."""
        node = last_call()
        while node is not None and node is not before and node.op != "root":
            self._names.setdefault(node.name, name)
            node = node.prev

    def __getitem__(self, call: Node) -> str:
        """Say to which scope a call belongs; empty: none."""
        return self._names.get(call.name, "")


def last_call() -> Node | None:
    """Return the newest node of the graph being traced; None where nothing is traced."""
    mode = get_proxy_mode()
    return None if mode is None else next(iter(reversed(mode.tracer.graph.nodes)), None)


class Marks:
    """Notes which values of the trace are whole gradients, as they arrive on the way back."""

    def __init__(self) -> None:
        self.of: dict[str, list[Mark]] = {}
        """By the name of the node of the trace."""

    def follow(self, loss: Tensor) -> None:
        """Note everything that arrives at one of autograd's nodes on the way back from a loss."""
        seen: set[Any] = set()
        waiting: list[Any] = [] if get_proxy_mode() is None else [loss.grad_fn]
        while waiting:
            node = waiting.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            waiting.extend(following for following, _ in node.next_functions)
            if node.name() != ACCUMULATE:
                own = isinstance(node, torch.autograd.function.BackwardCFunction)
                node.register_prehook(self._noting(node._sequence_nr(), own=own))

    def _noting(self, number: int, *, own: bool) -> Callable[[tuple[Tensor | None, ...]], None]:
        def note(arriving: tuple[Tensor | None, ...]) -> None:
            for output, gradient in enumerate(arriving):
                if gradient is not None:
                    marks = self.of.setdefault(_traced(gradient).name, [])
                    marks.append(Mark(number, output, own))

        return note


def _traced(tensor: Any) -> Node:
    """Find the node of the trace that a tensor is."""
    mode = get_proxy_mode()
    if mode is None:
        raise RuntimeError("nothing is traced")
    if isinstance(tensor, FunctionalTensor):
        torch._sync(tensor)  # type: ignore[attr-defined, no-untyped-call]
        tensor = torch._from_functional_tensor(tensor.elem)
    node: Node = get_proxy_slot(tensor, mode.tracer).proxy.node
    return node


class LongWayError(RuntimeError):
    """Only the longer way can trace this."""


def trace(module: nn.Module, batch: Mapping[str, Tensor], marks: Marks) -> Joint:
    """Trace a module that makes one number of a batch, and the way back from it to all parameters.

    Nothing is computed: no number of a parameter, buffer or batch is read, and they may be tensors without any.
    LongWayError is raised where the module writes into a tensor, or nothing learns: `trace_long` follows it there.
    """
    members = dict(module.named_parameters()) | dict(module.named_buffers())
    learning = [name for name, tensor in members.items() if tensor.requires_grad]
    if not learning:
        raise LongWayError
    mode = detect_fake_mode([*members.values(), *batch.values()]) or FakeTensorMode()
    given = [mode.from_tensor(each) for each in members.values()]
    data = [mode.from_tensor(each) for each in batch.values()]

    def both_ways(given: list[Tensor], data: list[Tensor], seed: Tensor) -> list[Tensor | None]:
        known = dict(zip(members, given, strict=True))
        loss = functional_call(module, known, (dict(zip(batch, data, strict=True)),))
        if loss.grad_fn is None:
            raise LongWayError
        setup_stacktrace_preservation_hooks([loss.grad_fn])
        with set_partitioner_tag_is_backward():
            wanted = [known[name] for name in learning]
            return [loss, *torch.autograd.grad(loss, wanted, seed, allow_unused=True)]

    with mode, enable_python_dispatcher(), preserve_node_meta():
        seed = given[0].new_ones(())
        graph = make_fx(both_ways)(given, data, seed).graph
    if any(node.op == "get_attr" or _alters(node) for node in graph.nodes):
        raise LongWayError
    _clean(graph)
    loss, *gradients = _ends(graph)
    parameters = len(list(module.parameters()))
    roles = ["parameter" if at < parameters else "buffer" for at in range(len(members))]
    told = [*zip(roles, members, strict=True), *(("input", name) for name in batch), ("seed", "")]
    places = [node for node in graph.nodes if node.op == "placeholder"]
    return _joint(
        graph, marks, zip(places, told, strict=True), loss, zip(learning, gradients, strict=True)
    )


def trace_long(module: nn.Module, batch: Mapping[str, Tensor], marks: Marks) -> Joint:
    """Trace a module that may write into tensors, as batch norms do into what they remember."""
    with contextlib.ExitStack() as stack:
        traced = aot_export_joint_with_descriptors(stack, module, (dict(batch),))
        graph: Graph = traced.graph_module.graph
    if any(node.op == "get_attr" for node in graph.nodes):
        raise CaptureError(
            "A layer of this network makes a tensor of fixed numbers by itself, which the "
            "computational graph cannot show."
        )
    _clean(graph)
    ends = list(zip(_ends(graph), graph.output_node().meta["desc"], strict=True))
    places = [node for node in graph.nodes if node.op == "placeholder"]
    names = list(batch)
    return _joint(
        graph,
        marks,
        [(node, _given(node, names)) for node in places],
        next(node for node, what in ends if type(what).__name__ == "PlainAOTOutput"),
        [
            (what.grad_of.target, node)
            for node, what in ends
            if node is not None and what.is_grad() and what.grad_of.is_param()
        ],
    )


def _joint(
    graph: Graph,
    marks: Marks,
    inputs: Iterable[tuple[Node, tuple[str, str]]],
    loss: Node,
    gradients: Iterable[tuple[str, Node | None]],
) -> Joint:
    return Joint(
        inputs=dict(inputs),
        calls=[node for node in graph.nodes if node.op == "call_function"],
        loss=loss,
        gradients={name: node for name, node in gradients if node is not None},
        marks={node: marks.of[node.name] for node in graph.nodes if node.name in marks.of},
    )


def is_backward(call: Node) -> bool:
    """Whether a call belongs to the way back."""
    return bool(call.meta.get("partitioner_tag") == "is_backward")


def is_sum(call: Node) -> bool:
    """Whether a call adds up gradients that come together; torch 2.11 says so of every call on the way back."""
    return call.target is ADD and bool(call.meta.get("is_gradient_acc"))


def number(call: Node) -> int:
    """Say which of autograd's nodes a call belongs to.

    Several calls may belong to one. The first makes its result, but for functions with a backward of their own.
    """
    return int(call.meta.get("seq_nr", -1))


def _given(node: Node, names: list[str]) -> tuple[str, str]:
    what = node.meta["desc"]
    if what.is_param():
        return "parameter", what.target
    if what.is_buffer():
        return "buffer", what.target
    if what.is_tangent():
        return "seed", ""
    return "input", names[what.idx]


def _alters(node: Node) -> bool:
    """Whether a call writes into what it is given; that of a batch norm does not say so."""
    schema = getattr(node.target, "_schema", None)
    return schema is not None and (schema.is_mutable or node.target in UNSAID)


def _ends(graph: Graph) -> list[Any]:
    """List what comes out: nodes, and None where there is nothing."""
    ends: Any = graph.output_node().args[0]
    return list(ends)


def _clean(graph: Graph) -> None:
    """Leave only calls that make the values of the step."""
    graph.eliminate_dead_code()
    _drop_detached(graph)
    _drop_tests(graph)


def _drop_detached(graph: Graph) -> None:
    """Take out those detached twins that autograd keeps for itself; what the forward pass itself detaches stays."""
    for node in reversed(list(graph.nodes)):
        kept_for = [user for user in node.users if not is_backward(user)]
        if node.target is DETACH and (is_backward(node) or not kept_for):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)


def _drop_tests(graph: Graph) -> None:
    """Take out what makes no value, torch's tests of what it is given, and what was computed for them alone."""
    for test in [node for node in graph.nodes if node.op == "call_function"]:
        if "val" in test.meta:
            continue
        idle = [test]
        while idle:
            node = idle.pop()
            given = node.all_input_nodes
            graph.erase_node(node)
            idle.extend(each for each in given if not each.users and each.op == "call_function")
