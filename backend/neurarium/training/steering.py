"""Changing a run between two steps. Everything is checked first; a command that is refused has changed nothing."""

from typing import TYPE_CHECKING, Any

import torch
from pydantic import ValidationError

from neurarium.dataset import drawn
from neurarium.plane import PointDataset
from neurarium.training.check import JobError, check_job
from neurarium.training.command import (
    AnyCommand,
    Change,
    CommandError,
    DrawWeights,
    EditGraph,
    EditPoint,
    Effect,
    Fate,
    ReturnWeights,
    SetWeight,
    TakeWeights,
)
from neurarium.training.edited import edited, way_back
from neurarium.training.effect import LOST, describe, describe_graph, describe_point, find_point
from neurarium.training.features import fit_graph
from neurarium.training.fitting import copied, match, moved_memory, moved_rows, refit, refit_memory
from neurarium.training.former import Former, remember
from neurarium.training.fresh import fresh_network
from neurarium.training.job import Job, merge, sentence
from neurarium.training.seed import derive
from neurarium.training.surgery import transfer
from neurarium.training.weights import replace_weights

if TYPE_CHECKING:
    from neurarium.training.run import Run

FIXED = {
    "graph": "A network is changed by a command of its own, `graph`, which keeps what was learned.",
    "task": "What is to be learned is chosen when a run begins. Start a new run with the new task.",
    "seed": "The seed decides how a run begins. Start a new run with the new seed.",
    "precision": "The precision is chosen when a run begins. Start a new run with the new precision.",
    "device": "The device is chosen when a run begins. Start a new run on the new device.",
}


def steer(run: "Run", command: AnyCommand) -> Effect:
    """Carry out a command, or raise CommandError."""
    match command:
        case Change():
            return _change(run, command)
        case EditPoint():
            return _edit_point(run, command)
        case SetWeight():
            return _set_weight(run, command)
        case EditGraph():
            return _edit_graph(run, command)
        case TakeWeights() | DrawWeights() | ReturnWeights():
            return replace_weights(run, command)


def _change(run: "Run", command: Change) -> Effect:
    old, new = run.job, changed_job(run.job, command.changes)
    if new.steps < run.step:
        raise CommandError(
            f"The run has already taken {run.step} steps; it cannot be over after {new.steps}."
        )
    before = old.model_dump(mode="json")
    sections = [
        name for name in command_sections(command) if getattr(new, name) != getattr(old, name)
    ]
    undo = Change(changes={name: before[name] for name in sections or command_sections(command)})
    _adopt(run, new)
    message, values = describe(old, new, sections, run.examples)
    return Effect(step=run.step, command=command, undo=undo, message=message, values=values)


def _edit_point(run: "Run", command: EditPoint) -> Effect:
    dataset, edit = run.job.dataset, command.point
    if not isinstance(dataset, PointDataset):
        raise CommandError("Only data made of points can be edited point by point.")
    before = find_point(run.examples, edit.id)
    if before is None and edit.deleted:
        raise CommandError(f"There is no point {edit.id} to delete.")
    try:
        edited = dataset.with_edit(edit)
    except ValidationError as problem:
        raise CommandError(sentence(problem)) from problem
    _adopt(run, checked(run.job.model_copy(update={"dataset": edited})))
    undo = before or edit.model_copy(update={"deleted": True})
    message, values = describe_point(before, edit, run.examples)
    return Effect(
        step=run.step, command=command, undo=EditPoint(point=undo), message=message, values=values
    )


def _set_weight(run: "Run", command: SetWeight) -> Effect:
    parameters = dict(run.network.named_parameters(remove_duplicate=False))
    if command.parameter not in parameters:
        raise CommandError(f"This network has no parameter `{command.parameter}`.")
    parameter, index = parameters[command.parameter], command.index
    if len(index) != parameter.ndim or any(
        i >= size for i, size in zip(index, parameter.shape, strict=True)
    ):
        shape = " × ".join(map(str, parameter.shape))
        raise CommandError(
            f"`{command.parameter}` has {shape} numbers; there is none at {list(index)}."
        )
    before = parameter[index].item()
    with torch.no_grad():
        parameter[index] = command.value
    run.formers = ()
    return Effect(
        step=run.step,
        command=command,
        undo=command.model_copy(update={"value": before}),
        message="effect.weight",
        values={"parameter": command.parameter, "before": before, "after": parameter[index].item()},
    )


def _edit_graph(run: "Run", command: EditGraph) -> Effect:
    """Train another network from here on. Going back to the one before, if nothing was trained since, is exact."""
    old = run.job
    job = checked(edited(old, command))
    undo = way_back(old, job, command)
    if job == old:
        return Effect(step=run.step, command=command, undo=undo, message="effect.nothing")
    before = run.inspection.parameters
    formers = run.formers
    is_back = bool(formers) and formers[-1].graph == job.graph
    if is_back:
        network, memory = formers[-1].network(run.new_network(job)), formers[-1].memory
        names = [name for name, _ in network.named_parameters()]
        fates: dict[str, Fate] = dict.fromkeys(names, "kept")
        formers = formers[:-1]
    else:
        seed = derive(job.seed, "surgery", run.step)
        network = fresh_network(job, seed, run.device, run.dtype)
        done = transfer(run.network, network, run.engine.memory(), seed)
        memory, fates = done.memory, done.fates
        formers = remember(formers, Former.of(run))
    run.use(job, network, memory)
    run.formers, run.observation = formers, None
    lost = {name: len(getattr(old, name)) - len(getattr(job, name)) for name in LOST}
    message, values = describe_graph(before, run.inspection.parameters, fates, is_back, lost)
    return Effect(
        step=run.step,
        command=command,
        undo=undo,
        message=message,
        values=values,
        parameters=fates,
    )


def command_sections(command: Change) -> list[str]:
    """Name the entries of a job that a change touches."""
    return list(dict.fromkeys(key.partition(".")[0] for key in command.changes))


def changed_job(job: Job, changes: dict[str, Any]) -> Job:
    """Lay changes over a job, as a job that can be run, or raise CommandError."""
    document = merge(job.model_dump(mode="json"), changes)
    try:
        new = Job.model_validate(document)
    except ValidationError as problem:
        raise CommandError(sentence(problem)) from problem
    for name, refusal in FIXED.items():
        if getattr(new, name) != getattr(job, name):
            raise CommandError(refusal)
    return checked(fit_graph(new, job.dataset) if new.dataset != job.dataset else new)


def checked(job: Job) -> Job:
    """Return the job if it can be run, else raise CommandError."""
    try:
        check_job(job)
    except JobError as problem:
        raise CommandError(str(problem), problem.node) from problem
    return job


def _adopt(run: "Run", job: Job) -> None:
    """Go on with another job: keep weights, and what the optimiser remembers as long as it is of the same kind."""
    old = run.job
    examples = drawn(job.dataset, job.seed) if job.dataset != old.dataset else run.examples
    if not len(examples.train):
        raise CommandError("There would be no example left to learn from.")
    columns = match(old.dataset, job.dataset)
    memory = run.engine.memory() if job.optimizer.kind == old.optimizer.kind else {}
    network = run.network
    rows = moved_rows(network, old.dataset, job.dataset)
    if columns.changes:
        network = run.new_network(job)
        refit(run.network, network, columns)
        memory = refit_memory(memory, network, columns)
    elif job.graph != old.graph or rows:
        network = fresh_network(job, derive(job.seed, "words", run.step), run.device, run.dtype)
        copied(run.network, network, rows)
        memory = moved_memory(memory, rows)
    if job.graph != old.graph or rows or job.optimizer.kind != old.optimizer.kind:
        run.formers = ()
    run.use(job, network, memory)
    if examples is not run.examples:
        run.use_examples(examples)
