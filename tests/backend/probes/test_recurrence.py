"""States, gates and gradients of recurrent layers: those of torch's cells, written out one step after the other."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from neurarium.optics.sentences import pinned
from neurarium.probe import ProbeError
from neurarium.training.view import View
from tests.backend.probes.runs import array, make_probe
from tests.backend.probes.sequences import a_looker, a_reader, a_translator

State = tuple[Tensor, ...]
Cell = Callable[..., State]


def lstm(x: Tensor, states: State, *weights: Tensor) -> State:
    return torch.lstm_cell(x, states, *weights)


CELLS: dict[str, tuple[Cell, int]] = {
    "RNN": (lambda x, states, *weights: (torch.rnn_tanh_cell(x, states[0], *weights),), 1),
    "GRU": (lambda x, states, *weights: (torch.gru_cell(x, states[0], *weights),), 1),
    "LSTM": (lstm, 2),
}


def unrolled(
    view: View, kind: str, ways: int, nudge: Callable[[int, int, Tensor], Tensor]
) -> tuple[Tensor, list[list[State]]]:
    """Write the whole network out for the pinned example; `nudge` may change each state on its way."""
    cell, carried = CELLS[kind]
    known = dict(view.network.named_parameters())
    example = pinned(view, None)
    x = F.embedding(torch.tensor([example.tokens["source"]]), known["words.weight"])
    ends, all_states = [], []
    for way, suffix in enumerate(("", "_reverse")[:ways]):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = [known[f"memory.{name}_l0{suffix}"] for name in names]
        states: State = (torch.zeros(1, 3, dtype=torch.float64),) * carried
        made: list[State] = [()] * x.shape[1]
        order = range(x.shape[1])
        for place in reversed(order) if way else order:
            states = cell(x[:, place], states, *weights)
            states = (nudge(way, place, states[0]), *states[1:])
            made[place] = states
        ends.append(states[0])
        all_states.append(made)
    logits = F.linear(torch.cat(ends, -1), known["out.weight"], known["out.bias"])
    return F.cross_entropy(logits, example.batch["y"]), all_states


@pytest.mark.parametrize("ways", [1, 2])
@pytest.mark.parametrize("kind", CELLS)
def test_states_and_their_gradients_are_those_of_torch_step_by_step(kind: str, ways: int) -> None:
    view = a_reader(kind, ways == 2)
    frame = make_probe("recurrence").look(view)
    loss, states = unrolled(view, kind, ways, lambda way, place, state: state)
    plain = torch.stack(
        [torch.cat([way[at][0] for way in states], -1)[0] for at in range(len(states[0]))]
    )
    np.testing.assert_allclose(array(frame, "state"), plain.detach(), atol=1e-12)
    flat = [step[0] for way in states for step in way]
    slopes = torch.stack(torch.autograd.grad(loss, flat)).reshape(ways, len(states[0]), -1)
    sizes = slopes.square().sum((0, 2)).sqrt()
    np.testing.assert_allclose(array(frame, "state_gradient"), sizes, rtol=1e-9)
    assert frame.details["nodes"] == [
        {"path": "memory", "kind": kind, "input": "source", "ways": ways}
    ]
    assert len(frame.details["tokens"]["source"]) == len(sizes)


@pytest.mark.parametrize("kind", CELLS)
def test_gradients_are_how_the_loss_changes_when_a_state_is_nudged(kind: str) -> None:
    view = a_reader(kind)
    frame = make_probe("recurrence").look(view)
    size, step = array(frame, "state_gradient"), 1e-5
    for place in (0, len(size) // 2, len(size) - 1):
        slope = []
        for unit in range(3):
            ends = []
            for sign in (1, -1):
                move = sign * step * torch.eye(3, dtype=torch.float64)[unit]

                def nudge(way: int, at: int, state: Tensor, move: Tensor = move) -> Tensor:
                    return state + move if at == place else state  # noqa: B023 - called at once

                ends.append(unrolled(view, kind, 1, nudge)[0].item())
            slope.append((ends[0] - ends[1]) / (2 * step))
        assert np.linalg.norm(slope) == pytest.approx(size[place], rel=1e-5)


def test_the_gates_of_an_lstm_make_its_cell_and_state() -> None:
    frame = make_probe("recurrence").look(a_reader("LSTM"))
    names = ("input_gate", "forget_gate", "cell_gate", "output_gate")
    i, f, g, o = (array(frame, name) for name in names)
    cell = np.zeros_like(i[0])
    for place in range(len(i)):
        cell = f[place] * cell + i[place] * g[place]
        np.testing.assert_allclose(array(frame, "cell")[place], cell, atol=1e-12)
        np.testing.assert_allclose(
            array(frame, "state")[place], o[place] * np.tanh(cell), atol=1e-12
        )


def test_the_gradient_of_an_lstm_flows_in_its_cell() -> None:
    view = a_reader("LSTM")
    frame = make_probe("recurrence").look(view)
    loss, (states,) = unrolled(view, "LSTM", 1, lambda way, place, state: state)
    slopes = torch.autograd.grad(loss, [step[1] for step in states])
    sizes = torch.cat(slopes).norm(dim=-1)
    np.testing.assert_allclose(array(frame, "cell_gradient"), sizes, rtol=1e-9)


def test_a_state_that_looks_sends_its_gradient_through_what_it_looks_for() -> None:
    view = a_looker()
    frame = make_probe("recurrence").look(view)
    network, example = view.network.eval(), pinned(view, None)
    module = network.get_submodule("look")
    _, taps = network.tapped(example.batch, ["said", "memory", "padding"])
    state = torch.zeros(1, 5, dtype=torch.float64)
    states = []
    for place in range(example.lengths["target"]):
        word = taps["said"][:, place : place + 1]
        output, _, _ = module(word, taps["memory"], taps["padding"], state)
        state = output[:, 0]
        states.append(state)
    logits = network.get_submodule("head")(torch.cat(states)[:-1])
    wanted = torch.tensor(example.tokens["target"][1:])
    slopes = torch.autograd.grad(F.cross_entropy(logits, wanted), states)
    sizes = torch.cat(slopes).norm(dim=-1)
    np.testing.assert_allclose(array(frame, "state_gradient", "look"), sizes, rtol=1e-9)
    assert [node["path"] for node in frame.details["nodes"]] == ["memory", "look"]
    assert array(frame, "state_gradient", "memory").shape == (example.lengths["source"],)


@pytest.mark.parametrize("kind", ["GRU", "AttentionGRU"])
def test_a_frozen_network_shows_its_gradients_too(kind: str) -> None:
    view = a_reader("GRU") if kind == "GRU" else a_looker()
    before = array(make_probe("recurrence").look(view), "state_gradient")
    frozen = list(view.network.parameters())
    try:
        for parameter in frozen:
            parameter.requires_grad_(False)
        after = array(make_probe("recurrence").look(view), "state_gradient")
    finally:
        for parameter in frozen:
            parameter.requires_grad_()
    np.testing.assert_allclose(after, before, rtol=1e-12)


def test_a_network_without_memory_says_so() -> None:
    with pytest.raises(ProbeError, match="it has no recurrent layer"):
        make_probe("recurrence").look(a_translator())
    with pytest.raises(ProbeError, match=r"`out` is no recurrent layer here\. There are: `memory`"):
        make_probe("recurrence", node="out").look(a_reader("RNN"))
