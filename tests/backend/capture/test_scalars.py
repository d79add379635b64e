"""Every number of a small network's scalar graph, against plain torch, differences and real steps of the optimiser."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neurarium.capture.reckon import Reckoner
from neurarium.capture.scalar_graph import scalar_graph
from neurarium.capture.scalars import ScalarGraph, ScalarsError
from neurarium.probe import ProbeError
from neurarium.probes.scalars import Scalars as Probe
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium.training.view import View
from tests.backend.capture.plain import OPERATIONS, Plain, compute
from tests.backend.probes.runs import array, chain, everything, make_job, node, preset, seen

FOUR = {"kind": "Gaussians", "classes": 4, "samples": 60}
CASES: dict[str, Any] = {
    "2-4-2-1": {"graph": chain(4, 2, 1)},
    "2-2-1 with a bent output": {
        "graph": chain(2, 1) | {
            "nodes": [*chain(2, 1)["nodes"], node("y", "Tanh", "h1")], "outputs": {"y": "y"}}
    },
    "logistic": {"graph": chain(3, 1, kind="Sigmoid"), "loss": {"kind": "CrossEntropy"}},
    "hinge and L1": {
        "graph": chain(3, 1, kind="ReLU"), "loss": {"kind": "Hinge"},
        "regulariser": {"kind": "L1", "strength": 0.1}},
    "mistakes": {"graph": chain(1), "loss": {"kind": "Perceptron"}},
    "four classes": {"graph": chain(3, 4, kind="SiLU"), "dataset": FOUR, "loss": {"kind": "CrossEntropy"}},
    "four margins": {"graph": chain(3, 4, kind="GELU"), "dataset": FOUR, "loss": {"kind": "Hinge"}},
    "four targets": {"graph": chain(3, 4), "dataset": FOUR, "loss": {"kind": "SquaredError"}},
    "four mistakes": {"graph": chain(3, 4), "dataset": FOUR, "loss": {"kind": "Perceptron"}},
    "leaky and L2": {
        "graph": chain(3, 2, 1, kind="LeakyReLU"), "regulariser": {"kind": "L2", "strength": 0.2}},
    "elu": {"graph": chain(3, 1, kind="ELU")},
    "as LeCun scaled it": {"graph": chain(3, 1, kind="ScaledTanh")},
    "numbers": {
        "graph": chain(3, 1), "dataset": {"kind": "Surface", "samples": 40}, "task": {"kind": "Regression"}},
}  # fmt: skip
SETTINGS = {"LeakyReLU": {"negative_slope": 0.2}, "ELU": {"alpha": 1.5}}
PRESETS = [
    "mlp-circles", "mlp-xor", "mlp-blobs", "mlp-regression", "perceptron-and", "perceptron-xor",
]  # fmt: skip


@functools.cache
def a_view(name: str) -> View:
    if name not in CASES:
        return seen(preset(name, precision="float64", engine="plain"), 3)
    document = dict(CASES[name])
    for each in document["graph"]["nodes"]:
        each["layer"].update(SETTINGS.get(each["layer"]["kind"], {}))
    return seen(make_job(engine="plain", **document), 3)


def drawn(view: View) -> ScalarGraph:
    return scalar_graph(view.job)


def looked(view: View, row: int) -> dict[str, NDArray[Any]]:
    example = int(everything_ids(view)[row])
    frame = Probe(example=example).look(view)
    assert frame.details["key"] == drawn(view).key
    return {name: array(frame, name) for name in ("value", "gradient", "local", "next")}


def everything_ids(view: View) -> NDArray[Any]:
    return np.concatenate([view.examples.train.ids, view.examples.validation.ids])


def plain(view: View, row: int) -> Plain:
    x, y = (torch.as_tensor(everything(view, name)[row]) for name in ("x", "y"))
    return compute(view, x, y)


ROWS = (0, 7, -1)


@pytest.mark.parametrize("name", [*CASES, *PRESETS])
def test_values_and_gradients_are_those_of_plain_torch(name: str) -> None:
    view = a_view(name)
    graph = drawn(view)
    for row in ROWS:
        found, oracle = looked(view, row), plain(view, row)
        assert len(found["value"]) == len(graph.scalars)
        compared = 0
        for place, scalar in enumerate(graph.scalars):
            if scalar.id.startswith("loss:"):
                continue
            compared += 1
            assert found["value"][place] == pytest.approx(oracle.value(scalar.id), abs=1e-12)
            gradient = oracle.gradient(scalar.id)
            assert found["gradient"][place] == pytest.approx(gradient, abs=1e-12), scalar.id
        assert compared > len(graph.scalars) / 2
        end = [scalar.id for scalar in graph.scalars].index(graph.loss)
        assert found["value"][end] == pytest.approx(oracle.loss.item(), abs=1e-12)
        assert found["gradient"][end] == 1


@pytest.mark.parametrize("name", [*CASES, *PRESETS])
def test_every_function_and_every_slope_is_torchs(name: str) -> None:
    view = a_view(name)
    graph = drawn(view)
    places = {scalar.id: place for place, scalar in enumerate(graph.scalars)}
    found = looked(view, 3)
    slopes = dict(zip([(e.source, e.to) for e in graph.edges], found["local"], strict=True))
    assert len(slopes) == len(graph.edges), "two edges between the same numbers"
    for scalar in graph.scalars:
        if not scalar.op:
            continue
        read = [torch.tensor(found["value"][places[x]], requires_grad=True) for x in scalar.inputs]
        if scalar.op in ("l1", "l2"):
            row = torch.stack(read)
            total = row.abs().sum() if scalar.op == "l1" else row.square().sum() / 2
            made = scalar.constants["strength"] * total
        else:
            made = OPERATIONS[scalar.op](*read)
        assert found["value"][places[scalar.id]] == pytest.approx(made.item(), abs=1e-12)
        wanted = torch.autograd.grad(made, read, allow_unused=True, materialize_grads=True)
        for x, slope in zip(scalar.inputs, wanted, strict=True):
            assert slopes[x, scalar.id] == pytest.approx(slope.item(), abs=1e-12), (x, scalar.id)


@pytest.mark.parametrize("name", ["2-4-2-1", "four classes", "leaky and L2", "mlp-xor"])
def test_gradients_of_weights_are_differences_of_the_loss(name: str) -> None:
    view = a_view(name)
    graph, found = drawn(view), looked(view, 5)
    for place, scalar in enumerate(graph.scalars):
        if not scalar.parameter:
            continue
        weight = view.network.get_parameter(scalar.parameter)
        losses = []
        for h in (1e-5, -1e-5):
            with torch.no_grad():
                weight[tuple(scalar.index)] += h
            losses.append(plain(view, 5).loss.item())
            with torch.no_grad():
                weight[tuple(scalar.index)] -= h
        assert found["gradient"][place] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-8)


@pytest.mark.parametrize("name", [*CASES, *PRESETS])
def test_the_walk_brings_every_number_once_and_the_parts_of_a_gradient_add_up(name: str) -> None:
    view = a_view(name)
    graph, found = drawn(view), looked(view, 2)
    places = {scalar.id: place for place, scalar in enumerate(graph.scalars)}
    given = {scalar.id for scalar in graph.scalars if not scalar.op}
    known, parts = set(given), dict.fromkeys(places, 0.0)
    whole: set[str] = set()
    parts[graph.loss] = 1.0
    crossed: list[int] = []
    for step in graph.steps:
        if step.phase == "forward":
            (made,) = step.scalars
            assert set(graph.scalars[places[made]].inputs) <= known
            known.add(made)
        if step.phase == "backward":
            assert step.of in whole | {graph.loss}, "a gradient is handed on before it is whole"
            for line in step.lines:
                crossed += line.edges
                for edge in (graph.edges[number] for number in line.edges):
                    assert (parts[edge.source] != 0 or edge.source in whole) <= (
                        line.relation == "+="
                    )
                    assert edge.to == step.of
                    share = found["local"][graph.edges.index(edge)]
                    parts[edge.source] += found["gradient"][places[edge.to]] * share
            assert not whole.intersection(step.scalars)
            whole.update(step.scalars)
            for ready in step.scalars:
                assert parts[ready] == pytest.approx(found["gradient"][places[ready]], abs=1e-14)
    assert known == set(places)
    targets = {scalar.id for scalar in graph.scalars if scalar.role == "target"}
    assert whole == set(places) - targets
    back = [i for i, edge in enumerate(graph.edges) if edge.source not in targets]
    assert sorted(crossed) == back
    assert set(graph.steps[-1].scalars) == {s.id for s in graph.scalars if s.parameter}
    assert [step.phase for step in graph.steps].count("update") == 1


@pytest.mark.parametrize(
    "optimizer",
    [
        {"kind": "SGD", "lr": 0.1},
        {"kind": "SGD", "lr": 0.1, "momentum": 0.9},
        {"kind": "SGD", "lr": 0.1, "momentum": 0.9, "nesterov": True},
        {"kind": "Adam", "lr": 0.02},
        {"kind": "AdamW", "lr": 0.02, "weight_decay": 0.1},
        {"kind": "RMSprop", "lr": 0.02},
    ],
    ids=lambda document: "-".join(map(str, document.values())),
)
@pytest.mark.parametrize("engine", ["auto", "plain"])
def test_the_next_values_are_those_of_a_real_step(optimizer: dict[str, Any], engine: str) -> None:
    run = Run(
        make_job(
            graph=chain(3, 2, 1),
            optimizer=optimizer,
            engine=engine,
            schedule={"kind": "Cosine"},
            rates={"h0": 0, "h1": 0.5},
            batch={"policy": "single"},
            regulariser={"kind": "L2", "strength": 0.1},
        )
    )
    for _ in range(4):
        run.take()
    graph = scalar_graph(run.job)
    example = int(run.stream.peek(1).ids[0])
    before = {name: value.detach().clone() for name, value in run.network.named_parameters()}
    frame = Probe(example=example).look(run.view())
    for name, value in run.network.named_parameters():
        assert torch.equal(value, before[name]), "looking has moved a weight"
    run.take()
    after = dict(run.network.named_parameters())
    for scalar, then in zip(graph.scalars, array(frame, "next"), strict=True):
        if scalar.parameter:
            wanted = after[scalar.parameter][tuple(scalar.index)].item()
            assert then == pytest.approx(wanted, abs=1e-12), scalar.id
    again = Probe(example=example).look(run.view())
    np.testing.assert_allclose(array(again, "value"), array(frame, "next"), atol=1e-12)


def test_for_plain_descent_the_update_is_the_line_of_the_lecture() -> None:
    view = seen(preset("mlp-circles", engine="plain"), 3)
    found, graph = looked(view, 1), drawn(view)
    ours = [place for place, scalar in enumerate(graph.scalars) if scalar.parameter]
    now, then, slope = (found[name][ours] for name in ("value", "next", "gradient"))
    np.testing.assert_allclose(then, now - 0.2 * slope, atol=1e-15)
    line = graph.steps[-1].lines[0]
    assert f"{line.left} {line.relation} {line.right}" == "w₁,₁₁ ← w₁,₁₁ − η · ∂w₁,₁₁"


def test_the_algebra_of_the_smallest_network_is_that_of_a_lecture() -> None:
    graph = drawn(a_view("2-2-1 with a bent output"))
    lines = [
        f"{line.left} {line.relation} {line.right}" for step in graph.steps for line in step.lines
    ]
    assert lines == [
        "a₁₁ = w₁₁·x₁", "a₁₂ = w₁₂·x₂", "a₂₁ = w₂₁·x₁", "a₂₂ = w₂₂·x₂",
        "z₁ = a₁₁ + a₁₂ + b₁", "z₂ = a₂₁ + a₂₂ + b₂", "h₁ = tanh(z₁)", "h₂ = tanh(z₂)",
        "r₁ = v₁·h₁", "r₂ = v₂·h₂", "s = r₁ + r₂ + c", "y = tanh(s)", "E = ½(y − t)²",
        "∂y = y − t", "∂s = ∂y × (1 − y²)", "∂r₁ = ∂r₂ = ∂c = ∂s",
        "∂v₂ = ∂r₂ × h₂", "∂h₂ = ∂r₂ × v₂", "∂v₁ = ∂r₁ × h₁", "∂h₁ = ∂r₁ × v₁",
        "∂z₂ = ∂h₂ × (1 − h₂²)", "∂z₁ = ∂h₁ × (1 − h₁²)",
        "∂a₂₁ = ∂a₂₂ = ∂b₂ = ∂z₂", "∂a₁₁ = ∂a₁₂ = ∂b₁ = ∂z₁",
        "∂w₂₂ = ∂a₂₂ × x₂", "∂x₂ = ∂a₂₂ × w₂₂", "∂w₂₁ = ∂a₂₁ × x₁", "∂x₁ = ∂a₂₁ × w₂₁",
        "∂w₁₂ = ∂a₁₂ × x₂", "∂x₂ += ∂a₁₂ × w₁₂", "∂w₁₁ = ∂a₁₁ × x₁", "∂x₁ += ∂a₁₁ × w₁₁",
        *(f"{w} ← {w} − η · ∂{w}" for w in ("w₁₁", "w₁₂", "w₂₁", "w₂₂", "b₁", "b₂", "v₁", "v₂", "c")),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*CASES, *PRESETS])
def test_boxes_have_room_and_everything_flows_to_the_right(name: str) -> None:
    graph = drawn(a_view(name))
    columns: dict[int, list[float]] = {}
    place = {scalar.id: (scalar.column, scalar.row) for scalar in graph.scalars}
    for scalar in graph.scalars:
        columns.setdefault(scalar.column, []).append(scalar.row)
        assert 0 <= scalar.row <= graph.rows - 1
        assert 0 <= scalar.column < graph.columns
    for rows in columns.values():
        assert min(np.diff(sorted(rows)), default=1) >= 1 - 1e-9
    for edge in graph.edges:
        assert place[edge.source][0] < place[edge.to][0], (edge.source, edge.to)
    for group in graph.groups:
        assert {scalar.unit for scalar in graph.scalars if scalar.id in group.scalars} == {
            group.unit
        }
    texts = [scalar.symbol.text for scalar in graph.scalars]
    assert len(set(texts)) == len(texts), "two numbers have one name"


@pytest.mark.parametrize("name", CASES)
def test_curves_are_those_of_torch(name: str) -> None:
    graph = drawn(a_view(name))
    curves = {curve.op: curve for curve in graph.curves}
    assert len(curves) == len(graph.curves)
    known = {scalar.id: scalar for scalar in graph.scalars}
    for scalar in graph.scalars:
        free = [each for each in scalar.inputs if known[each].role != "target"]
        if len(free) == 1 and scalar.op not in ("mul", "add", "neg", "margin"):
            assert scalar.op in curves
    for op, curve in curves.items():
        x = torch.tensor(curve.x, dtype=torch.float64)
        if op in ("l1", "l2"):
            continue
        given = [x, torch.zeros_like(x)] if curve.from_target else [x]
        rows = [OPERATIONS[op](*row) for row in zip(*given, strict=True)]
        np.testing.assert_allclose(curve.y, torch.stack(rows), atol=1e-4)


def test_a_weight_that_serves_twice_gets_both_parts_of_its_gradient() -> None:
    document = chain(2, 2, 1)
    document["tied"] = [["h0.weight", "h1.weight"]]
    view = seen(make_job(graph=document), 2)
    graph, found, oracle = drawn(view), looked(view, 4), None
    x, y = (torch.as_tensor(everything(view, name)[4]) for name in ("x", "y"))
    known = {
        name: value.detach().requires_grad_() for name, value in view.network.named_parameters()
    }
    h = torch.tanh(known["h0.weight"] @ x + known["h0.bias"])
    h = torch.tanh(known["h0.weight"] @ h + known["h1.bias"])
    oracle = (known["h2.weight"] @ h + known["h2.bias"] - (2 * y - 1)).square().sum() / 2
    oracle.backward()
    for scalar, gradient in zip(graph.scalars, found["gradient"], strict=True):
        if scalar.parameter:
            whole = known[scalar.parameter].grad
            assert whole is not None
            assert gradient == pytest.approx(whole[tuple(scalar.index)].item(), abs=1e-12)
    assert sum(scalar.parameter == "h0.weight" for scalar in graph.scalars) == 4
    assert not any(scalar.parameter == "h1.weight" for scalar in graph.scalars)


def test_gates_and_shortcuts_are_drawn_too() -> None:
    nodes = [
        node("a", "Linear", "x", out_features=3), node("b", "Sigmoid", "a"),
        node("c", "Linear", "x", out_features=3), node("gated", "Multiply", "b", "c"),
        node("both", "Add", "gated", "a", "c"), node("side", "Concat", "both", "x"),
        node("passed", "Dropout", "side"), node("y", "Linear", "passed", out_features=1),
    ]  # fmt: skip
    view = seen(make_job(graph=chain(1) | {"nodes": nodes, "outputs": {"y": "y"}}), 1)
    graph, found = drawn(view), looked(view, 0)
    network = view.network.eval()
    x, y = (torch.as_tensor(everything(view, name)[:1]) for name in ("x", "y"))
    taps = network.tapped({"x": x}, ["gated", "both", "y"])[1]
    loss = (taps["y"][0, 0] - (2 * y[0] - 1)) ** 2 / 2
    slopes = torch.autograd.grad(loss, list(taps.values()))
    for path, slope in zip(taps, slopes, strict=True):
        ours = [i for i, s in enumerate(graph.scalars) if s.id.startswith(f"{path}[")]
        np.testing.assert_allclose(found["value"][ours], taps[path][0].detach(), atol=1e-12)
        np.testing.assert_allclose(found["gradient"][ours], slope[0], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("lenet5", "number by number; `conv1` is Conv2d"),
        ("mlp-spiral", r"would be 2,436 boxes; up to 200 are drawn"),
        ("perceptron-mark1", r"would be 1,203 boxes"),
    ],
)
def test_what_is_too_large_says_so(name: str, sentence: str) -> None:
    with pytest.raises(ScalarsError, match=sentence):
        scalar_graph(preset(name))


def test_a_network_of_two_outputs_says_so() -> None:
    graph = chain(2, 1) | {"outputs": {"y": "h1", "z": "h0"}}
    with pytest.raises(ScalarsError, match="of one output are drawn; this one has 2"):
        scalar_graph(make_job(graph=graph))


def test_the_probe_says_why_there_is_nothing_to_see() -> None:
    with pytest.raises(ProbeError, match="would be 1,203 boxes"):
        Probe().look(seen(preset("perceptron-mark1", engine="plain"), 0))


def test_a_network_that_has_blown_up_is_still_told() -> None:
    view = a_view("leaky and L2")
    graph = drawn(view)
    reckoner = Reckoner(graph)
    for huge in (1e200, -1e200, float("inf"), float("nan")):
        found = reckoner.reckon([huge] * len(graph.scalars))
        assert len(found.gradients) == len(graph.scalars)
    for name in CASES:
        big = drawn(a_view(name))
        targets = [1.0 if scalar.role == "target" else 1e200 for scalar in big.scalars]
        Reckoner(big).reckon(targets)


def test_the_key_changes_with_what_is_drawn_alone() -> None:
    job: Job = make_job(graph=chain(2, 1))
    key = scalar_graph(job).key
    assert scalar_graph(job.model_copy(update={"seed": 9, "steps": 7})).key == key
    other = make_job(graph=chain(2, 1), loss={"kind": "Hinge"})
    assert scalar_graph(other).key != key


def test_without_what_the_optimiser_remembers_the_next_values_are_others() -> None:
    view = seen(make_job(graph=chain(2, 1), optimizer={"kind": "Adam", "lr": 0.05}), 5)
    fresh = replace(view, memory=None)
    ours, theirs = (array(Probe().look(each), "next") for each in (view, fresh))
    assert np.abs(ours - theirs).max() > 1e-4
