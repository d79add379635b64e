"""Recurrent layers: torch's kernels, the gates written out and torch.nn agree; padding changes nothing."""

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from neurarium_models import kernels, recurrence

PLACES, FEATURES, HIDDEN = 6, 4, 5
KINDS = ("RNN", "LSTM", "GRU")
CASES = list(itertools.product(KINDS, (False, True), (False, True)))
LENGTHS = torch.tensor([PLACES, 3, 1])
GATES = {
    "RNN": {"state"},
    "LSTM": {"state", "cell", "input_gate", "forget_gate", "cell_gate", "output_gate"},
    "GRU": {"state", "reset_gate", "update_gate", "new_gate"},
}


def make(kind: str, bidirectional: bool, bias: bool, **more: Any) -> tuple[Any, Any, Any]:
    """The fast module, the one that is written out, and torch's, with the same parameters in float64."""
    torch.manual_seed(0)
    settings = {"bias": bias, "bidirectional": bidirectional, **more}
    fast = getattr(kernels, kind)(FEATURES, HIDDEN, **settings).double()
    plain = getattr(recurrence, kind)(FEATURES, HIDDEN, **settings).double()
    theirs = getattr(nn, kind)(FEATURES, HIDDEN, batch_first=True, **settings).double()
    for other in (plain, theirs):
        other.load_state_dict(fast.state_dict(), strict=True)
    return fast, plain, theirs


def draw(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def starts(kind: str, ways: int) -> list[Tensor]:
    return [draw(3, ways * HIDDEN, seed=seed) for seed in range(1, 3 if kind == "LSTM" else 2)]


def turned(state: Tensor) -> Tensor:
    """From batch × (ways · units) to what torch takes, or back."""
    if state.dim() == 3:
        return state.transpose(0, 1).flatten(1)
    return state.reshape(len(state), -1, HIDDEN).transpose(0, 1).contiguous()


def close(ours: Any, theirs: Any) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def slopes(outputs: tuple[Tensor, ...], wanted: list[Tensor]) -> tuple[Tensor, ...]:
    total = sum((y * draw(*y.shape, seed=9)).sum() for y in outputs)
    assert isinstance(total, Tensor)
    return torch.autograd.grad(total, wanted, retain_graph=True, materialize_grads=True)


@pytest.mark.parametrize(("kind", "bidirectional", "bias"), CASES)
@pytest.mark.parametrize("padded", [False, True])
def test_equals_torch_with_the_same_parameters(
    kind: str, bidirectional: bool, bias: bool, padded: bool
) -> None:
    """With sequences of several lengths torch's oracle is a packed sequence; gradients are compared, too."""
    fast, plain, theirs = make(kind, bidirectional, bias)
    x = draw(3, PLACES, FEATURES).requires_grad_()
    begin = starts(kind, 1 + bidirectional)
    given: Any = tuple(map(turned, begin)) if kind == "LSTM" else turned(begin[0])
    mask = torch.arange(PLACES) >= LENGTHS[:, None] if padded else None
    packed: Any = pack_padded_sequence(x, LENGTHS, batch_first=True) if padded else x
    states, last = theirs(packed, given)
    if padded:
        states = pad_packed_sequence(states, batch_first=True)[0]
    wanted = (states, *map(turned, last if kind == "LSTM" else (last,)))
    for module in (fast, plain):
        close(module(x, mask, *begin), wanted)
        close(
            slopes(module(x, mask, *begin), [x, *module.parameters()]),
            slopes(wanted, [x, *theirs.parameters()]),
        )
    close(fast(x, mask)[0], plain(x, mask)[0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_kernels_in_less_precision_compute_the_same(kind: str, precision: torch.dtype) -> None:
    fast, plain, _ = make(kind, True, True)
    x = draw(3, PLACES, FEATURES).to(precision)
    mask = torch.rand(3, PLACES, generator=torch.Generator().manual_seed(1)) < 0.5
    bar = 1e-6 if precision is torch.float32 else 0.05
    ours, wanted = fast.to(precision)(x, mask), plain.to(precision)(x, mask)
    torch.testing.assert_close(ours, wanted, rtol=bar, atol=bar)


def test_rectified_units_are_those_of_torch() -> None:
    fast, plain, theirs = make("RNN", False, True, nonlinearity="relu")
    x = draw(3, PLACES, FEATURES)
    wanted, last = theirs(x)
    close(fast(x), (wanted, turned(last)))
    close(plain(x), (wanted, turned(last)))


@pytest.mark.parametrize(("kind", "bidirectional", "bias"), CASES)
def test_padding_anywhere_is_as_if_it_were_not_there(
    kind: str, bidirectional: bool, bias: bool
) -> None:
    """At every place of each example in turn; with nothing left the state is that in the beginning."""
    fast, plain, _ = make(kind, bidirectional, bias)
    begin = starts(kind, 1 + bidirectional)
    x = draw(3, PLACES, FEATURES)
    mask = torch.tensor([[0, 1, 0, 0, 1, 0], [1, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1]]) == 1
    for module in (fast, plain):
        output, *last = module(x, mask, *begin)
        for row in range(2):
            kept = ~mask[row]
            here = [each[row : row + 1] for each in begin]
            alone, *ends = module(x[row : row + 1, kept], None, *here)
            close(output[row, kept], alone[0])
            close([each[row] for each in last], [each[0] for each in ends])
        close([each[2] for each in last], [each[2] for each in begin])
        assert not output[mask].any()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_padded_has_no_influence(kind: str) -> None:
    """Not by a bit, in any number or gradient; and the test would see it where nothing is padded."""
    fast, plain, _ = make(kind, True, True)
    mask = torch.arange(PLACES) >= LENGTHS[:, None]
    told = []
    for other in (0.0, 1e3):
        x = draw(3, PLACES, FEATURES)
        x[mask] += other
        x.requires_grad_()
        for module in (fast, plain):
            outputs = module(x, mask)
            told.append([*outputs, *slopes(outputs, [x, *module.parameters()])])
        told.append([*fast(x)])
    for one, same in ((0, 3), (1, 4)):
        assert all(torch.equal(a, b) for a, b in zip(told[one], told[same], strict=True))
        assert not told[one][-1].isnan().any()
    assert not torch.equal(told[2][0], told[5][0])


@pytest.mark.parametrize(("kind", "bidirectional", "bias"), CASES)
def test_what_is_explained_is_what_is_computed(kind: str, bidirectional: bool, bias: bool) -> None:
    """The formulas are written out once more, from the papers."""
    fast, _, _ = make(kind, bidirectional, bias)
    x = draw(3, PLACES, FEATURES)
    mask = torch.arange(PLACES) >= LENGTHS[:, None]
    told = fast.explain(x, mask)
    assert set(told) == GATES[kind]
    width = HIDDEN * (1 + bidirectional)
    assert {tuple(each.shape) for each in told.values()} == {(3, PLACES, width)}
    close(told["state"], fast(x, mask)[0])
    before = torch.cat((torch.zeros(3, 1, HIDDEN), told["state"][:, :-1, :HIDDEN]), 1)
    gates = {name: each[0, :, :HIDDEN] for name, each in told.items()}
    if kind == "LSTM":
        old = torch.cat((torch.zeros(1, HIDDEN), gates["cell"][:-1]))
        close(gates["cell"], gates["forget_gate"] * old + gates["input_gate"] * gates["cell_gate"])
        close(gates["state"], gates["output_gate"] * gates["cell"].tanh())
    if kind == "GRU":
        z = gates["update_gate"]
        close(gates["state"], (1 - z) * gates["new_gate"] + z * before[0])


@pytest.mark.parametrize("kind", KINDS)
def test_starts_as_torch_does(kind: str) -> None:
    torch.manual_seed(7)
    ours = getattr(kernels, kind)(FEATURES, HIDDEN)
    torch.manual_seed(7)
    theirs = getattr(nn, kind)(FEATURES, HIDDEN)
    assert [*ours.state_dict()] == [*theirs.state_dict()]
    for name, parameter in theirs.named_parameters():
        assert torch.equal(ours.get_parameter(name), parameter), name


@pytest.mark.parametrize("kind", KINDS)
def test_asked_to_be_written_out_it_calls_no_kernel(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a card can be differentiated only once; the second derivative is that of torch's on a processor."""
    module = make(kind, False, True)[0]
    x = draw(3, PLACES, FEATURES).requires_grad_()
    mask = torch.arange(PLACES) >= LENGTHS[:, None]

    def curve() -> Tensor:
        (slope,) = torch.autograd.grad(module(x, mask)[0].square().sum(), x, create_graph=True)
        return torch.autograd.grad(slope.square().sum(), x)[0]

    wanted = curve()

    def refuse(*_: object) -> None:
        raise RuntimeError("A kernel was called.")

    for name in ("rnn_tanh", "lstm", "gru"):
        monkeypatch.setattr(torch, name, refuse)
    with kernels.gate_by_gate():
        close(curve(), wanted)
    with pytest.raises(RuntimeError, match=r"A kernel was called\."):
        curve()
