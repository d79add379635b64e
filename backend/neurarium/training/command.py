"""Changes of a run while it trains, as plain data: journalled, acknowledged, undoable, replayable."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium.plane import PointEdit
from neurarium.training.initialisations import AnyInitialisation
from neurarium.training.rates import Factor
from neurarium.training.tamper import Tamper
from neurarium_models.graph import AnyGraph, NodePath

Parcel = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Change(BaseModel):
    """Lay changes over the job: `{"optimizer.lr": 0.1}`, `{"batch": {"size": 8}}`, `{"dataset.noise": 0.3}`.

    What cannot go on (another optimiser's moments) starts anew, and the effect says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["change"] = "change"
    changes: dict[str, Any] = Field(
        min_length=1, max_length=16, description="Job keys, nested or dotted."
    )


class EditPoint(BaseModel):
    """Add, move, relabel or delete one point of a dataset in the plane."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["point"] = "point"
    point: PointEdit


class SetWeight(BaseModel):
    """Set one number of one parameter."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["weight"] = "weight"
    parameter: str = Field(max_length=400, description="Path of the parameter: `hidden1.weight`.")
    index: tuple[Annotated[int, Field(ge=0, le=2**31)], ...] = Field(
        max_length=8, description="Which number of it."
    )
    value: float = Field(ge=-1e9, le=1e9, allow_inf_nan=False)


class EditGraph(BaseModel):
    """Go on with another network: the whole graph as it is to be.

    Nodes are known by their ids, and what they have learned is kept wherever it fits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["graph"] = "graph"
    graph: AnyGraph
    rates: dict[NodePath, Factor] | None = Field(
        default=None,
        max_length=64,
        description="Factors of the learning rate from then on; none: as before, without those of nodes that go.",
    )
    init: dict[NodePath, AnyInitialisation] | None = Field(
        default=None,
        max_length=64,
        description="How weights begin, those too that the edit makes; none: as before, without nodes that go.",
    )
    begins: dict[NodePath, AnyInitialisation] = Field(
        default={},
        max_length=64,
        description="How the weights of nodes of the new network begin, beside all that is said already; it has the "
        "last word.",
    )
    tampering: list[Tamper] | None = Field(
        default=None,
        max_length=64,
        description="How the way back is tampered with from then on; none: as before, where it still fits.",
    )


class TakeWeights(BaseModel):
    """Take what another run has learned, or what a file of weights holds, wherever name and shape are the same.

    What the optimiser remembers stays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["weights"] = "weights"
    run: Annotated[str, Field(pattern=r"^[a-z0-9]{4,32}$")] | None = Field(
        default=None, description="The other run; none: a file that came with the command."
    )
    step: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        default=None, description="At which of its steps; none: as it is now."
    )
    nodes: dict[NodePath, NodePath] = Field(
        default={},
        max_length=64,
        description="Which nodes or blocks here are which ones there, and only these; empty: all that have the same "
        "path.",
    )
    strict: bool = Field(
        default=False,
        description="Refuse unless every tensor has its counterpart, and has its shape.",
    )
    parcel: Parcel | None = Field(
        default=None, description="SHA-256 of the tensors, which are kept with the run."
    )


class DrawWeights(BaseModel):
    """Let a layer or a block begin again, as the job's `init` says: the optimiser remembers nothing of it then."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["draw"] = "draw"
    node: NodePath = Field(description="Which layer or block.")
    draw: int = Field(
        default=0,
        ge=0,
        le=2**53 - 1,
        description="Which drawing: 0 is the one that the run began with, any other number has others.",
    )


class ReturnWeights(BaseModel):
    """Be again what was before weights were taken or drawn: all tensors, and what the optimiser remembered."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["weights_back"] = "weights_back"
    parcel: Parcel = Field(description="SHA-256 of the state, which is kept with the run.")


AnyCommand = Annotated[
    Change | EditPoint | SetWeight | EditGraph | TakeWeights | DrawWeights | ReturnWeights,
    Field(discriminator="kind"),
]

Fate = Literal["kept", "widened", "cut", "new", "gone", "taken", "missing", "unlike"]
"""What an edit of the network did to one parameter; of weights that were to be taken: whether they were, were not
there, or did not fit.
"""


class Effect(BaseModel):
    """What a command did: from which step on, what it kept, what is new, and how to undo it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    step: int = Field(description="The command is in force for every step after this one.")
    command: AnyCommand
    undo: AnyCommand
    message: str = Field(description="Key of the sentence that says what happened.")
    values: dict[str, float | int | str] = Field(
        default={}, description="Numbers and names for the sentence."
    )
    parameters: dict[str, Fate] = Field(
        default={},
        description="Where the network was edited: what became of each parameter, by its path.",
    )
    notes: list[str] = Field(
        default=[], description="Where weights were taken: sentences on what did not fit."
    )

    @property
    def parcels(self) -> set[str]:
        """Name what is kept with the run, that this can be done again and undone."""
        found = (getattr(command, "parcel", None) for command in (self.command, self.undo))
        return {name for name in found if name is not None}


def are_given(journal: Iterable[Effect], step: int) -> bool:
    """Whether the weights of a step were taken from elsewhere, and not given back."""
    is_given = False
    then: dict[str, bool] = {}
    """By the parcel of a state that can be returned to: whether its weights were given."""
    for effect in journal:
        if effect.step > step:
            continue
        if isinstance(effect.undo, ReturnWeights):
            then[effect.undo.parcel] = is_given
        if isinstance(effect.command, TakeWeights):
            is_given = True
        elif isinstance(effect.command, ReturnWeights):
            is_given = then.get(effect.command.parcel, False)
    return is_given


class CommandError(ValueError):
    """A command cannot be carried out: a sentence for a learner. `node` says where in the network, if it is there."""

    def __init__(self, message: str, node: str | None = None) -> None:
        """Keep the sentence, and the path of the node that it is about."""
        super().__init__(message)
        self.node = node
