"""A network as readable PyTorch source, and such source as a network."""

from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.problems import BODY, Refusal, documented
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.training.script.loop import whole
from neurarium_models.graph import AnyGraph
from neurarium_models.source.document import MAXIMUM_TEXT, Reading, Source, WriteError
from neurarium_models.source.read import read
from neurarium_models.source.write import class_name, write

router = new_router("source", "/api/v1")


class SourceText(BaseModel):
    """Source to be read. It is never executed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "text": "class Net(nn.Module):\n"
                    "    def __init__(self):\n"
                    "        super().__init__()\n"
                    "        self.dense = nn.Linear(2, 1)\n\n"
                    '    def forward(self, x: Annotated[Tensor, {"D": 2}]):\n'
                    "        return self.dense(x)\n"
                }
            ]
        },
    )
    text: str = Field(
        max_length=MAXIMUM_TEXT, description="A Python file with the network's class."
    )


class GraphText(BaseModel):
    """A network to be written."""

    model_config = ConfigDict(extra="forbid")
    graph: AnyGraph
    name: str = Field(
        default="", max_length=80, description="What it is called; its class is named after that."
    )


class Loop(Answer):
    """How a run is trained: the loss and the loop, for reading along."""

    text: str = Field(description="Python, of which the network's class is the other half.")
    entries: list[list[str]] = Field(
        description="For each line, the entries of the job that it follows: `optimizer.lr`."
    )


@router.get("/runs/{run}/source", responses=documented("not-found"))
def source_of_run(session: Named) -> Source:
    """Write a run's network as PyTorch, and say which nodes each line is about."""
    job = session.job
    return write(job.graph, class_name(job.name or job.title))


@router.get("/runs/{run}/source/loop", responses=documented("not-found"))
def loop_of_run(session: Named) -> Loop:
    """Write how a run is trained as PyTorch, and say which settings each line follows."""
    code = whole(session.job)
    return Loop(text=f"{code.text}\n", entries=code.entries)


@router.post("/graph/source", responses=documented(*BODY))
def graph_of_source(source: SourceText) -> Reading:
    """Read a network from PyTorch source as it is written here, or say line by line why it is none.

    Nothing is executed. What a graph cannot represent is no error of the request: `problems` explains it.
    """
    # Not `async`: in a thread, a long source keeps nobody else waiting.
    return read(source.text)


@router.post("/graph/source/write", responses=documented(*BODY, "unfit-network"))
def source_of_graph(wanted: GraphText) -> Source:
    """Write any network as PyTorch, and say which nodes each line is about.

    Where sizes do not fit, the rest is written nevertheless, and `problems` says where that is.
    """
    try:
        return write(wanted.graph, class_name(wanted.name), unfit=True)
    except WriteError as error:
        raise Refusal("unfit-network", problems=error.problems) from None
