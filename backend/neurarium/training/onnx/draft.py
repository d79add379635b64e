"""A graph of ours in the making, operator by operator, and what is known of a file's values."""

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from neurarium.training.onnx import OnnxError
from neurarium_models.graph import Graph, Node
from neurarium_models.inspect import inspect
from neurarium_models.layer import Layer, LayerError
from neurarium_models.tensor import DType, TensorSpec

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, ValueInfoProto

Array = NDArray[Any]
AXES = {0: "", 1: "D", 2: "TD", 3: "CHW"}
KINDS = {float: 1, int: 2, str: 3, list: 7}
"""How ONNX numbers the kinds of attributes."""
LONGEST = 34
"""Characters of an id, before a number that makes it the only one."""


@dataclass(frozen=True)
class Value:
    """Something computed: what it is called here, and what is known of it."""

    reference: str
    spec: TensorSpec

    @property
    def rank(self) -> int:
        """Axes, the batch left out."""
        return len(self.spec.shape)


class Operator:
    """One node of the file."""

    def __init__(self, node: "NodeProto", number: int) -> None:
        self.kind = node.op_type
        self.domain = node.domain
        self.name = node.name or f"operator {number + 1}"
        self.inputs = list(node.input)
        self.outputs = list(node.output)
        self._attributes = {attribute.name: attribute for attribute in node.attribute}

    def refuse(self, reason: str) -> OnnxError:
        """Say why it cannot be represented."""
        return OnnxError(f"`{_shown(self.name)}` ({_shown(self.kind)}): {reason}")

    def get(self, name: str, default: Any) -> Any:
        """Read an attribute: a number, a text, or a list of numbers; of a kind like the default's."""
        attribute = self._attributes.get(name)
        if attribute is None:
            return default
        if attribute.type != KINDS[type(default)]:
            raise self.refuse(f"its setting `{name}` is not of the kind that ONNX says.")
        if isinstance(default, list):
            return list(attribute.ints)
        if isinstance(default, str):
            return attribute.s.decode("utf-8", "replace")
        return attribute.f if isinstance(default, float) else attribute.i

    def has(self, name: str) -> bool:
        """Whether it has an attribute."""
        return name in self._attributes

    def tensor(self) -> Any:
        """Read the attribute `value`."""
        return self._attributes["value"].t if "value" in self._attributes else None


class Draft:
    """What was made so far."""

    def __init__(self, model: "ModelProto") -> None:
        graph = model.graph
        self.version = next(
            each.version for each in model.opset_import if each.domain in ("", "ai.onnx")
        )
        self.operators = [Operator(node, number) for number, node in enumerate(graph.node)]
        self.uses = Counter(name for node in graph.node for name in node.input)
        self.uses.update(value.name for value in graph.output)
        self.tensors: dict[str, Array] = {}
        """What was learned, by our paths."""
        self.values: dict[str, Value] = {}
        self.shapes: dict[str, list[int | None]] = {}
        """Sizes that the file computes, None for the number of examples."""
        self.batch: int | None = None
        """How many examples the file is for, if it is for one number only."""
        self._constants: dict[str, Any] = {tensor.name: tensor for tensor in graph.initializer}
        self._nodes: dict[str, Node] = {}
        self._inputs: dict[str, TensorSpec] = {}
        self._outputs = [value.name for value in graph.output]
        given = [value for value in graph.input if value.name not in self._constants]
        self._is_alone = len(given) == 1
        for value in given:
            self._take(value)
        if not self._inputs:
            raise OnnxError("This network has no input.")

    # --- what an operator reads ---

    def value(self, operator: Operator, index: int = 0) -> Value:
        """What comes in there, which must have been computed."""
        name = operator.inputs[index] if index < len(operator.inputs) else ""
        if name in self.values:
            return self.values[name]
        if name in self._constants:
            raise operator.refuse("it calculates with fixed numbers that belong to no layer here.")
        raise operator.refuse(f"it reads `{_shown(name)}`, which nothing before it has made.")

    def constant(self, operator: Operator, index: int) -> Array | None:
        """Fixed numbers that come in there; None if nothing does. They must not depend on the input."""
        name = operator.inputs[index] if index < len(operator.inputs) else ""
        if not name:
            return None
        if name not in self._constants:
            raise operator.refuse(
                f"its input {index + 1} depends on what goes into the network; here it can only be fixed numbers."
            )
        return self._array(name)

    def is_constant(self, name: str) -> bool:
        """Whether these are fixed numbers."""
        return name in self._constants

    def sizes(self, operator: Operator, index: int) -> list[int | None]:
        """Sizes that come in there."""
        name = operator.inputs[index] if index < len(operator.inputs) else ""
        if name in self.shapes:
            return self.shapes[name]
        array = self.constant(operator, index)
        return [] if array is None else [int(size) for size in array.reshape(-1).tolist()]

    def fix(self, name: str, tensor: Any) -> None:
        """Note fixed numbers."""
        self._constants[name] = tensor

    # --- what it becomes ---

    def add(
        self,
        operator: Operator,
        layer: Layer,
        *inputs: Value,
        tensors: dict[str, Array] | None = None,
    ) -> Value:
        """Make a node, and say what comes out of it."""
        try:
            spec = layer.outputs(*(value.spec for value in inputs), **_none(layer))["output"]
        except LayerError as problem:
            raise operator.refuse(str(problem)) from problem
        name = self._new_id(operator)
        references = [value.reference for value in inputs]
        self._nodes[name] = Node.model_validate(
            {"id": name, "layer": layer.model_dump(), "inputs": references}
        )
        for leaf, array in (tensors or {}).items():
            dtype = np.int64 if leaf == "num_batches_tracked" else np.float32
            self.tensors[f"{name}.{leaf}"] = np.asarray(array, dtype, order="C")
        return Value(name, spec)

    def put(self, operator: Operator, value: Value) -> None:
        """Say what an operator's output is."""
        self.values[operator.outputs[0]] = value

    def layer_of(self, value: Value) -> Layer | None:
        """The layer that a value comes from."""
        node = self._nodes.get(value.reference)
        return None if node is None else node.layer

    def give_bias(self, value: Value, bias: Array) -> None:
        """Let the layer that a value comes from add learned constants."""
        node = self._nodes[value.reference]
        layer = node.layer.model_copy(update={"bias": True})
        self._nodes[value.reference] = node.model_copy(update={"layer": layer})
        self.tensors[f"{value.reference}.bias"] = np.asarray(bias, np.float32, order="C")

    def graph(self) -> Graph:
        """What it has become; OnnxError if it is no network."""
        outputs: dict[str, str] = {}
        for name in self._outputs:
            if name not in self.values:
                raise OnnxError(f"The output `{_shown(name)}` is made by no operator that is read.")
            called = "y" if len(self._outputs) == 1 else _only(_plain(name, "y"), outputs)
            outputs[called] = self.values[name].reference
        try:
            graph = Graph(inputs=self._inputs, nodes=list(self._nodes.values()), outputs=outputs)
        except ValidationError as problem:
            first = problem.errors(include_url=False)[0]
            raise OnnxError(
                f"This is no network that can be drawn here: {first['msg']}."
            ) from problem
        for error in inspect(graph).errors:
            raise OnnxError(f"`{error.node}`: {error.message}")
        return graph

    def _take(self, value: "ValueInfoProto") -> None:
        from onnx import TensorProto

        kinds: dict[int, DType] = {
            TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float32", TensorProto.FLOAT16: "float32",
            TensorProto.INT64: "int64", TensorProto.INT32: "int64", TensorProto.BOOL: "bool",
        }  # fmt: skip
        tensor = value.type.tensor_type
        dims = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
        name = _shown(value.name)
        if not dims:
            raise OnnxError(f"The input `{name}` is a single number: there is no axis of examples.")
        sizes = [size for size in dims[1:] if size is not None]
        if len(sizes) < len(dims) - 1 or any(size < 1 for size in sizes):
            raise OnnxError(
                f"The input `{name}` has axes without a size. Only the first, that of the examples, may have none."
            )
        if tensor.elem_type not in kinds:
            raise OnnxError(f"The input `{name}` is of a kind of numbers that is not used here.")
        self.batch = dims[0] if self.batch is None else self.batch
        try:
            spec = TensorSpec(
                axes=names(len(sizes)), shape=tuple(sizes), dtype=kinds[tensor.elem_type]
            )
        except ValidationError as problem:
            raise OnnxError(
                f"The input `{name}` has too many axes, or too large ones."
            ) from problem
        # What comes in alone, and goes out alone, is called as the data and tasks here call it.
        called = "x" if self._is_alone else _only(_plain(value.name, "x"), self._inputs)
        self._inputs[called] = spec
        self.values[value.name] = Value(called, spec)

    def _array(self, name: str) -> Array:
        from onnx import numpy_helper

        tensor = self._constants[name]
        if isinstance(tensor, np.ndarray):
            return tensor
        try:
            array = numpy_helper.to_array(tensor)
        except (ValueError, TypeError, KeyError) as problem:
            raise OnnxError(f"The tensor `{_shown(name)}` does not hold what it says.") from problem
        if array.dtype.kind not in "fiub":
            raise OnnxError(f"The tensor `{_shown(name)}` does not hold numbers.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise OnnxError(f"The tensor `{_shown(name)}` holds numbers that are not finite.")
        self._constants[name] = array
        return array

    def _new_id(self, operator: Operator) -> str:
        """Name a node after the weights that it has, else after its operator."""
        owners = (re.fullmatch(r"(.+)\.(weight|bias)", name) for name in operator.inputs)
        owner = next((found[1] for found in owners if found), operator.name.removeprefix("node_"))
        return _only(_plain(owner, operator.kind.lower()), {*self._inputs, *self._nodes})


def names(rank: int) -> tuple[str, ...]:
    """Name the axes of an example."""
    return tuple(AXES[rank]) if rank in AXES else tuple(f"A{axis + 1}" for axis in range(rank))


def size_of(shape: list[int]) -> int:
    """Count numbers."""
    return math.prod(shape)


def _none(layer: Layer) -> dict[str, None]:
    """Leave all ports empty that may be."""
    return dict.fromkeys(layer.optional_ports)


def _plain(name: str, instead: str) -> str:
    """Make a name of letters, digits and underscores."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:LONGEST].strip("_")
    return plain if re.match(r"[A-Za-z]", plain) else f"{instead}_{plain}".strip("_")[:LONGEST]


def _only(name: str, taken: Any) -> str:
    """Number a name if there is one like it."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _shown(text: str) -> str:
    """Write a stranger's name into a sentence: short, and without what is no letter."""
    return re.sub(r"[^\w ./:-]", "?", text)[:60]
