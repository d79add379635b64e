"""Whether a job can be run at all: asked before anything is built or changed, in plain integers and without torch."""

from neurarium.dataset import ClassTarget, InputTarget
from neurarium.plane import PointDataset
from neurarium.task import TaskError
from neurarium.training.budget import Budget, estimate
from neurarium.training.job import Job
from neurarium.training.mending import answering
from neurarium.training.moves import within
from neurarium.training.tampering import TamperError, find_grips
from neurarium_models.inspect import Inspection, inspect
from neurarium_models.layers.embedding import Embedding
from neurarium_models.layout import MAXIMUM_PLACES, lay_out
from neurarium_models.tensor import TensorSpec

MAXIMUM_PARAMETERS = 5_000_000
MAXIMUM_MEMORY = 512 * 2**20
"""Bytes that a run may take at its peak: parameters, gradients, the optimiser's state, data, what layers put out."""
CARD_RESERVE = 256 * 2**20
"""Bytes of a graphics card's memory that no run is granted: libraries work there, and recordings of steps lie there."""
NO_TF32 = (
    "`tf32` is an arithmetic of NVIDIA's graphics cards since 2020, and here none would compute it. Take `float32`, or "
    "`bf16`, which every device knows."
)
USUAL = 32
"""Examples of a minibatch of a network that has no data yet."""
EXACT = 10
"""From so many megabytes on, no digits are written behind the point."""


class JobError(ValueError):
    """A job cannot be run: a sentence for a learner. `node` says where in the network, if it is there.

    `remedy` has settings of that node which would work.
    """

    def __init__(
        self, message: str, node: str | None = None, remedy: dict[str, int | str] | None = None
    ) -> None:
        """Keep the sentence, the path of the node that it is about, and what would mend it."""
        super().__init__(message)
        self.node, self.remedy = node, remedy


def check_job(job: Job, inspection: Inspection | None = None) -> Inspection:
    """Raise JobError if this job cannot be run; else say what is known of its network, unless it is known already."""
    inspection = inspection or inspect(job.graph)
    for problem in inspection.errors:
        raise JobError(problem.message, problem.node or None)
    if not inspection.parameters:
        raise JobError("This network has nothing to learn: none of its layers has parameters.")
    _check_budget(job, inspection)
    _check_inputs(job)
    _check_labels(job)
    _check_words(job, inspection)
    _check_nodes(job)
    _check_tampering(job)
    outputs = {name: spec for name, spec in inspection.outputs.items() if spec is not None}
    try:
        job.task.check(outputs, job.dataset.target(), job.loss.kind)
    except TaskError as problem:
        remedy = None if problem.units is None else answering(job.graph, problem.units)
        raise JobError(str(problem), *(remedy or ())) from problem
    if job.precision == "float64" and job.device == "mps":
        raise JobError("Apple's graphics cards do not know float64. Take float32, or the CPU.")
    if job.precision == "tf32" and job.device in ("cpu", "mps"):
        raise JobError(NO_TF32)
    return inspection


def check_room(job: Job, free: int | None) -> None:
    """Raise JobError if a run takes more memory than a graphics card has left; None: there is no card to fill."""
    if free is None:
        return
    needed = estimate(job, check_job(job)).total
    if needed + CARD_RESERVE > free:
        raise JobError(
            f"A run would take about {_megabytes(needed)} MB on the graphics card, and {CARD_RESERVE // 2**20} MB stay "
            f"free for its libraries, but {_megabytes(max(free, 0))} MB are left there. Delete a run, or take the CPU."
        )


def over_budget(inspection: Inspection) -> str | None:
    """Say why a network without data is too large to be trained here, a usual minibatch at once; None: it is not."""
    if inspection.parameters > MAXIMUM_PARAMETERS:
        return _too_many(inspection)
    memory = inspection.memory
    needed = memory.parameters + memory.gradients + memory.optimizer + USUAL * memory.activations
    if needed <= MAXIMUM_MEMORY:
        return None
    return (
        f"A step of {USUAL} examples would take about {needed / 2**20:,.0f} MB of memory; at most "
        f"{MAXIMUM_MEMORY // 2**20} MB are granted: {memory.parameters / 2**20:,.0f} for parameters, as much for "
        f"gradients, {memory.optimizer / 2**20:,.0f} for the optimiser, {memory.activations / 2**20:,.3g} for each "
        "example."
    )


def _too_many(inspection: Inspection) -> str:
    return (
        f"This network has {inspection.parameters:,} parameters; at most "
        f"{MAXIMUM_PARAMETERS:,} can be trained here. It can be looked at, but not run."
    )


def weigh(job: Job, inspection: Inspection) -> Budget | None:
    """Say what a run would take at its peak; None where that cannot be told."""
    if inspection.errors or not inspection.parameters or inspection.layers > MAXIMUM_PLACES:
        return None
    return estimate(job, inspection)


def _check_budget(job: Job, inspection: Inspection) -> None:
    if inspection.parameters > MAXIMUM_PARAMETERS:
        raise JobError(_too_many(inspection))
    if inspection.layers > MAXIMUM_PLACES:
        raise JobError(
            f"Written out, this network has {inspection.layers:,} layers; at most {MAXIMUM_PLACES:,} can be trained."
        )
    budget = estimate(job, inspection)
    if budget.total > MAXIMUM_MEMORY:
        raise JobError(
            f"A run would take about {_megabytes(budget.total)} MB of memory; at most {MAXIMUM_MEMORY // 2**20} MB are "
            f"granted. Most is taken while {budget.moment}: {_parts(budget)}."
        )


def _parts(budget: Budget) -> str:
    """Write what the memory is for; what takes none is left out."""
    sizes = {
        "parameters": budget.parameters,
        "gradients": budget.gradients,
        "the optimiser": budget.optimizer,
        "the data": budget.data,
        "what the layers put out and keep": budget.rest,
    }
    *others, last = [f"{_megabytes(size)} for {what}" for what, size in sizes.items() if size]
    return f"{', '.join(others)} and {last}" if others else last


def _megabytes(size: int) -> str:
    """Write a size without needless digits."""
    megabytes = size / 2**20
    return f"{megabytes:,.0f}" if megabytes >= EXACT else f"{megabytes:.2g}"


def _check_inputs(job: Job) -> None:
    offered = job.dataset.inputs()
    for name, spec in job.graph.inputs.items():
        if name not in offered:
            has = ", ".join(f"`{known}`" for known in offered)
            raise JobError(
                f"The network asks for an input `{name}`, but the data offer {has}.", name
            )
        if not fits(offered[name], spec):
            raise JobError(
                f"The data give {offered[name]} numbers as `{name}`, but the network expects {spec}.",
                name,
            )


def _check_nodes(job: Job) -> None:
    """Check what is said of nodes by their paths."""
    if not (job.rates or job.init):
        return
    places = lay_out(job.graph, fold=False).places
    for path in job.rates:
        if not within(path, places):
            raise JobError(
                f"`{path}` has a factor of the learning rate (`rates`), but the network has no such node.",
                path,
            )
    for path, how in job.init.items():
        inside = within(path, places)
        if not inside:
            raise JobError(
                f"`{path}` is to begin with {how.kind} (`init`), but the network has no such node.",
                path,
            )
        if not how.suits(inside):
            least = f" with at least {how.axes} axes" if how.axes > 1 else ""
            raise JobError(
                f"`{path}` cannot begin with {how.kind}: it has no weights{least}.", path
            )


def _check_tampering(job: Job) -> None:
    if job.precision == "bf16" and any(entry.kind == "wrong" for entry in job.tampering):
        raise JobError(
            "Wrong derivatives are tried out where layers compute in float32 or float64; this run computes in bf16."
        )
    try:
        find_grips(job.graph, job.tampering)
    except TamperError as problem:
        raise JobError(str(problem), problem.node) from problem


def _check_labels(job: Job) -> None:
    target = job.dataset.target()
    if not isinstance(job.dataset, PointDataset) or not isinstance(target, ClassTarget):
        return
    for edit in job.dataset.edits:
        if edit.label not in range(len(target.names)):
            raise JobError(
                f"Point {edit.id} cannot be of class {edit.label:g}: "
                f"there are {len(target.names)} classes, from 0 to {len(target.names) - 1}."
            )


def _check_words(job: Job, inspection: Inspection) -> None:
    """Check that every token of the data has its row in tables, and its number where it is to be said."""
    words = {name: len(entry.words) for name, entry in job.dataset.vocabularies().items()}
    if not words:
        return
    for place in lay_out(job.graph, fold=False).places:
        layer, value = place.layer, place.values[0] if place.values else None
        if value is None or not isinstance(layer, Embedding):
            continue
        needed = words.get(value.source, 0)
        if layer.num_embeddings < needed:
            raise JobError(
                f"`{place.path}` has a vector for each of {layer.num_embeddings:,} tokens, but the data have "
                f"{needed:,} different ones as `{value.source}`.",
                place.path,
                {"num_embeddings": needed},
            )
    if not isinstance(job.dataset.target(), InputTarget):
        return
    needed = words.get("target", 0)
    for name, spec in inspection.outputs.items():
        if spec is not None and spec.shape and spec.shape[-1] < needed:
            raise JobError(
                f"The output `{name}` has {spec.shape[-1]:,} numbers at each place, but there are {needed:,} different "
                "tokens to choose from, each of which needs its own."
            )


def fits(offered: TensorSpec, expected: TensorSpec) -> bool:
    """Say whether a dataset's tensor is what a network's input expects."""
    return offered.shape == expected.shape and offered.dtype == expected.dtype
