"""Shapes, parameters, operations and memory of a network, from plain integers: nothing is built or allocated."""

import math

from pydantic import BaseModel, ConfigDict, Field

from neurarium_models.graph import Graph
from neurarium_models.layout import Fold, Layout, Place, Value, lay_out
from neurarium_models.problem import Problem, Problems
from neurarium_models.sight import is_image, sights
from neurarium_models.tensor import TensorSpec
from neurarium_models.tying import check_ties

BYTES = {"float32": 4, "int64": 8, "bool": 1}
WRITTEN_OUT = 400
"""Layers up to which repetitions are written out for receptive fields, as an answer must not wait."""


class Record(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wire(Record):
    """A connection into a node."""

    port: str = Field(description="The input of the layer that it leads to.")
    source: str = Field(
        description="Path of the node, or name of the graph input, that it comes from; `path:port` where several."
    )
    spec: TensorSpec | None = Field(
        description="What flows in it; none: unknown, as something before it does not fit."
    )


class InspectedNode(Record):
    """One layer at one place. Counts are for one place; `repeat` says how many equal ones there are."""

    path: str = Field(
        description="Its one name everywhere. In a repeated block, that of the first equal repetition."
    )
    kind: str = Field(description="Kind of layer.")
    elementwise: bool = Field(
        description="Whether it acts on each number by itself: drawn with the node before it."
    )
    repeat: int = Field(description="How many equal places in repeated blocks this one stands for.")
    inputs: list[Wire] = Field(description="What flows in, by port.")
    outputs: dict[str, TensorSpec] = Field(
        description="What comes out, by port; empty where that is unknown."
    )
    parameter_shapes: dict[str, tuple[int, ...]] = Field(
        description="Learned tensors by name; the path in front is their name in the network."
    )
    parameters: int = Field(description="How many numbers are learned here.")
    flops: int = Field(description="Floating-point operations of one forward pass for one example.")
    parameter_bytes: int = Field(description="Memory of the parameters in float32.")
    activation_bytes: int = Field(description="Memory of what comes out, for one example.")
    sees: tuple[int, int] | None = Field(
        default=None,
        description="Rows and columns of the picture that comes in which one number here depends on, those in paddings "
        "too; none: it puts out no image, or its numbers see windows of several sizes.",
    )


class InspectedBlock(Record):
    """Repetitions of a block that are equal, side by side: what a page folds into one picture with ×12."""

    path: str = Field(description="Path of the block.")
    first: int | None = Field(
        description="Number of the first of these repetitions; none: the block is not repeated."
    )
    count: int = Field(description="How many repetitions in a row are equal.")
    repeat: int = Field(description="In how many equal surroundings they stand.")
    inputs: list[Wire] = Field(description="What flows in, by name.")
    outputs: dict[str, TensorSpec | None] = Field(description="What comes out of each, by name.")


class Memory(Record):
    """Bytes in float32. Activations are those of one example; the last two are needed in training only."""

    parameters: int = Field(description="All parameters.")
    activations: int = Field(
        description="What all layers put out for one example, kept for the backward pass."
    )
    gradients: int = Field(description="One number for each parameter.")
    optimizer: int = Field(
        description="Two numbers for each parameter, as Adam keeps them; plain SGD keeps none."
    )


class Inspection(Record):
    """Everything that can be said of a network before it is built."""

    parameters: int = Field(description="How many numbers are learned; tied ones count once.")
    flops: int = Field(description="Floating-point operations of one forward pass for one example.")
    memory: Memory
    layers: int = Field(description="How many layers there are with all repetitions.")
    outputs: dict[str, TensorSpec | None] = Field(
        description="What comes out of the network; none: unknown."
    )
    nodes: list[InspectedNode] = Field(
        description="In an order in which each comes after what feeds it."
    )
    blocks: list[InspectedBlock] = Field(description="Which parts repeat; inner ones first.")
    problems: list[Problem] = Field(
        description="What is wrong. Without errors, the network can be built."
    )

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep it from being built."""
        return [problem for problem in self.problems if problem.severity == "error"]


def inspect(graph: Graph) -> Inspection:
    """Say everything about a network; never raises: what is wrong with it is listed as problems."""
    problems = Problems()
    layout = lay_out(graph, fold=True, problems=problems)
    windows = _windows(graph, layout)
    nodes = [inspect_place(place, windows.get(place.path)) for place in layout.places]
    parameters = sum(node.parameters * node.repeat for node in nodes) - check_ties(
        graph, layout, problems
    )
    activations = sum(node.activation_bytes * node.repeat for node in nodes)
    return Inspection(
        parameters=parameters,
        flops=sum(node.flops * node.repeat for node in nodes),
        memory=Memory(
            parameters=4 * parameters,
            activations=activations,
            gradients=4 * parameters,
            optimizer=8 * parameters,
        ),
        layers=sum(node.repeat for node in nodes),
        outputs={name: value.spec for name, value in layout.outputs.items()},
        nodes=nodes,
        blocks=[_block(fold) for fold in layout.folds],
        problems=problems.listed(),
    )


def _windows(graph: Graph, layout: Layout) -> dict[str, tuple[int, int]]:
    """Find receptive fields; behind repetitions they are larger, so that those must be written out."""
    if not any(map(is_image, graph.inputs.values())):
        return {}
    if any(fold.count > 1 for fold in layout.folds):
        if sum(place.repeat for place in layout.places) > WRITTEN_OUT:
            return {}
        layout = lay_out(graph, fold=False)
    return sights(layout, graph.inputs)


def inspect_place(place: Place, sees: tuple[int, int] | None = None) -> InspectedNode:
    """Say what one layer does where it stands, and how much of the picture it sees."""
    shapes = place.layer.parameter_shapes(*place.specs) if place.fits else {}
    parameters = sum(map(math.prod, shapes.values()))
    wires = zip(place.ports, place.values, strict=True)
    return InspectedNode(
        path=place.path,
        kind=place.layer.kind,
        elementwise=place.layer.elementwise,
        repeat=place.repeat,
        inputs=[_wire(port, value) for port, value in wires if value is not None],
        outputs=place.outputs,
        parameter_shapes=shapes,
        parameters=parameters,
        flops=place.layer.flops(*place.specs) if place.fits else 0,
        parameter_bytes=4 * parameters,
        activation_bytes=sum(spec.size * BYTES[spec.dtype] for spec in place.outputs.values()),
        sees=sees,
    )


def _block(fold: Fold) -> InspectedBlock:
    return InspectedBlock(
        path=fold.path,
        first=fold.first,
        count=fold.count,
        repeat=fold.repeat,
        inputs=[_wire(name, value) for name, value in fold.values.items()],
        outputs={name: value.spec for name, value in fold.outputs.items()},
    )


def _wire(port: str, value: Value) -> Wire:
    return Wire(port=port, source=value.source, spec=value.spec)
