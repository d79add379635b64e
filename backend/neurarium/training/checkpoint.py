"""Saving a run as a state, and being again what was saved."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neurarium.training import former
from neurarium.training.engine.contract import Memory
from neurarium.training.engine.plain import Plain
from neurarium.training.state import Facts, State, StateError

if TYPE_CHECKING:
    from neurarium.training.run import Run


def save(run: "Run") -> State:
    """Copy everything that the run's continuation depends on to the CPU."""
    tensors: dict[str, Tensor] = {}
    scalars: dict[str, float] = {}
    tensors |= {f"parameter.{name}": value for name, value in run.network.named_parameters()}
    tensors |= {f"buffer.{name}": value for name, value in run.network.named_buffers()}
    for name, entry in run.engine.memory().items():
        for key, value in entry.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{name}.{key}"] = value
            elif value is not None:
                scalars[f"{name}.{key}"] = float(value)
    formers, kept = former.save(run.formers)
    tensors |= kept
    facts = Facts(
        job=run.job,
        step=run.step,
        epoch=run.stream.epoch,
        offset=run.stream.offset,
        evaluated=run.evaluated,
        scalars=scalars,
        formers=formers,
        device=run.place.device,
        torch=run.place.torch,
        threads=run.place.threads,
        engine=run.engine.name,
    )
    return State(
        facts, {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}
    )


def load(run: "Run", state: State) -> None:
    """Make the run what it was when the state was saved."""
    facts = state.facts
    if facts.job != run.job:
        run.begin(facts.job)
    memory = memory_of(state)
    _check(run, facts, memory)
    run.step, run.evaluated, run.observation = facts.step, facts.evaluated, None
    run.stream.seek(facts.epoch, facts.offset)
    load_network(run.network, state)
    run.use(run.job, run.network, memory)
    run.formers = former.load(facts.formers, state.tensors)


def is_exact(run: "Run", state: State) -> bool:
    """Say whether a state that the run was restored from continues here bit for bit.

    That takes the same torch on the same kind of device, and the same engine: where Numba is missing, another rounds
    otherwise. A state that does not name its engine is not called exact.
    """
    facts = state.facts
    return (facts.device, facts.torch, facts.threads, facts.engine) == (
        run.place.device,
        run.place.torch,
        run.place.threads,
        run.engine.name,
    )


def _check(run: "Run", facts: Facts, memory: Memory) -> None:
    if facts.offset >= len(run.stream):
        raise StateError(
            f"The saved state has seen {facts.offset} examples of its epoch; the data have {len(run.stream)}."
        )
    shapes = {name: value.shape for name, value in run.network.named_parameters()}
    kinds = {frozenset(entry) for entry in memory.values()}
    # Autograd finds no gradient for what the loss does not depend on, and so there is nothing to remember of it.
    is_whole = not memory or isinstance(run.engine, Plain) or set(memory) == set(shapes)
    fits = all(
        name in shapes and (not isinstance(value, Tensor) or value.shape in (shapes[name], ()))
        for name, entry in memory.items()
        for value in entry.values()
    )
    if not (fits and is_whole) or len(kinds) > 1:
        raise StateError(
            "What the optimiser remembers in the saved state does not fit its network."
        )


def check_network(network: torch.nn.Module, state: State) -> None:
    """Raise StateError unless a state has a value for all that the network keeps."""
    for kind, name, value in _kept(network):
        saved = state.tensors.get(f"{kind}.{name}")
        if saved is None or saved.shape != value.shape:
            raise StateError(
                f"The saved state has no {kind} `{name}` of shape {tuple(value.shape)}."
            )


def load_network(network: torch.nn.Module, state: State) -> None:
    """Give a network its saved values, or raise StateError."""
    check_network(network, state)
    with torch.no_grad():
        for kind, name, value in _kept(network):
            value.copy_(state.tensors[f"{kind}.{name}"])


def _kept(network: torch.nn.Module) -> Iterator[tuple[str, str, Tensor]]:
    yield from (("parameter", *each) for each in network.named_parameters())
    yield from (("buffer", *each) for each in network.named_buffers())


def memory_of(state: State) -> Memory:
    """Read what the optimiser remembered."""
    memory: Memory = {}
    for name, value in state.tensors.items():
        if name.startswith("optimizer."):
            path, _, key = name.removeprefix("optimizer.").rpartition(".")
            memory.setdefault(path, {})[key] = value
    for name, number in state.facts.scalars.items():
        path, _, key = name.rpartition(".")
        memory.setdefault(path, {})[key] = number
    return memory
