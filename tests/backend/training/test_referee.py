"""The referee judges true gradients right, and no wrong ones; the oracle is the chain rule by hand."""

import math
import random
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neurarium.training.backwards import BACKWARDS
from neurarium.training.command import Change
from neurarium.training.differences import slope
from neurarium.training.job import Job
from neurarium.training.referee import CheckError, Judgement, Referee, Wanted, affordable
from neurarium.training.run import Run
from tests.backend.training.jobs import activation, document, graph, linear, trained

Array = NDArray[np.float64]


def judge(run: Run, *targets: Wanted, example: int | None = None) -> list[Judgement]:
    return list(Referee(run, targets, example).judge())


def weight(parameter: str, *index: int) -> Wanted:
    return Wanted(parameter, None, index)


def says(node: str, *index: int) -> Wanted:
    return Wanted(None, node, index)


def after(steps: int = 7, **changes: Any) -> Run:
    return trained(steps, **{"engine": "plain", **changes})


def drawn(run: Run, count: int, seed: int = 0) -> list[Wanted]:
    """Random numbers of all parameters, each parameter as often as it has numbers."""
    numbers = [
        Wanted(name, None, tuple(map(int, index)))
        for name, value in run.network.named_parameters()
        for index in np.ndindex(*value.shape)
    ]
    return random.Random(seed).choices(numbers, k=count)


DEEP = graph(
    linear("one", 9, "x"), activation("one_bend", "Tanh", "one"),
    linear("two", 9, "one_bend"), activation("two_bend", "GELU", "two"),
    linear("three", 9, "two_bend"), activation("three_bend", "Sigmoid", "three"),
    linear("output", 1, "three_bend"),
)  # fmt: skip


def by_hand(run: Run, parameter: str, index: tuple[int, ...]) -> float:
    """The derivative of the mean squared error of tanh layers, by the chain rule as in a textbook, in NumPy."""
    weights = {name: v.double().numpy() for name, v in run.network.state_dict().items()}
    batch = run.stream.peek(run.job.batch.count(len(run.stream))).tensors
    x, classes = batch["x"].double().numpy(), batch["y"].numpy()
    told = [x]
    for name in ("one", "two", "output"):
        told.append(np.tanh(told[-1] @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]))
    target = np.where(classes == 1, 1.0, -1.0)
    upstream = (told[3][:, 0] - target)[:, None] / len(x)
    for place, name in ((3, "output"), (2, "two"), (1, "one")):
        upstream = upstream * (1 - told[place] ** 2)
        found = {f"{name}.weight": upstream.T @ told[place - 1], f"{name}.bias": upstream.sum(0)}
        if parameter in found:
            return float(found[parameter][index])
        upstream = upstream @ weights[f"{name}.weight"]
    raise KeyError(parameter)


def test_it_agrees_with_autograd_on_200_numbers_of_smooth_networks() -> None:
    """The bar: to a millionth, relative, whatever the number."""
    smooth: tuple[dict[str, Any], ...] = (
        {"graph": DEEP},
        {"graph": DEEP, "loss": {"kind": "SquaredError"}, "regulariser": {"kind": "L2"}},
    )
    for changes in smooth:
        run = after(**changes)
        found = judge(run, *drawn(run, 100))
        assert {each.verdict for each in found} == {"agrees"}
        assert max(each.error for each in found) < 1e-6


def test_it_agrees_with_the_chain_rule_by_hand() -> None:
    """An oracle that knows neither autograd nor differences."""
    network = graph(
        linear("one", 4, "x"), activation("one_bend", "Tanh", "one"),
        linear("two", 4, "one_bend"), activation("two_bend", "Tanh", "two"),
        linear("output", 1, "two_bend"), activation("said", "Tanh", "output"),
    )  # fmt: skip
    run = after(graph=network, loss={"kind": "SquaredError"})
    targets = drawn(run, 40)
    for target, found in zip(targets, judge(run, *targets), strict=True):
        true = by_hand(run, target.parameter or "", target.index)
        assert found.difference == pytest.approx(true, rel=1e-6, abs=1e-13)
        assert found.autograd == pytest.approx(true, rel=1e-9)


def test_a_slope_is_right_to_eight_digits() -> None:
    """200 random sines, steep and flat, beside their derivative."""
    rng = random.Random(3)
    for _ in range(200):
        rate, shift, size = rng.uniform(0.1, 3), rng.uniform(-3, 3), 10 ** rng.uniform(-3, 1)

        def move(d: float, rate: float = rate, shift: float = shift, size: float = size) -> float:
            return 0.3 + size * math.sin(rate * d + shift)

        found = slope(move, 0.0)
        assert found.is_smooth
        assert found.value == pytest.approx(size * rate * math.cos(shift), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("kinked", "left", "right"),
    [(lambda d: max(d, 0.0), 0, 1), (abs, -1, 1), (lambda d: max(d, 3 * d) + 5, 1, 3)],
)
def test_a_kink_is_no_slope(kinked: Any, left: float, right: float) -> None:
    """Central differences alone would say 1/2, 0 and 2, whatever the width."""
    found = slope(kinked, 0.0)
    assert not found.is_smooth
    assert [found.left, found.right] == pytest.approx([left, right])


def test_a_kink_nearby_is_kept_out_of_reach() -> None:
    found = slope(lambda d: 2 * d + max(d - 1e-5, 0.0), 0.0)
    assert found.is_smooth
    assert found.h <= 1e-5
    assert found.value == pytest.approx(2.0)


def relu(steps: int = 0) -> Run:
    return after(steps, graph=graph(
        linear("hidden", 6, "x"), activation("bend", "ReLU", "hidden"), linear("output", 1, "bend"),
    ))  # fmt: skip


def test_a_relu_at_0_is_a_kink_and_it_says_both_slopes() -> None:
    run = relu()
    with torch.no_grad():
        for value in (
            run.network.get_parameter("hidden.weight"),
            run.network.get_parameter("hidden.bias"),
        ):
            value[2] = 0.0
    (at, beside, said) = judge(
        run, weight("hidden.bias", 2), weight("hidden.bias", 1), says("bend", 2)
    )
    assert at.verdict == "kink"
    assert abs(at.left) < 1e-9 < abs(at.right)  # silent on one side, speaking on the other
    assert at.autograd == 0.0  # torch's choice at 0, and as good as any between
    assert beside.verdict == "agrees"
    assert said.verdict == "agrees"  # what lies behind the kink is smooth
    assert said.difference == pytest.approx(at.right)


def test_a_wrong_gradient_at_a_kink_is_no_kink() -> None:
    run = relu()
    with torch.no_grad():
        for value in (
            run.network.get_parameter("hidden.weight"),
            run.network.get_parameter("hidden.bias"),
        ):
            value[2] = 0.0
    run.apply(Change(changes={"tampering": [
        {"kind": "scale", "source": "bend", "node": "output", "factor": -3},
        {"kind": "wrong", "node": "bend", "backward": "ReLUOpen"},
    ]}))  # fmt: skip
    (at,) = judge(run, weight("hidden.bias", 2))
    assert at.verdict == "differs"


def test_what_a_node_says_is_judged_for_all_examples_or_one() -> None:
    run = after(graph=DEEP)
    count = run.job.batch.count(len(run.stream))
    every = judge(run, *(says("two_bend", place, 3) for place in range(count)))
    (together, x) = judge(run, says("two_bend", 3), says("x", 1))
    assert {each.verdict for each in (*every, together, x)} == {"agrees"}
    assert sum(each.difference for each in every) == pytest.approx(together.difference, rel=1e-9)


def test_one_example_is_judged_by_its_own_loss() -> None:
    run = after(graph=DEEP)
    ids = run.stream.peek(16).ids.tolist()
    targets = drawn(run, 3)
    alone = [judge(run, *targets, example=id) for id in ids]
    together = judge(run, *targets)
    for at, whole in enumerate(together):
        mean = sum(each[at].difference for each in alone) / len(ids)
        assert mean == pytest.approx(whole.difference, rel=1e-6)


def test_dropout_and_norms_are_those_of_the_next_step() -> None:
    dropping = graph(
        linear("hidden", 8, "x"), activation("norm", "BatchNorm1d", "hidden"),
        activation("bend", "Tanh", "norm"), activation("drop", "Dropout", "bend", p=0.3),
        linear("output", 1, "drop"),
    )  # fmt: skip
    run = after(3, graph=dropping, precision="float64")
    targets = [weight("hidden.weight", unit, 1) for unit in range(8)]
    found = judge(run, *targets)
    before = run.network.get_parameter("hidden.weight").detach().clone()
    run.take(observe=True)
    assert run.observation is not None
    taken = run.observation.gradients["hidden.weight"][:, 1].tolist()
    assert {each.verdict for each in found} == {"agrees"}
    assert [each.autograd for each in found] == pytest.approx(taken, rel=1e-9, abs=1e-15)
    assert not torch.equal(before, run.network.get_parameter("hidden.weight"))


def test_judging_changes_nothing() -> None:
    run = after(graph=DEEP)
    state, random_state = run.state().digest(), torch.default_generator.get_state()
    judge(run, *drawn(run, 5), says("one_bend", 0))
    torch.default_generator.set_state(random_state)
    assert run.state().digest() == state


WRONGS = [(kind, name) for name, each in BACKWARDS.items() for kind in each.layers]
SETTINGS: dict[str, dict[str, Any]] = {
    "Linear": {"out_features": 4},
    "Conv2d": {"out_channels": 3, "kernel_size": 3, "padding": 1},
    "MaxPool2d": {"kernel_size": 2},
    "AvgPool2d": {"kernel_size": 2},
    "MultiheadAttention": {"num_heads": 2},
}
AXES = {"MultiheadAttention": ((5, 4), "TD")} | dict.fromkeys(
    ("Conv2d", "MaxPool2d", "AvgPool2d", "BatchNorm2d"), ((2, 4, 4), "CHW")
)
"""What some layers read; all others read features."""


def with_middle(kind: str) -> dict[str, Any]:
    """A layer of this kind behind one that learns; so that it reads what it can, the points are reshaped."""
    shape, axes = AXES.get(kind, ((4,), "D"))
    settings = SETTINGS.get(kind, {})
    ports = ("shaped",) * (3 if kind == "MultiheadAttention" else 1)
    return graph(
        linear("before", math.prod(shape), "x"),
        activation("shaped", "Reshape", "before", shape=shape, axes=tuple(axes)),
        {"id": "middle", "layer": {"kind": kind, **settings}, "inputs": list(ports)},
        activation("flat", "Flatten", "middle"),
        linear("output", 1, "flat"),
    )


@pytest.mark.parametrize(("kind", "name"), WRONGS)
def test_every_wrong_backward_turns_the_referee_red(kind: str, name: str) -> None:
    run = after(2, graph=with_middle(kind), precision="float64")
    targets = [weight("before.weight", unit, 0) for unit in range(4)]
    if kind in ("Linear", "Conv2d"):
        inside = run.network.get_parameter("middle.weight").shape[2:]
        targets += [weight("middle.weight", unit, 1, *(0 for _ in inside)) for unit in range(3)]
    assert {each.verdict for each in judge(run, *targets)} == {"agrees"}
    wrong = {"kind": "wrong", "node": "middle", "backward": name}
    run.apply(Change(changes={"tampering": [wrong]}))
    found = judge(run, *targets)
    assert "differs" in {each.verdict for each in found}
    assert max(each.error for each in found) > 1e-3
    run.apply(Change(changes={"tampering": []}))
    assert {each.verdict for each in judge(run, *targets)} == {"agrees"}


@pytest.mark.parametrize(
    ("target", "example", "says_so"),
    [
        (weight("hidden.wait", 0), None, r"no parameter `hidden.wait`. It has: `hidden.weight`"),
        (weight("hidden.weight", 0), None, r"has 5 × 2 numbers; there is none at \[0\]"),
        (weight("hidden.weight", 5, 0), None, r"there is none at \[5, 0\]"),
        (says("hiden", 0), None, r"no node or input `hiden`. It has: `x`, `hidden`"),
        (says("hidden", 5), None, r"`hidden` has 5 numbers; there is none at \[5\]"),
        (says("hidden", 16, 0), None, r"has 16 × 5 numbers; there is none at \[16, 0\]"),
        (weight("hidden.weight", 0, 0), 123456, r"There is no example #123456"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    target: Wanted, example: int | None, says_so: str
) -> None:
    with pytest.raises(CheckError, match=says_so):
        judge(Run(Job.model_validate(document())), target, example=example)


def with_flops(flops: int) -> Run:
    """A run whose network would take so many operations for an example."""
    run = Run(Job.model_validate(document()))
    run.inspection = run.inspection.model_copy(update={"flops": flops})
    return run


def test_more_than_can_be_judged_in_time_is_refused_with_how_many_would_do() -> None:
    run = with_flops(10**7)
    target = weight("hidden.weight", 0, 0)
    most = affordable(run, 16)
    assert most == pytest.approx(120 / (31 * 16 * 1e7 / 1.5e9), rel=0.1)
    with pytest.raises(CheckError, match=rf"with 16 examples .* Choose {most} or fewer"):
        Referee(run, [target] * (most + 1))
    Referee(run, [target] * most)
    Referee(run, [target] * 256, int(run.examples.train.ids[0]))


def test_a_network_that_takes_too_long_for_one_says_what_would_do() -> None:
    run = with_flops(10**10)
    target = weight("hidden.weight", 0, 0)
    with pytest.raises(CheckError, match="Choose one example alone"):
        Referee(run, [target])
    with pytest.raises(CheckError, match="too large for it"):
        Referee(run, [target], int(run.examples.train.ids[0]))
