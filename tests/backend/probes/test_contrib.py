"""The arithmetic of a unit adds up, and is that of the layer, whatever the layer and its axes."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from neurarium.dataset import Examples, Split
from neurarium.optics.arithmetic import Arithmetic, work_out
from neurarium.optics.cell import locate
from neurarium.optics.stage import find
from neurarium.probe import ProbeError
from neurarium.probes.contrib import Contrib
from neurarium.training.view import View
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from tests.backend.probes.runs import array, forward, graph, make_job, node, preset, seen, weights


@pytest.mark.parametrize("stage", ["h0", "h1", "h2"])
def test_products_and_bias_add_up_to_the_sum(stage: str) -> None:
    view = seen()
    frame = Contrib(node=stage, unit=0).look(view)
    total = array(frame, "product").sum() + frame.details["bias"]
    assert abs(total - frame.details["sum"]) < 1e-12


def test_terms_are_the_weights_and_inputs_of_the_unit() -> None:
    view = seen()
    row = 4
    frame = Contrib(node="h1", unit=2, example=int(view.examples.train.ids[row])).look(view)
    known, values = weights(view), forward(view, view.examples.train.arrays["x"][row])
    np.testing.assert_allclose(array(frame, "weight"), known["h1.weight"][2], atol=1e-15)
    np.testing.assert_allclose(array(frame, "input"), values["a0"], atol=1e-12)
    assert frame.details["bias"] == pytest.approx(known["h1.bias"][2], abs=1e-15)
    assert frame.details["sum"] == pytest.approx(values["h1"][2], abs=1e-12)
    assert frame.details["output"] == pytest.approx(values["a1"][2], abs=1e-12)
    assert frame.details["slope"] == pytest.approx(1 - values["a1"][2] ** 2, abs=1e-12)
    assert frame.details["inputs"] == ["h0.0", "h0.1", "h0.2", "h0.3"]
    assert frame.details["sources"] == ["h0"] * 4


def test_features_have_names_and_the_sentence_names_the_strongest() -> None:
    view = seen(make_job(dataset={"kind": "Circles", "features": ["x1_squared", "sin_x2"]}))
    frame = Contrib(node="h0", unit=1).look(view)
    assert frame.details["inputs"] == ["x1_squared", "sin_x2"]
    assert frame.reading is not None
    product = array(frame, "product")
    most = int(np.argmax(np.abs(product)))
    assert frame.reading.key == "contrib.bent"
    assert frame.reading.values["name"] == frame.details["inputs"][most]
    assert frame.reading.values["product"] == product[most]


def test_in_single_precision_the_arithmetic_is_exact_for_the_weights_as_they_are() -> None:
    view = seen(preset("mlp-circles"))
    frame = Contrib(node="hidden2", unit=3).look(view)
    total = array(frame, "product").sum() + frame.details["bias"]
    assert abs(total - frame.details["sum"]) < 1e-12


def test_a_unit_of_the_mark_one_has_a_weight_for_each_pixel() -> None:
    view = seen(preset("perceptron-mark1"))
    frame = Contrib().look(view)
    assert len(array(frame, "weight")) == 400
    np.testing.assert_array_equal(array(frame, "weight"), weights(view)["output.weight"][0])
    assert frame.details["inputs"][7] == "pixels.7"


def glimpse(nodes: list[dict[str, Any]], x: torch.Tensor, axes: str) -> View:
    """A view of any network on one example of any shape."""
    document = Graph.model_validate(graph(nodes, tuple(x.shape[1:]), axes))
    split = Split(np.array([0]), {"x": x.numpy(), "y": np.array([0])})
    job = make_job()
    return View(
        job=job.model_copy(update={"graph": document}),
        step=0,
        network=build_network(document, 1).double().eval(),
        inspection=inspect(document),
        examples=Examples(split, split),
        inputs=lambda arrays: {name: torch.from_numpy(array) for name, array in arrays.items()},
        observation=None,
    )


def terms(view: View, path: str, unit: int = 0, place: int | None = None) -> Arithmetic:
    stage = find(view.network, path)
    arrays = view.examples.train.arrays
    return work_out(view, stage, locate(stage, unit, place), view.inputs(arrays))


def test_a_map_of_a_convolution_sees_its_window() -> None:
    x = torch.randn(1, 2, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    view = glimpse([node("conv", "Conv2d", "x", out_channels=3, kernel_size=3)], x, "CHW")
    found = terms(view, "conv", unit=1, place=5)  # row 1, column 1 of 4 × 4
    kernel = view.network.get_parameter("conv.weight").detach()
    bias = view.network.get_parameter("conv.bias").detach()
    np.testing.assert_array_equal(found.weight, kernel[1].reshape(-1).numpy())
    np.testing.assert_array_equal(found.input, x[0, :, 1:4, 1:4].reshape(-1).numpy())
    expected = F.conv2d(x, kernel, bias)[0, 1, 1, 1]
    assert found.sum == pytest.approx(float(expected), abs=1e-12)
    assert found.sources[0] == ("x", 7)


def test_a_unit_at_a_place_of_a_sequence_reads_that_place_alone() -> None:
    x = torch.randn(1, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    view = glimpse([node("lin", "Linear", "x", out_features=4)], x, "TD")
    found = terms(view, "lin", unit=2, place=3)
    np.testing.assert_array_equal(found.input, x[0, 3].numpy())
    np.testing.assert_array_equal(
        found.weight, view.network.get_parameter("lin.weight").detach()[2].numpy()
    )


def test_inputs_that_meet_are_added() -> None:
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    nodes = [
        node("a", "Linear", "x", out_features=3),
        node("b", "Linear", "x", out_features=3),
        node("both", "Add", "a", "b"),
    ]
    found = terms(glimpse(nodes, x, "D"), "both", unit=1)
    assert found.sources == (("a", 1), ("b", 1))
    np.testing.assert_array_equal(found.weight, [1, 1])


def test_a_weight_of_zero_is_a_term_all_the_same() -> None:
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    view = glimpse([node("lin", "Linear", "x", out_features=2)], x, "D")
    with torch.no_grad():
        view.network.get_parameter("lin.weight")[0, 1] = 0
    assert terms(view, "lin").weight[1] == 0
    assert len(terms(view, "lin").weight) == 3


@pytest.mark.parametrize("kind", ["Softmax", "LayerNorm"])
def test_what_does_not_add_up_says_so(kind: str) -> None:
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    with pytest.raises(ProbeError, match="does not simply add up"):
        terms(glimpse([node("odd", kind, "x")], x, "D"), "odd")


def test_what_looks_up_says_so() -> None:
    x = torch.tensor([[1, 2, 0]])
    document = graph(
        [node("table", "Embedding", "x", num_embeddings=4, embedding_dim=2)], (3,), "T"
    )
    document["inputs"]["x"]["dtype"] = "int64"
    view = glimpse([node("id", "Identity", "x")], x.double(), "T")
    parsed = Graph.model_validate(document)
    view = View(**{**vars(view), "network": build_network(parsed), "inspection": inspect(parsed)})
    split = Split(np.array([0]), {"x": x.numpy()})
    view = View(**{**vars(view), "examples": Examples(split, split)})
    with pytest.raises(ProbeError, match="looks things up"):
        terms(view, "table")
