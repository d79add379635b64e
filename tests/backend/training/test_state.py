"""A state goes on bit for bit, wherever it was taken; and each part that is left out is missed."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import safetensors.torch
import torch

from neurarium.training.checkpoint import is_exact
from neurarium.training.command import AnyCommand, Change, EditPoint, SetWeight
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium.training.state import ENTRY, State, StateError
from tests.backend.training import textbook
from tests.backend.training.jobs import dropping, make_job, mlp, take, trained

COMMANDS: dict[int, AnyCommand] = {
    3: Change(changes={"optimizer.lr": 0.05}),
    7: EditPoint(point={"id": 5, "x1": 0.5, "x2": 1, "label": 1}),
    11: SetWeight(parameter="hidden.weight", index=(0, 1), value=2.5),
    13: Change(changes={"dataset.features": ["x2", "x1_x2", "x1"], "dataset.noise": 0.2}),
    17: Change(changes={"optimizer": {"kind": "Adam", "lr": 0.02}}),
    19: Change(changes={"batch.policy": "full"}),
    23: Change(changes={"loss": {"kind": "Hinge"}, "regulariser": {"kind": "L1"}}),
    29: Change(changes={"batch": {"policy": "minibatch", "size": 7}}),
    31: EditPoint(point={"id": 9000, "x1": 0.5, "x2": 1, "label": 0}),
}
"""Given before the step of this number."""


def train(run: Run, until: int, commands: dict[int, AnyCommand] | None = None) -> list[str]:
    """Go on until a step, and say the state's digest after each."""
    digests = []
    while run.step < until:
        command = (commands or {}).get(run.step)
        if command is not None:
            run.apply(command)
        run.take("example" if run.step % 10 == 4 else "minibatch")
        digests.append(run.state().digest())
    return digests


@pytest.mark.slow
@pytest.mark.parametrize("graph", [mlp(), dropping()], ids=["chain", "dropout"])
@pytest.mark.parametrize("policy", ["minibatch", "full", "single"])
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
def test_a_resumed_run_is_the_same_run(optimizer: str, policy: str, graph: dict[str, Any]) -> None:
    job = make_job(
        graph=graph,
        optimizer=textbook.OPTIMIZERS[optimizer][0] | {"lr": 0.02},
        batch={"policy": policy},
    )
    run, saved, expected = Run(job), dict[int, bytes](), list[str]()
    for start in (0, 1, 2, 5, 13, 24):
        expected += train(run, start)
        saved[start] = run.state().dumps()
    expected += train(run, 25)
    for start, document in saved.items():
        resumed = Run(make_job(seed=99))
        resumed.restore(State.loads(document))
        assert train(resumed, 25) == expected[start:]


STARTS = range(0, 36, 2)


@cache
def changed() -> tuple[list[str], dict[int, tuple[Job, bytes]]]:
    """A run with commands: the digest after each step, and its job and state at some."""
    run = Run(make_job())
    digests, saved = list[str](), dict[int, tuple[Job, bytes]]()
    for start in STARTS:
        digests += train(run, start, COMMANDS)
        saved[start] = run.job, run.state().dumps()
    return digests + train(run, 36, COMMANDS), saved


@pytest.mark.parametrize("start", STARTS)
def test_a_run_that_was_changed_resumes_with_its_changes(start: int) -> None:
    expected, saved = changed()
    job, document = saved[start]
    resumed = Run(make_job())
    resumed.restore(State.loads(document))
    assert resumed.job == job
    assert train(resumed, 36, COMMANDS) == expected[start:]


def without(state: State, part: str) -> State:
    """A state that has forgotten something."""
    facts = state.facts
    if part == "optimizer":
        kept = {n: t for n, t in state.tensors.items() if not n.startswith("optimizer.")}
        return replace(state, tensors=kept)
    if part == "buffers":
        blank = {n: torch.zeros_like(t) if "running" in n else t for n, t in state.tensors.items()}
        return replace(state, tensors=blank)
    forgotten = make_job(graph=dropping(), optimizer=ADAM) if part == "commands" else 0
    name = "job" if part == "commands" else part
    return replace(state, facts=facts.model_copy(update={name: forgotten}))


ADAM = {"kind": "Adam", "lr": 0.01}


@pytest.mark.parametrize("part", ["optimizer", "buffers", "epoch", "offset", "step", "commands"])
def test_each_part_of_a_state_is_needed(part: str) -> None:
    """The negative control: a state that leaves out one thing goes another way."""
    run = Run(make_job(graph=dropping(), optimizer=ADAM))
    take(run, 7)
    run.apply(Change(changes={"regulariser": {"kind": "L2", "strength": 0.1}}))
    state = run.state()
    take(run, 1)
    weights = run.state().tensors

    def went_on(state: State) -> bool:
        resumed = Run(make_job(graph=dropping(), optimizer=ADAM))
        resumed.restore(state)
        take(resumed, 1)
        return all(torch.equal(weights[n], t) for n, t in resumed.state().tensors.items())

    assert went_on(state)
    assert not went_on(without(state, part))


def test_a_state_is_a_copy() -> None:
    run = trained(5, optimizer=ADAM)
    state = run.state()
    before = state.digest()
    take(run, 5)
    run.restore(state)
    take(run, 5)
    assert state.digest() == before


def test_a_state_survives_bytes() -> None:
    state = trained(5, optimizer=ADAM).state()
    again = State.loads(state.dumps())
    assert again.facts == state.facts
    assert again.digest() == state.digest()
    assert all(torch.equal(again.tensors[name], value) for name, value in state.tensors.items())
    assert state.nbytes > sum(value.nbytes for value in state.tensors.values())


def test_a_state_says_where_it_continues_exactly() -> None:
    run = trained(2)
    state = run.state()
    assert is_exact(run, state)
    for other in ({"torch": "1.0"}, {"threads": 2}, {"device": "cuda"}, {"engine": "chain"}):
        assert not is_exact(run, replace(state, facts=state.facts.model_copy(update=other)))


WITHOUT_NUMBA = """
import sys
from collections.abc import Callable
sys.modules["numba"] = None  # an import of it fails
from neurarium.training.checkpoint import is_exact
from neurarium.training.run import Run
from neurarium.training.state import State
from tests.backend.training.jobs import make_job, take
state = State.loads(sys.stdin.buffer.read())
run = Run(make_job(seed=99))
run.restore(state)
exact = is_exact(run, state)
take(run, 1)
print(state.facts.engine, run.engine.name, exact, is_exact(run, run.state()))
"""


@pytest.mark.slow
def test_a_state_goes_on_where_numba_is_missing_but_not_exactly() -> None:
    state = trained(5, optimizer=ADAM).state()
    command = [sys.executable, "-c", WITHOUT_NUMBA]
    done = subprocess.run(command, input=state.dumps(), capture_output=True, check=True)
    assert done.stdout.decode().split() == ["fused", "chain", "False", "True"]


def test_a_state_of_before_engines_were_noted_is_read_but_not_called_exact() -> None:
    run = trained(5, optimizer=ADAM)
    expected = run.state()
    facts = json.loads(expected.facts.model_dump_json())
    del facts["engine"]
    old = safetensors.torch.save(expected.tensors, metadata={ENTRY: json.dumps(facts)})
    state = State.loads(old)
    assert state.facts.engine == ""
    resumed = Run(make_job(seed=99))
    resumed.restore(state)
    assert not is_exact(resumed, state)
    assert resumed.state().digest() == expected.digest()
    assert is_exact(resumed, resumed.state())


@pytest.mark.parametrize(
    "change",
    [
        lambda state: b"",
        lambda state: b"no state",
        lambda state: b"\xff" * 100,
        lambda state: (2**62).to_bytes(8, "little") + b"{}",
        lambda state: state[:-3],
        lambda state: state.replace(b"neurarium", b"neurariux"),
        lambda state: state.replace(b'\\"step\\":1', b'\\"step\\":-'),
    ],
)
def test_other_bytes_are_no_state(change: Callable[[bytes], bytes]) -> None:
    document = change(trained(1).state().dumps())
    with pytest.raises(StateError, match="not the saved state"):
        State.loads(document)


def test_a_state_must_fit_its_own_job() -> None:
    state = trained(1).state()
    for broken in (
        {name: value for name, value in state.tensors.items() if name != "parameter.hidden.weight"},
        state.tensors | {"parameter.hidden.weight": torch.zeros(3, 3)},
    ):
        with pytest.raises(StateError, match=r"hidden\.weight"):
            Run(make_job()).restore(replace(state, tensors=broken))


def test_an_optimizer_must_remember_what_the_network_has() -> None:
    state = trained(2, optimizer=ADAM).state()
    name = "optimizer.hidden.weight.exp_avg"
    for broken in (
        {key: value for key, value in state.tensors.items() if key != name},
        {key: value for key, value in state.tensors.items() if "optimizer.hidden." not in key},
        state.tensors | {name: torch.zeros(3)},
        state.tensors | {"optimizer.nowhere.exp_avg": torch.zeros(3)},
    ):
        with pytest.raises(StateError, match="What the optimiser remembers"):
            Run(make_job()).restore(replace(state, tensors=broken))


def test_a_place_in_the_epoch_must_exist() -> None:
    state = trained(1).state()
    facts = state.facts.model_copy(update={"offset": 40})
    with pytest.raises(StateError, match="seen 40 examples of its epoch; the data have 40"):
        Run(make_job()).restore(replace(state, facts=facts))
