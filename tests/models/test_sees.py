"""What a layer says that a cell depends on is what it depends on: each number that comes in is moved to find out."""

from itertools import product
from typing import Any

import pytest
import torch

from neurarium_models.box import Box, at, clipped, hull, is_empty, rearranged, whole
from neurarium_models.layer import Layer
from neurarium_models.layers import LAYERS
from neurarium_models.tensor import TensorSpec, features
from tests.models.samples import tensor

IMAGE = (features(4, 7, 6, axes="CHW"),)
Specs = tuple[TensorSpec | None, ...]
OTHERS: list[tuple[str, dict[str, Any], Specs]] = [
    ("Conv2d", {"out_channels": 4, "padding": 2, "stride": 2}, IMAGE),
    ("Conv2d", {"out_channels": 6, "dilation": 2, "groups": 2}, IMAGE),
    ("Conv2d", {"out_channels": 2, "kernel_size": 1, "padding": 1, "stride": 3}, IMAGE),
    ("MaxPool2d", {"kernel_size": 3, "stride": 1, "padding": 1}, IMAGE),
    ("AvgPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, IMAGE),
    ("Flatten", {"start_axis": "H"}, IMAGE),
    ("Permute", {"axes": (-1, -3, -2)}, IMAGE),
    ("Select", {"axis": "C", "index": -1}, IMAGE),
    ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}, IMAGE),
    ("ConvTranspose2d", {"out_channels": 1, "kernel_size": 2, "stride": 3}, IMAGE),
    ("GroupNorm", {"num_groups": 2}, IMAGE),
    ("LocalResponseNorm", {"size": 2, "alpha": 1.0}, IMAGE),
    ("AdaptiveAvgPool2d", {"output_size": 3}, IMAGE),
    ("ZeroPad2d", {"padding": 2}, IMAGE),
    ("Concat", {"axis": "C"}, (features(1, 2, 2, axes="CHW"), features(2, 2, 2, axes="CHW"))),
]
CASES = [
    *((kind, {}, example) for kind in LAYERS for example in LAYERS[kind].example_inputs),
    *OTHERS,
]
PLACES = 40
"""Cells of an output that are tried, lying evenly in it."""


def depends(layer: Layer, specs: Specs) -> list[list[torch.Tensor]]:
    """For each input and each of its numbers: which numbers of the output follow when it is moved far."""
    module = layer.build(*specs).eval()
    given = [None if spec is None else tensor(spec, batch=1) for spec in specs]
    for mask in given:
        if mask is not None and mask.dtype == torch.bool:
            mask.fill_(True)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(parameter.abs() + 0.1)

        def run() -> torch.Tensor:
            result = module(*given)
            first: torch.Tensor = result[0] if isinstance(result, tuple) else result
            return first[0].clone()

        before = run()
        found: list[list[torch.Tensor]] = []
        for x in given:
            found.append([])
            for number in range(0 if x is None or not x.is_floating_point() else x.numel()):
                assert x is not None
                flat = x.view(-1)
                old = flat[number].clone()
                moved = torch.zeros_like(before, dtype=torch.bool)
                for value in (-50.0, 0.1, 50.0):
                    flat[number] = value
                    moved |= run() != before
                flat[number] = old
                found[-1].append(moved)
    return found


def seen_from(moved: list[torch.Tensor], index: tuple[int, ...], spec: TensorSpec) -> Box | None:
    """The box around the numbers that a cell follows."""
    cells = [
        at(place)
        for place, follows in zip(product(*map(range, spec.shape)), moved, strict=True)
        if follows[index]
    ]
    return hull(cells) if cells else None


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "settings", "specs"), CASES, ids=str)
def test_a_cell_depends_on_its_box(kind: str, settings: dict[str, Any], specs: Specs) -> None:
    layer = LAYERS[kind].model_validate({"kind": kind, **settings})
    moved = depends(layer, specs)
    output = next(iter(layer.outputs(*specs).values()))
    cells = list(product(*map(range, output.shape)))
    for index in cells[:: max(1, len(cells) // PLACES)]:
        boxes = layer.sees(at(index), True, *specs)
        assert len(boxes) == len(specs)
        for spec, box, follows in zip(specs, boxes, moved, strict=True):
            if spec is None or not follows or box is None:
                continue
            inside = clipped(box, spec)
            assert seen_from(follows, index, spec) == (None if is_empty(inside) else inside)


def test_the_test_would_see_a_window_that_is_off_by_one() -> None:
    layer = LAYERS["Conv2d"].model_validate({"kind": "Conv2d", "out_channels": 2})
    (spec,) = IMAGE
    (moved,) = depends(layer, IMAGE)
    (right,) = layer.sees(at((0, 1, 1)), True, spec)
    assert seen_from(moved, (0, 1, 1), spec) == right
    assert seen_from(moved, (0, 1, 2), spec) != right


def test_boxes_among_rearranged_numbers() -> None:
    image = features(2, 3, 4, axes="CHW")
    assert rearranged(((17, 17),), (24,), image.shape) == ((1, 1), (1, 1), (1, 1))
    assert rearranged(whole(features(24)), (24,), image.shape) == whole(image)
    assert rearranged(((3, 4),), (24,), image.shape) == ((0, 0), (0, 1), (0, 3))
    assert rearranged(((1, 1), (1, 1), (1, 1)), image.shape, (24,)) == ((17, 17),)
