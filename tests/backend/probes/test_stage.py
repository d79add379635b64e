"""Stages: which nodes are drawn as one, and what their activations can say."""

from typing import Any

import pytest
import torch

from neurarium.optics.cell import locate
from neurarium.optics.memory import Memory
from neurarium.optics.stage import (
    bounds,
    find,
    hidden,
    home,
    is_staircase,
    slopes,
    stages,
    steepest,
)
from neurarium.probe import ProbeError
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network
from neurarium_models.tensor import features, unit_axis
from tests.backend.probes.runs import chain, graph, node


def built(document: dict[str, Any]) -> Network:
    return build_network(Graph.model_validate(document))


def groups(network: Network) -> list[list[str]]:
    return [[place.path for place in stage.nodes] for stage in stages(network)]


def test_a_layer_and_its_activations_are_one() -> None:
    nodes = [
        node("lin", "Linear", "x"),
        node("bend", "ReLU", "lin"),
        node("drop", "Dropout", "bend"),
        node("out", "Linear", "drop"),
    ]
    network = built(graph(nodes))
    assert groups(network) == [["lin", "bend", "drop"], ["out"]]
    assert [stage.is_output for stage in stages(network)] == [False, True]
    assert home(network, "drop") == "lin"
    assert home(network, "x") == "x"
    assert find(network, "bend").path == "lin"


def test_what_two_read_is_a_stage_of_its_own() -> None:
    nodes = [
        node("lin", "Linear", "x"),
        node("bend", "Tanh", "lin"),
        node("other", "ReLU", "lin"),
        node("both", "Add", "bend", "other"),
        node("end", "Tanh", "both"),
    ]
    assert groups(built(graph(nodes))) == [["lin"], ["bend"], ["other"], ["both", "end"]]


def test_what_an_output_shows_ends_a_stage() -> None:
    document = graph([node("lin", "Linear", "x"), node("bend", "Tanh", "lin")])
    document["outputs"] = {"sum": "lin", "y": "bend"}
    assert groups(built(document)) == [["lin"], ["bend"]]


def test_an_activation_of_the_input_is_a_stage() -> None:
    network = built(graph([node("bend", "Tanh", "x"), node("lin", "Linear", "bend")]))
    assert groups(network) == [["bend"], ["lin"]]
    assert find(network, None).path == "bend"
    assert find(network, None, learns=True).path == "lin"
    assert [stage.path for stage in hidden(network)] == []


def test_repetitions_are_stages_with_paths_of_their_own() -> None:
    body = {
        "inputs": ["h"],
        "nodes": [node("lin", "Linear", "h", out_features=2), node("bend", "Tanh", "lin")],
        "outputs": {"h": "bend"},
    }
    document = graph([node("out", "Linear", "many", out_features=1)])
    document["nodes"].insert(0, {"id": "many", "block": body, "repeat": 3, "inputs": {"h": "x"}})
    network = built(document)
    assert [stage.path for stage in stages(network)] == [
        "many.0.lin",
        "many.1.lin",
        "many.2.lin",
        "out",
    ]
    assert [stage.path for stage in hidden(network)] == ["many.0.lin", "many.1.lin", "many.2.lin"]


def test_parameters_have_the_names_of_the_state() -> None:
    network = built(chain(3, 1))
    named = [path for stage in stages(network) for path in stage.parameters]
    assert named == list(network.state_dict())


@pytest.mark.parametrize(
    ("kind", "settings", "expected"),
    [
        ("Tanh", {}, (-1, 1)),
        ("Sigmoid", {}, (0, 1)),
        ("Step", {}, (-1, 1)),
        ("ReLU", {}, None),
        ("LeakyReLU", {}, None),
        ("GELU", {}, None),
        ("SiLU", {}, None),
        ("ELU", {}, None),
        ("Identity", {}, None),
        ("Dropout", {"p": 0.5}, None),
    ],
)
def test_bounds_are_found_without_knowing_the_activation(
    kind: str, settings: dict[str, Any], expected: tuple[float, float] | None
) -> None:
    network = built(graph([node("lin", "Linear", "x"), node("bend", kind, "lin", **settings)]))
    assert bounds(network, stages(network)[0]) == expected
    assert is_staircase(network, stages(network)[0]) == (kind == "Step")


def test_a_stage_without_activation_has_no_bounds_and_is_no_staircase() -> None:
    network = built(chain(1))
    assert bounds(network, stages(network)[0]) is None
    assert not is_staircase(network, stages(network)[0])


def test_slopes_are_those_of_the_activation() -> None:
    network = built(chain(2, 1, kind="Sigmoid"))
    stage = stages(network)[0]
    at = torch.tensor([-2.0, 0.0, 3.0])
    value = torch.sigmoid(at)
    torch.testing.assert_close(slopes(network, stage, at), value * (1 - value))
    assert steepest(network, stage) == pytest.approx(0.25, abs=1e-5)


def test_units_are_counted_along_features_classes_or_channels() -> None:
    assert unit_axis(features(7)) == 0
    assert unit_axis(features(5, 7, axes="TD")) == 1
    assert unit_axis(features(3, 8, 8, axes="CHW")) == 0
    assert unit_axis(features(5, 6, axes="HW")) == 1


def test_cells_are_numbered_over_all_axes_but_the_units() -> None:
    network = built(
        graph([node("conv", "Conv2d", "x", out_channels=3, kernel_size=3)], (1, 6, 7), "CHW")
    )
    stage = stages(network)[0]  # 3 × 4 × 5
    assert locate(stage, 2, 7).index == (2, 1, 2)
    assert locate(stage, 2, 7).flat == 2 * 20 + 1 * 5 + 2
    assert locate(stage, 0, None).index == (0, 2, 2)
    with pytest.raises(ProbeError, match="20 cells, counted from 0: there is no cell 20"):
        locate(stage, 0, 20)
    network = built(graph([node("lin", "Linear", "x", out_features=4)], (5, 3), "TD"))
    assert locate(stages(network)[0], 1, 3).index == (3, 1)


def test_memory_lasts_as_long_as_what_it_is_about() -> None:
    class Thing:
        """Anything that can be pointed at weakly."""

    memory, made = Memory(kept=2), []

    def make(value: int) -> int:
        made.append(value)
        return value

    thing = Thing()
    assert [memory.recall(thing, "a", lambda: make(1)) for _ in range(3)] == [1, 1, 1]
    assert memory.recall(Thing(), "a", lambda: make(2)) == 2
    memory.recall(thing, "b", lambda: make(3))
    memory.recall(thing, "c", lambda: make(4))
    memory.recall(thing, "a", lambda: make(5))
    assert made == [1, 2, 3, 4, 5]
    del thing
    assert not memory._known
