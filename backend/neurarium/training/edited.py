"""A job that goes on with another network: what it says of nodes goes with them, or goes as they do."""

from neurarium.training.command import EditGraph
from neurarium.training.features import fit_graph
from neurarium.training.job import Job
from neurarium.training.moves import followed, within
from neurarium.training.tampering import surviving
from neurarium_models.inspect import inspect
from neurarium_models.layout import lay_out


def edited(job: Job, command: EditGraph) -> Job:
    """Write the job as it is to be, whether or not it can be run; its network has the inputs of the data."""
    graph = command.graph
    if inspect(graph).errors:  # nothing can be said of the nodes of such a network
        return fit_graph(job.model_copy(update={"graph": graph}))
    rates, init, tampering = command.rates, command.init, command.tampering
    if rates is None:
        rates = followed(job.rates, job.graph, graph)
    if init is None:
        init = followed(job.init, job.graph, graph)
        places = lay_out(graph, fold=False).places if init else []
        init = {path: how for path, how in init.items() if how.suits(within(path, places))}
    init = {**init, **command.begins}
    if tampering is None:
        tampering = surviving(job.tampering, job.graph, graph)
    update = {"graph": graph, "rates": rates, "init": init, "tampering": tampering}
    return fit_graph(job.model_copy(update=update))


def way_back(old: Job, new: Job, command: EditGraph) -> EditGraph:
    """Write the command that takes an edit back, with all that has gone with nodes."""
    is_lost = {
        name: len(getattr(new, name)) < len(getattr(old, name))
        for name in ("rates", "init", "tampering")
    }
    return EditGraph(
        graph=old.graph,
        rates=old.rates if is_lost["rates"] or command.rates is not None else None,
        init=old.init if is_lost["init"] or command.init is not None or command.begins else None,
        tampering=old.tampering if is_lost["tampering"] else None,
    )
