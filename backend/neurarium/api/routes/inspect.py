"""What can be said of a network before it is built, and of data before anything learns from them."""

from typing import Annotated, Any

from fastapi import Body, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from neurarium.api.failures import located
from neurarium.api.problems import BODY, documented
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.dataset import Dataset
from neurarium.datasets import AnyDataset
from neurarium_models.difference import GraphDifference, graph_difference
from neurarium_models.graph import AnyGraph
from neurarium_models.inspect import Inspection, inspect
from neurarium_models.tensor import TensorSpec

router = new_router("inspect", "/api/v1")
DATASET: TypeAdapter[Dataset] = TypeAdapter(AnyDataset)


class TwoGraphs(BaseModel):
    """Two networks to be compared."""

    model_config = ConfigDict(extra="forbid")
    before: AnyGraph = Field(description="The first network.")
    after: AnyGraph = Field(description="The second network.")


class DatasetInspection(Answer):
    """How much there is to learn from, and what a network is given; or what keeps it from being learned from."""

    problem: str | None = Field(
        default=None,
        description="What is wrong with the settings; none: nothing, and all else is told.",
    )
    train: int = Field(default=0, description="Examples to learn from, at most.")
    held_out: int = Field(default=0, description="Examples to measure with, at most.")
    inputs: dict[str, TensorSpec] = Field(
        default={}, description="What a network is given, by name."
    )
    vocabularies: dict[str, int] = Field(
        default={}, description="Different tokens of an input, marks of places included, by name."
    )


@router.post("/inspect", responses=documented(*BODY))
def inspect_graph(graph: AnyGraph) -> Inspection:
    """Say shapes, parameters, operations and memory of every node, and what is wrong with the network.

    Nothing is built or allocated: networks of any size are answered at once.
    """
    # Not `async`: in a thread, a network with very many connections keeps nobody else waiting.
    return inspect(graph)


@router.post("/graph/difference", responses=documented(*BODY))
def compare_graphs(graphs: TwoGraphs) -> GraphDifference:
    """Say in what two networks differ: by node, in settings, shapes and numbers. Nothing is built or allocated."""
    return graph_difference(graphs.before, graphs.after)


@router.post("/datasets/inspect", responses=documented(*BODY))
def inspect_dataset(
    request: Request,
    settings: Annotated[
        dict[str, Any], Body(description="A dataset: its `kind` and its settings.")
    ],
) -> DatasetInspection:
    """Say how many examples a dataset has, of which shapes, with how many words; or what is wrong with its settings."""
    # Not `async`: in a thread, a long text keeps nobody else waiting.
    try:
        dataset = DATASET.validate_python(settings)
    except ValidationError as error:
        refusal = request.app.state.words().refusal(located(error, "body", settings))
        return DatasetInspection(problem=refusal.errors[0].detail)
    train, held_out = dataset.sizes()
    words = {name: len(vocabulary.words) for name, vocabulary in dataset.vocabularies().items()}
    return DatasetInspection(
        train=train, held_out=held_out, inputs=dataset.inputs(), vocabularies=words
    )
