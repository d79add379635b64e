"""Tensors from elsewhere, taken into a network in the middle of its training, and given back again.

The bytes lie in the run's parcels, so that the journal can give the command again, bit for bit. So does the state of
before: to take the command back is to be that state again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from neurarium.training import checkpoint, former
from neurarium.training.command import (
    CommandError,
    DrawWeights,
    Effect,
    Fate,
    ReturnWeights,
    TakeWeights,
)
from neurarium.training.engine.contract import Memory
from neurarium.training.fresh import fresh_network
from neurarium.training.seed import derive
from neurarium.training.state import State, StateError

if TYPE_CHECKING:
    from neurarium.training.run import Run

MOST_NOTES = 20
"""Sentences on what did not fit; the rest is counted."""


@dataclass
class Match:
    """Which tensor there is which one here."""

    taken: dict[str, Tensor] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unlike: dict[str, str] = field(default_factory=dict)
    """What did not fit, each with a sentence that says why."""
    others: list[str] = field(default_factory=list)
    """What has no place here."""

    @property
    def notes(self) -> list[str]:
        """Say what was not taken."""
        notes = [
            *self.unlike.values(),
            *(f"`{name}` is not among them." for name in self.missing),
            *(f"`{name}` has no place in this network." for name in self.others),
        ]
        rest = len(notes) - MOST_NOTES
        return [*notes[:MOST_NOTES], *([f"And {rest} more."] if rest > 0 else [])]

    @property
    def fates(self) -> dict[str, Fate]:
        """Say what became of each tensor here."""
        fates: dict[str, Fate] = dict.fromkeys(self.taken, "taken")
        return fates | dict.fromkeys(self.missing, "missing") | dict.fromkeys(self.unlike, "unlike")


def replace_weights(run: "Run", command: TakeWeights | DrawWeights | ReturnWeights) -> Effect:
    """Give the network other weights than it has learned, or raise CommandError."""
    match command:
        case TakeWeights():
            return take_weights(run, command)
        case DrawWeights():
            return draw_weights(run, command)
        case ReturnWeights():
            return return_weights(run, command)


def take_weights(run: "Run", command: TakeWeights) -> Effect:
    """Take what fits, or raise CommandError."""
    theirs = _read(run, command.parcel)
    here = _tensors(run)
    found = _match(here, theirs, command.nodes)
    _check(found, command, len(theirs))
    values = {
        name: _fitted(name, value, here[name][0], run.dtype) for name, value in found.taken.items()
    }
    before = run.parcels.put(checkpoint.save(run).dumps())
    with torch.no_grad():
        for name, value in values.items():
            here[name][0].copy_(value)
    run.formers = ()
    return Effect(
        step=run.step,
        command=command,
        undo=ReturnWeights(parcel=before),
        message="effect.weights",
        values={
            "source": command.run or "file",
            "taken": len(found.taken),
            "missing": len(found.missing),
            "unlike": len(found.unlike),
            "others": len(found.others),
        },
        parameters=found.fates,
        notes=found.notes,
    )


def draw_weights(run: "Run", command: DrawWeights) -> Effect:
    """Let what is at a path begin again, or raise CommandError."""
    inside = f"{command.node}."
    here = {name: each for name, (each, _) in _tensors(run).items() if name.startswith(inside)}
    learned = {name for name, _ in run.network.named_parameters()} & set(here)
    if not learned:
        raise CommandError(f"Nothing is learned in `{command.node}`.", command.node)
    number = (
        (command.draw,) if command.draw else ()
    )  # without one it is the drawing of the run itself
    seed = derive(run.job.seed, "weights", *number)
    drawn = fresh_network(run.job, seed, run.device, run.dtype).state_dict()
    before = run.parcels.put(checkpoint.save(run).dumps())
    with torch.no_grad():
        for name, value in here.items():
            value.copy_(drawn[name])
    memory: Memory = {
        name: _forgotten(entry) if name in learned else entry
        for name, entry in run.engine.memory().items()
    }
    run.use(run.job, run.network, memory)
    run.formers = ()
    fates: dict[str, Fate] = dict.fromkeys(sorted(learned), "new")
    return Effect(
        step=run.step,
        command=command,
        undo=ReturnWeights(parcel=before),
        message="effect.draw",
        values={"node": command.node, "tensors": len(learned)},
        parameters=fates,
    )


def return_weights(run: "Run", command: ReturnWeights) -> Effect:
    """Be what a state says, or raise CommandError. What was changed since in the job stays as it is."""
    document = run.parcels.get(command.parcel)
    if document is None:
        raise CommandError("What this network had before is not kept any more.")
    try:
        state = State.loads(document)
        checkpoint.check_network(run.network, state)
    except StateError as problem:
        raise CommandError(
            "The network is another one by now: take its edits back first."
        ) from problem
    before = run.parcels.put(checkpoint.save(run).dumps())
    checkpoint.load_network(run.network, state)
    is_of_its_kind = state.facts.job.optimizer.kind == run.job.optimizer.kind
    memory = checkpoint.memory_of(state) if is_of_its_kind else run.engine.memory()
    run.use(run.job, run.network, memory)
    is_now = state.facts.step == run.step and state.facts.job.graph == run.job.graph
    run.formers = former.load(state.facts.formers, state.tensors) if is_now else ()
    return Effect(
        step=run.step,
        command=command,
        undo=ReturnWeights(parcel=before),
        message="effect.weights_back",
        values={"tensors": len(_tensors(run))},
    )


def _forgotten(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Empty what an optimiser remembers of one parameter."""
    return {
        key: torch.zeros_like(value) if isinstance(value, Tensor) else (value and 0)
        for key, value in entry.items()
    }


def _read(run: "Run", parcel: str | None) -> dict[str, Tensor]:
    document = None if parcel is None else run.parcels.get(parcel)
    if document is None:
        raise CommandError("The weights of this command are not kept with the run.")
    try:
        return dict(safetensors.torch.load(document))
    except SafetensorError as problem:
        raise CommandError("These bytes are no safetensors file.") from problem


def _tensors(run: "Run") -> dict[str, tuple[Tensor, tuple[str, ...]]]:
    """All that a file of weights holds, by its first name; with all names where several are one tensor."""
    names: dict[int, list[str]] = {}
    values: dict[int, Tensor] = {}
    for name, value in run.network.state_dict(keep_vars=True).items():
        names.setdefault(id(value), []).append(name)
        values[id(value)] = value
    return {known[0]: (values[key], tuple(known)) for key, known in names.items()}


def _match(
    here: Mapping[str, tuple[Tensor, tuple[str, ...]]],
    there: Mapping[str, Tensor],
    nodes: Mapping[str, str],
) -> Match:
    found, used = Match(), set()
    for name, (value, names) in here.items():
        wanted = [other for each in names if (other := _counterpart(each, nodes)) is not None]
        known = [other for other in wanted if other in there]
        used.update(known)
        if not known:
            found.missing += [name] if wanted else []
            continue
        reason = _difference(name, value, [there[other] for other in known])
        if reason is None:
            found.taken[name] = there[known[0]]
        else:
            found.unlike[name] = reason
    found.others = [] if nodes else [name for name in there if name not in used]
    return found


def _counterpart(name: str, nodes: Mapping[str, str]) -> str | None:
    """Say what a tensor is called there; None where it is not asked for."""
    if not nodes:
        return name
    steps = name.split(".")
    for count in range(len(steps) - 1, 0, -1):
        path = ".".join(steps[:count])
        if path in nodes:
            return ".".join((nodes[path], *steps[count:]))
    return None


def _difference(name: str, value: Tensor, others: list[Tensor]) -> str | None:
    first = others[0]
    if first.shape != value.shape:
        return f"`{name}` is {_size(value)} here, but {_size(first)} there."
    if first.is_floating_point() != value.is_floating_point():
        kinds = ["real" if each.is_floating_point() else "whole" for each in (value, first)]
        return f"`{name}` holds {kinds[0]} numbers here, but {kinds[1]} numbers there."
    if any(not torch.equal(first, other) for other in others[1:]):
        return (
            f"`{name}` is one tensor here that is used {len(others)} times, but these differ there."
        )
    return None


def _check(found: Match, command: TakeWeights, count: int) -> None:
    """Raise CommandError where nothing fits, or not all that must."""
    if command.strict and found.notes:
        raise CommandError(
            f"{len(found.taken)} of {count} tensors fit, but all should: {_few(found.notes)}"
        )
    if command.nodes and not (found.taken or found.notes):
        raise CommandError(f"Nothing is learned in {_listed(command.nodes)} here.")
    if not found.taken:
        raise CommandError(f"None of the {count} tensors there fits: {_few(found.notes)}")


def _fitted(name: str, value: Tensor, here: Tensor, dtype: torch.dtype) -> Tensor:
    """Bring a tensor to the run's precision, or raise CommandError where it holds what is no number."""
    fitted = value.to(dtype if here.is_floating_point() else here.dtype)
    count = int((~fitted.isfinite()).sum())
    if count:
        raise CommandError(
            f"`{name}` holds {count} values that are no finite numbers: from them, nothing can be learned."
        )
    return fitted


def _few(notes: list[str]) -> str:
    return " ".join(notes[:3]) + (f" And {len(notes) - 3} more." if len(notes) > 3 else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _size(value: Tensor) -> str:
    return " × ".join(map(str, value.shape)) or "one number"
