"""Recurrent layers place by place: their states and gates, and the gradient that reaches each state."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from neurarium.optics.attention import explain_node, origin, producers
from neurarium.optics.memory import Memory
from neurarium.optics.passes import Tensors, altered, evaluating, losses
from neurarium.probe import ProbeError
from neurarium.training.view import View
from neurarium_models.layout import Place

if TYPE_CHECKING:
    from neurarium_models.network import Network

STATES = {"LSTM": ("state", "cell")}
"""What is carried from place to place; the state alone where nothing is said."""
_memory = Memory()


@dataclass(frozen=True)
class Site:
    """One recurrent node. Its places come from an input of the network; empty where they do not."""

    place: Place
    input: str
    ways: int
    """2 where it reads from both ends."""

    @property
    def path(self) -> str:
        """Name the node."""
        return self.place.path

    @property
    def states(self) -> tuple[str, ...]:
        """Name what is carried on."""
        return STATES.get(self.place.layer.kind, ("state",))

    @property
    def facts(self) -> dict[str, Any]:
        """Describe it for a page."""
        kind = self.place.layer.kind
        return {"path": self.path, "kind": kind, "input": self.input, "ways": self.ways}


def sites(network: "Network") -> tuple[Site, ...]:
    """List the recurrent nodes in the order in which they are computed."""
    return _memory.recall(network, "recurrent", lambda: _sites(network))


def find(network: "Network", path: str | None) -> Site:
    """Find one by its path; without one, the first."""
    known = sites(network)
    if not known:
        raise ProbeError("Nothing in this network goes through time: it has no recurrent layer.")
    if path is None:
        return known[0]
    for site in known:
        if site.path == path:
            return site
    names = ", ".join(f"`{site.path}`" for site in known[:8]) + (", ..." if len(known) > 8 else "")
    raise ProbeError(f"`{path}` is no recurrent layer here. There are: {names}.")


def explain(network: "Network", batch: Tensors, chosen: Sequence[Site]) -> dict[str, Tensors]:
    """Send a batch through, and let each node tell its states and gates (batch × places × units), by its path."""
    read = {value.source for site in chosen for value in site.place.values if value is not None}
    with torch.no_grad(), evaluating(network):
        _, taps = network.tapped(batch, read)
        return {site.path: explain_node(network, site.place, taps) for site in chosen}


def slopes(view: View, batch: Tensors, chosen: Sequence[Site]) -> dict[str, Tensors]:
    """Differentiate the loss of one example by each state: by node and by what is carried on, places × units.

    A state counts with all that follows from it: what is read of it, and the states after it. Where a node reads from
    both ends, the units of both lie side by side.
    """
    network = view.network
    with ExitStack() as stack:
        stack.enter_context(torch.enable_grad())
        stack.enter_context(evaluating(network))
        taken = {site.path: stack.enter_context(_noting(network, site)) for site in chosen}
        total = losses(view, network(batch), batch).sum()
        flat = [each for found in taken.values() for step in found for each in step]
        if not total.requires_grad or not flat:
            return {site.path: _nothing(taken[site.path], site) for site in chosen}
        found = iter(torch.autograd.grad(total, flat, allow_unused=True, materialize_grads=True))
    by_site = {}
    for site in chosen:
        steps = [[next(found)[0] for _ in step] for step in taken[site.path]]
        by_site[site.path] = _in_place(steps, site)
    return by_site


@contextmanager
def _noting(network: "Network", site: Site) -> Iterator[list[tuple[Tensor, ...]]]:
    """Note the states that a node makes, one step after the other, while something is computed."""
    module: Any = network.get_submodule(site.path)
    noted: list[tuple[Tensor, ...]] = []
    changes = (_note_all if hasattr(module, "steps") else _note_each)(module, site, noted)
    with altered(module, changes):
        yield noted


def _note_each(module: Any, site: Site, noted: list[tuple[Tensor, ...]]) -> dict[str, Any]:
    """Note what each step makes. One class writes it out; a faster one that inherits from it does not take it."""
    step: Callable[..., tuple[Tensor, ...]] = module.step
    written: Any = next(each for each in type(module).__mro__ if "step" in vars(each))

    def note(*args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
        found = step(*args, **kwargs)
        states = found[: len(site.states)]
        for each in states:
            if not each.requires_grad:
                each.requires_grad_()  # all before it is frozen
        noted.append(states)
        return found

    return {"step": note, "forward": partial(written.forward, module)}


def _note_all(module: Any, site: Site, noted: list[tuple[Tensor, ...]]) -> dict[str, Any]:
    """Note what all steps together make, where the layer takes them in a loop of its own."""
    steps: Callable[..., dict[str, list[Tensor]]] = module.steps

    def note(x: Tensor, *others: Any) -> dict[str, list[Tensor]]:
        found = steps(x if x.requires_grad else x.detach().requires_grad_(), *others)
        noted.extend(zip(*(found[name] for name in site.states), strict=True))
        return found

    return {"steps": note}


def _in_place(steps: list[list[Tensor]], site: Site) -> Tensors:
    """Order what was noted step by step: a node that reads from both ends takes the second half from the end."""
    places = len(steps) // site.ways
    ahead, back = steps[:places], steps[places:][::-1]
    found = {}
    for number, name in enumerate(site.states):
        ways = [torch.stack([step[number] for step in way]) for way in (ahead, back) if way]
        found[name] = torch.cat(ways, -1)
    return found


def _nothing(steps: list[tuple[Tensor, ...]], site: Site) -> Tensors:
    return _in_place([[torch.zeros_like(each[0]) for each in step] for step in steps], site)


def _sites(network: "Network") -> tuple[Site, ...]:
    known = producers(network)
    found = []
    for place in network.places:
        module = network.get_submodule(place.path)
        value = place.values[0] if place.values else None
        if not (hasattr(module, "step") or hasattr(module, "steps")) or value is None:
            continue
        ways = 2 if getattr(place.layer, "bidirectional", False) else 1
        found.append(Site(place, origin(value, known, network)[0], ways))
    return tuple(found)
