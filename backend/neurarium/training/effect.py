"""What an effect says: the key of a sentence, whose words the page holds, and its numbers and names."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurarium.dataset import Examples
from neurarium.plane import PointEdit
from neurarium.training.command import Fate
from neurarium.training.fitting import match
from neurarium.training.job import Job
from neurarium.training.tamper import written
from neurarium.training.words import rows_of

Values = dict[str, float | int | str]

EFFECTS = {
    "effect.nothing": (),
    "effect.several": ("sections",),
    "effect.lr": ("before", "after"),
    "effect.optimizer": ("before", "after"),
    "effect.optimizer_settings": ("optimizer",),
    "effect.loss": ("before", "after"),
    "effect.regulariser": ("before", "after", "strength"),
    "effect.schedule": ("before", "after"),
    "effect.batch": ("before", "after"),
    "effect.steps": ("before", "after"),
    "effect.title": ("before", "after"),
    "effect.name": ("before", "after"),
    "effect.engine": ("before", "after"),
    "effect.dataset": ("before", "after", "train", "validation"),
    "effect.features": ("kept", "added", "dropped"),
    "effect.words": ("kept", "added", "dropped"),
    "effect.weight": ("parameter", "before", "after"),
    "effect.rates": ("frozen", "others"),
    "effect.init": ("nodes",),
    "effect.draw": ("node", "tensors"),
    "effect.tampering": ("count", "added", "removed"),
    "effect.graph": (
        "before",
        "after",
        "kept",
        "widened",
        "cut",
        "new",
        "gone",
        "unrated",
        "uninit",
        "untampered",
    ),
    "effect.graph_back": ("before", "after"),
    "effect.weights": ("source", "taken", "missing", "unlike", "others"),
    "effect.weights_back": ("tensors",),
    "effect.point_added": ("id", "x1", "x2", "train"),
    "effect.point_moved": ("id", "x1", "x2", "train"),
    "effect.point_relabelled": ("id", "x1", "x2", "train"),
    "effect.point_deleted": ("id", "x1", "x2", "train"),
}
"""Every key with the names of its values.

`effect.optimizer`: another learning rule, which begins without a memory of past gradients; `effect.optimizer_settings`
and `effect.lr` keep it. `effect.features`: how many inputs kept their weights, came with weights of 0, and went;
`effect.words`: the same of words (tokens), of which new ones begin anew.
`effect.rates`: which nodes learn nothing from here on, and which at another rate than the rest. `effect.init`: how
nodes are to begin, written in signs: `hidden1: xavier_uniform(gain=2.0)`; `effect.draw`: how many tensors began again.
`effect.tampering`: at how many places the way back is now tampered with, and which came and went, written in signs:
`hidden1 ✂ hidden2`, `✂ hidden1.weight[0, 1]`, `x × 0.5 → hidden1`, `hidden2: LinearTransposed`.
`effect.graph`: how many numbers the network had and has, and how many of its parameters (tensors) were kept, widened,
cut, are new, are gone, and how many factors of the learning rate, initialisations, and entries of the tampering went
with their nodes; `effect.weights`: how many tensors
were taken, were missing there, had another shape there, and how many there have no place here; `effect.graph_back`: all
are again what they were before the last edit.
"""


def describe(old: Job, new: Job, sections: list[str], examples: Examples) -> tuple[str, Values]:
    """Say in one sentence what a change of some sections did."""
    if not sections:
        return "effect.nothing", {}
    if len(sections) > 1:
        return "effect.several", {"sections": ", ".join(sections)}
    match sections[0]:
        case "optimizer":
            return _optimizer(old, new)
        case "dataset":
            return _dataset(old, new, examples)
        case "batch":
            return _batch(old, new, len(examples.train))
        case section:
            return _section(section, old, new)


def _section(section: str, old: Job, new: Job) -> tuple[str, Values]:
    before: Any = getattr(old, section)
    after: Any = getattr(new, section)
    if section == "tampering":
        return _tampering(old, new)
    if isinstance(before, int | str):
        return f"effect.{section}", {"before": before, "after": after}
    if section == "init":
        nodes = ", ".join(f"{path}: {how.signs()}" for path, how in new.init.items())
        return "effect.init", {"nodes": nodes}
    if isinstance(after, dict):
        return f"effect.{section}", _rates(after)
    values: Values = {"before": before.kind, "after": after.kind}
    return f"effect.{section}", values | (
        {"strength": after.strength} if section == "regulariser" else {}
    )


def _rates(rates: Mapping[str, float]) -> Values:
    frozen = [path for path, factor in rates.items() if not factor]
    others = [f"{path} × {factor:g}" for path, factor in rates.items() if factor]
    return {"frozen": ", ".join(frozen), "others": ", ".join(others)}


def _tampering(old: Job, new: Job) -> tuple[str, Values]:
    added = [written(entry) for entry in new.tampering if entry not in old.tampering]
    removed = [written(entry) for entry in old.tampering if entry not in new.tampering]
    values: Values = {"count": len(new.tampering)}
    return "effect.tampering", values | {
        "added": ", ".join(added),
        "removed": ", ".join(removed),
    }


def _batch(old: Job, new: Job, examples: int) -> tuple[str, Values]:
    values: Values = {"before": old.batch.count(examples), "after": new.batch.count(examples)}
    return "effect.batch", values


def _optimizer(old: Job, new: Job) -> tuple[str, Values]:
    before, after = old.optimizer, new.optimizer
    if before.kind != after.kind:
        return "effect.optimizer", {"before": before.kind, "after": after.kind}
    if before.model_copy(update={"lr": after.lr}) == after:
        return "effect.lr", {"before": before.lr, "after": after.lr}
    return "effect.optimizer_settings", {"optimizer": after.kind}


def _dataset(old: Job, new: Job, examples: Examples) -> tuple[str, Values]:
    columns = match(old.dataset, new.dataset)
    if columns.changes:
        return "effect.features", {
            "kept": columns.kept,
            "added": columns.added,
            "dropped": columns.dropped,
        }
    rows = rows_of(old.dataset, new.dataset).values()
    if rows:
        kept = sum(each.kept for each in rows)
        added = sum(len(each.sources) for each in rows) - kept
        dropped = sum(each.before for each in rows) - kept
        return "effect.words", {"kept": kept, "added": added, "dropped": dropped}
    counts: Values = {"train": len(examples.train), "validation": len(examples.validation)}
    return "effect.dataset", {"before": old.dataset.kind, "after": new.dataset.kind, **counts}


LOST = {"rates": "unrated", "init": "uninit", "tampering": "untampered"}
"""What goes with the nodes that it is said of: how an effect calls the number of such entries of a job."""


def describe_graph(
    before: int,
    after: int,
    fates: Mapping[str, Fate],
    is_back: bool,
    lost: Mapping[str, int],
) -> tuple[str, Values]:
    """Count what an edit of the network did to its parameters; `is_back`: it took another one back.

    `lost`: by its name in the job, how much has gone with nodes.
    """
    values: Values = {"before": before, "after": after}
    if is_back:
        return "effect.graph_back", values
    kinds: tuple[Fate, ...] = ("kept", "widened", "cut", "new", "gone")
    counts = {kind: sum(fate == kind for fate in fates.values()) for kind in kinds}
    gone = {name: max(0, lost[entry]) for entry, name in LOST.items()}
    return "effect.graph", values | counts | gone


def find_point(examples: Examples, point: int) -> PointEdit | None:
    """A point as it is now, written as the edit that would make it so; None if there is none with this id."""
    for split, held_out in ((examples.train, False), (examples.validation, True)):
        for place in np.flatnonzero(split.ids == point):
            x1, x2 = (*split.arrays["position"][place].tolist(), 0.0)[:2]
            label = float(split.arrays["y"][place].item())
            return PointEdit(id=point, x1=x1, x2=x2, label=label, held_out=held_out)
    return None


def describe_point(
    before: PointEdit | None, after: PointEdit, examples: Examples
) -> tuple[str, Values]:
    """Say what happened to one point."""
    values: Values = {"id": after.id, "x1": after.x1, "x2": after.x2, "train": len(examples.train)}
    if after.deleted:
        return "effect.point_deleted", values
    if before is None:
        return "effect.point_added", values
    moved = (before.x1, before.x2) != (after.x1, after.x2)
    return "effect.point_moved" if moved else "effect.point_relabelled", values
