"""In which words two jobs differ: key by key, as a change would name them."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from neurarium.training.command import Change, Effect
from neurarium.training.initialisation import Initialisation
from neurarium.training.initialisations import AnyInitialisation
from neurarium.training.job import Job
from neurarium.training.tamper import Tamper, written

MOST = 64
TAMPER: TypeAdapter[Tamper] = TypeAdapter(Tamper)
INIT: TypeAdapter[Initialisation] = TypeAdapter(AnyInitialisation)
UNSPOKEN = {"title"}
"""Entries on which no behaviour depends."""


class Difference(BaseModel):
    """One setting that is another in the second job."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str = Field(
        description="Of the job, dotted: `optimizer.lr`, `loss.kind`, `graph.hidden1.out_features`."
    )
    before: Any = Field(description="In the first job; none: it has no such setting.")
    after: Any = Field(description="In the second job; none: it has no such setting.")
    step: int | None = Field(
        default=None, description="After this step it was changed last; none: from the beginning."
    )


def difference(before: Job, after: Job) -> list[Difference]:
    """List what differs, in the order of a job's entries; at most 64 settings.

    Where another kind was picked from a shelf, that is the difference, with those settings that both kinds have. Nodes
    of the network are compared by their ids; a node that only one of them has differs as a whole (`graph.hidden2`).
    """
    one, other = (job.model_dump(mode="json") for job in (before, after))
    found = [
        each
        for key in one
        if key not in UNSPOKEN and one[key] != other[key]
        for each in _section(key, one[key], other[key])
    ]
    return found[:MOST]


def dated(differences: list[Difference], journal: list[Effect]) -> list[Difference]:
    """Write down after which step each setting was changed last, by the journal of the second job's run."""
    last = {key: effect.step for effect in journal for key in _touched(effect)}
    return [
        each.model_copy(update={"step": last.get(each.key, last.get(each.key.partition(".")[0]))})
        for each in differences
    ]


def _section(key: str, one: Any, other: Any) -> Iterator[Difference]:
    if key == "tampering":
        yield Difference(key=key, before=_tampered(one), after=_tampered(other))
    elif key == "init":
        yield from _settings(key, _begun(one), _begun(other), False)
    elif key == "graph":
        yield from _graph(_nodes(one), _nodes(other), one, other)
    elif isinstance(one, dict) and isinstance(other, dict):
        yield from _settings(key, one, other, one.get("kind") != other.get("kind"))
    else:
        yield Difference(key=key, before=one, after=other)


def _tampered(entries: list[dict[str, Any]]) -> str | None:
    """Write what is done to the way back; none: nothing."""
    return ", ".join(written(TAMPER.validate_python(entry)) for entry in entries) or None


def _begun(entries: dict[str, Any]) -> dict[str, str]:
    """Write how each node begins."""
    return {path: INIT.validate_python(entry).signs() for path, entry in entries.items()}


def _settings(
    key: str, one: dict[str, Any], other: dict[str, Any], shared_only: bool
) -> Iterator[Difference]:
    """Compare two entries setting by setting; of two kinds, only what both know can be compared."""
    names = [name for name in one if name in other] if shared_only else list(one | other)
    for name in names:
        if one.get(name) != other.get(name):
            before, after = _told(one.get(name)), _told(other.get(name))
            yield Difference(key=f"{key}.{name}", before=before, after=after)


def _told(value: Any) -> Any:
    """Tell a list of documents (edited points) by how many there are."""
    return len(value) if isinstance(value, list) and value and isinstance(value[0], dict) else value


def _graph(
    one: dict[str, Any], other: dict[str, Any], whole: dict[str, Any], changed: dict[str, Any]
) -> Iterator[Difference]:
    found = False
    for node in one | other:
        for each in _node(node, one.get(node), other.get(node)):
            found = True
            yield each
    if not found:  # inputs, outputs or tied parameters
        for name, value in whole.items():
            if value != changed.get(name):
                yield Difference(key=f"graph.{name}", before=None, after=None)


def _nodes(graph: dict[str, Any]) -> dict[str, Any]:
    return {node["id"]: node for node in graph["nodes"]}


def _node(
    node: str, one: dict[str, Any] | None, other: dict[str, Any] | None
) -> Iterator[Difference]:
    """Compare what stands at one id: its layer's settings, where both are layers of one kind."""
    if one == other:
        return
    before, after = _layer(one), _layer(other)
    if before.get("kind") == after.get("kind") and before != after:
        yield from _settings(f"graph.{node}", before, after, False)
    else:
        yield Difference(key=f"graph.{node}", before=before.get("kind"), after=after.get("kind"))


def _layer(node: dict[str, Any] | None) -> dict[str, Any]:
    """What a node is made of: a layer, or a block (which has no settings of its own)."""
    if node is None:
        return {}
    layer: dict[str, Any] = node.get("layer", {"kind": "Block", "repeat": node.get("repeat")})
    return layer


def _touched(effect: Effect) -> list[str]:
    """Name the settings that a command touches, each by its whole key; a point touches the data."""
    if not isinstance(effect.command, Change):
        return {"point": ["dataset.edits"], "graph": ["graph"]}.get(effect.command.kind, [])
    return [*effect.command.changes, *_flat(effect.command.changes)]


def _flat(changes: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, value in changes.items():
        key = f"{prefix}{name}"
        found += _flat(value, f"{key}.") if isinstance(value, dict) else [key]
    return found
