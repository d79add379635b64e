"""Parameters of a layer, as a formula, beside those of a dense layer between the same volumes."""

import torch

from tests.backend.probes.runs import array, make_probe, node
from tests.backend.probes.test_maps import pictures_of


def test_parameters_are_counted_beside_those_of_a_dense_layer() -> None:
    layers = [node("conv", "Conv2d", "x", out_channels=16, kernel_size=5)]
    view = pictures_of(layers, torch.zeros(1, 6, 12, 12, dtype=torch.float64))
    frame = make_probe("count", node="conv").look(view)
    assert array(frame, "parameters").tolist() == [2416, 885_760]
    assert frame.details["formula"] == "16·(6·5·5) + 16"
    assert frame.reading is not None
    assert round(float(frame.reading.values["factor"])) == 367
