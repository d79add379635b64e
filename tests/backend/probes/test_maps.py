"""The arithmetic of maps, cell by cell, against convolutions that are written out here in float64."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from neurarium.optics.cell import locate
from neurarium.optics.field import fields
from neurarium.optics.stage import find, stages
from neurarium.probe import Frame
from neurarium.training.view import View
from tests.backend.probes.runs import array, make_probe, node, preset, seen
from tests.backend.probes.test_contrib import glimpse, terms

PRESETS = ["lenet5", "lenet5-dense-paper", "lenet5-paper"]
MAPS_OF_C3 = [
    *([i, (i + 1) % 6, (i + 2) % 6] for i in range(6)),
    *([i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6] for i in range(6)),
    *([i, (i + 1) % 6, (i + 3) % 6, (i + 4) % 6] for i in range(3)),
    [0, 1, 2, 3, 4, 5],
]
"""Which maps each filter of the paper's C3 sees: its table I."""
IMAGE = torch.randn(1, 4, 9, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
WINDOWS: list[dict[str, Any]] = [
    {"kernel_size": 3},
    {"kernel_size": 5, "padding": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 3, "dilation": 2},
    {"kernel_size": 2, "dilation": 3, "padding": 2, "stride": 2},
    {"kernel_size": 3, "groups": 2, "padding": 1},
    {"kernel_size": 1, "groups": 4, "bias": False},
]


def pictures_of(layers: list[dict[str, Any]], x: Tensor) -> View:
    """A view of a network that is given one picture."""
    view = glimpse(layers, x, "CHW")
    job = view.job.model_copy(update={"dataset": preset("lenet5").dataset})
    return View(**{**vars(view), "job": job})


def kernel_of(kind: str, known: dict[str, Tensor], path: str, channels: int) -> Tensor:
    """The filters of a layer as units × channels × rows × columns, zeros where it does not look."""
    if kind == "AvgPool2d":
        return torch.eye(channels, dtype=torch.float64)[..., None, None].repeat(1, 1, 2, 2) / 4
    weight = known[f"{path}.weight"]
    if kind == "Subsample2d":
        return torch.diag(weight)[..., None, None].repeat(1, 1, 2, 2) / 4
    if kind == "Linear":
        return weight[:, :, None, None]
    if kind == "Conv2d":
        return weight
    dense = torch.zeros(16, 6, 5, 5, dtype=torch.float64)
    rows = iter(weight)
    for unit, maps in enumerate(MAPS_OF_C3):
        for channel in maps:
            dense[unit, channel] = next(rows)
    return dense


BENDS: dict[str, Callable[[Tensor], Tensor]] = {
    "Tanh": torch.tanh,
    "ScaledTanh": lambda x: 1.7159 * torch.tanh(2 * x / 3),
}


@cache
def a_view(name: str) -> View:
    return seen(preset(name), 3)


@cache
def computed(name: str, example: int) -> dict[str, dict[str, Tensor]]:
    """Every sum of maps of a preset for one example: input, kernel, bias, sum and output, by path, in float64."""
    view = a_view(name)
    known = {k: v.detach().double() for k, v in view.network.state_dict().items()}
    x = torch.from_numpy(view.examples.validation.arrays["x"][example]).double()
    found: dict[str, dict[str, Tensor]] = {}
    last = ""
    for place in view.network.places:
        kind, path = place.layer.kind, place.path
        if kind in BENDS:
            x = found[last]["output"] = BENDS[kind](x)
        elif kind == "Flatten":
            x = x.reshape(-1)
        elif kind != "CodeDistance":
            last = path
            maps = x.reshape(len(x), 1, 1) if x.ndim == 1 else x
            kernel = kernel_of(kind, known, path, len(maps))
            bias = known.get(f"{path}.bias", torch.zeros(len(kernel), dtype=torch.float64))
            step = 2 if kind in ("AvgPool2d", "Subsample2d") else 1
            total = F.conv2d(maps[None], kernel, bias, stride=step)[0]
            x = total.reshape(-1) if x.ndim == 1 else total
            found[path] = {
                "input": maps, "kernel": kernel, "bias": bias, "sum": total, "output": x,
                "step": torch.tensor(step),
            }  # fmt: skip
    return found


def draw(name: str, count: int) -> Iterator[tuple[int, str, int, int]]:
    """Cells of all stages that add up maps, each stage as often as the others."""
    generator = np.random.default_rng(7)
    known = computed(name, 0)
    paths = [path for path in known if path != "output"]  # it reads plain numbers
    for number in range(count):
        path = paths[number % len(paths)]
        units, rows, columns = known[path]["sum"].shape
        example = int(generator.integers(4))
        yield example, path, int(generator.integers(units)), int(generator.integers(rows * columns))


def look(view: View, example: int, path: str, unit: int, place: int) -> Frame:
    pinned = int(view.examples.validation.ids[example])
    probe = make_probe("contrib", node=path, unit=unit, place=place, example=pinned)
    return probe.look(view)


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def agree(frame: Frame, truth: dict[str, Tensor], unit: int, place: int) -> None:
    """Compare every number of a frame with a window of the picture times a filter."""
    _, rows, columns = truth["sum"].shape
    row, column = divmod(place, columns)
    assert row < rows
    kernel, step = truth["kernel"][unit].numpy(), int(truth["step"])
    used = [channel for channel in range(len(kernel)) if kernel[channel].any()]
    facts = frame.details["patches"]
    assert [fact["channel"] for fact in facts] == used
    high, wide = kernel.shape[1:]
    for number, fact in enumerate(facts):
        assert fact["rows"] == tuple(range(row * step, row * step + high))
        assert fact["columns"] == tuple(range(column * step, column * step + wide))
        terms_ = slice(fact["start"], fact["start"] + high * wide)
        window = truth["input"][fact["channel"]][np.ix_(fact["rows"], fact["columns"])].numpy()
        weight = kernel[fact["channel"]]
        for what, expected in (("input", window), ("weight", weight), ("product", window * weight)):
            close(array(frame, what)[terms_], expected.reshape(-1))
        part = array(frame, "part")[number]
        close(part, (window * weight).sum())
    assert len(array(frame, "product")) == len(facts) * high * wide
    details = frame.details
    close(details["bias"], truth["bias"][unit])
    close(details["sum"], truth["sum"][unit, row, column])
    close(details["output"], truth["output"].reshape(truth["sum"].shape)[unit, row, column])
    assert abs(array(frame, "part").sum() + details["bias"] - details["sum"]) < 1e-12


def judge(name: str, count: int) -> None:
    view = a_view(name)
    for example, path, unit, place in draw(name, count):
        agree(look(view, example, path, unit, place), computed(name, example)[path], unit, place)


@pytest.mark.parametrize("name", PRESETS)
def test_cells_are_sums_of_patches_times_filters(name: str) -> None:
    judge(name, 42)


@pytest.mark.bars
@pytest.mark.parametrize("name", PRESETS)
def test_five_hundred_cells_are_sums_of_patches_times_filters(name: str) -> None:
    judge(name, 500)


def test_a_wrong_filter_is_noticed() -> None:
    view = a_view("lenet5")
    truth = computed("lenet5", 0)["conv2"]
    frame = look(view, 0, "conv2", 3, 17)
    agree(frame, truth, 3, 17)
    with pytest.raises(AssertionError):
        agree(frame, truth, 4, 17)
    with pytest.raises(AssertionError):
        agree(frame, truth, 3, 18)


@pytest.mark.slow
@pytest.mark.parametrize("settings", WINDOWS, ids=str)
def test_every_cell_of_a_window_with_padding_stride_dilation_and_groups(
    settings: dict[str, Any],
) -> None:
    layers = [node("conv", "Conv2d", "x", out_channels=4, **settings)]
    view = pictures_of(layers, IMAGE)
    known = {name: value.detach() for name, value in view.network.named_parameters()}
    weight, groups = known["conv.weight"], settings.get("groups", 1)
    how = {
        key: settings.get(key, none)
        for key, none in (("dilation", 1), ("padding", 0), ("stride", 1))
    }
    expected = F.conv2d(IMAGE, weight, known.get("conv.bias"), groups=groups, **how)[0]
    of_group = 4 // groups
    columns = F.unfold(IMAGE, settings["kernel_size"], **how)[0]  # (channels · window) × places
    windows = columns.reshape(4, -1, columns.shape[1])
    for unit in range(4):
        first = unit * groups // 4 * of_group
        for place in range(columns.shape[1]):
            found = terms(view, "conv", unit, place)
            kernel = weight[unit].reshape(of_group, -1)
            parts = (windows[first : first + of_group, :, place] * kernel).sum(1)
            inside = {
                patch.channel: part for patch, part in zip(found.patches, found.parts, strict=True)
            }
            for channel, part in enumerate(parts, first):
                assert inside.get(channel, 0.0) == pytest.approx(float(part), abs=1e-12)
            assert set(inside) <= set(range(first, first + of_group))
            assert found.sum == pytest.approx(float(expected[unit].reshape(-1)[place]), abs=1e-12)


def test_the_largest_number_of_a_window_wins() -> None:
    layers = [node("pool", "MaxPool2d", "x", kernel_size=3, stride=2, padding=1)]
    view = pictures_of(layers, IMAGE)
    expected, where = F.max_pool2d(IMAGE, 3, 2, 1, return_indices=True)
    for unit in range(4):
        for place in range(expected[0, unit].numel()):
            frame = make_probe("contrib", node="pool", unit=unit, place=place).look(view)
            (patch,) = frame.details["patches"]
            assert patch["channel"] == unit
            assert frame.details["winner"] == divmod(int(where[0, unit].reshape(-1)[place]), 8)
            assert frame.details["sum"] == float(expected[0, unit].reshape(-1)[place])
            assert array(frame, "input").max() == frame.details["sum"]
            assert len(array(frame, "input")) == len(patch["rows"]) * len(patch["columns"]) > 1


TOWER = [
    node("a", "Conv2d", "x", out_channels=4, kernel_size=3, padding=1),
    node("a_tanh", "Tanh", "a"),
    node("pool", "AvgPool2d", "a_tanh", kernel_size=2),
    node("b", "Conv2d", "pool", out_channels=4, kernel_size=3, stride=2, padding=2, groups=2),
    node("b_tanh", "Tanh", "b"),
    node("c", "Conv2d", "b_tanh", out_channels=3, kernel_size=2, dilation=2, padding=1),
    node("both", "Concat", "c", "c", axis="C"),
    node("row", "Flatten", "both"),
    node("dense", "Linear", "row", out_features=2),
]
"""Windows with padding, stride, dilation and groups; two ways that meet; numbers laid out in a row."""


def box_of(slope: Tensor) -> tuple[int, int, int, int] | None:
    """Rows and columns around all that is not zero."""
    rows, columns = (slope.abs().sum(0).sum(axis).nonzero().reshape(-1) for axis in (1, 0))
    if not len(rows):
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]), int(columns[-1])


def one_hot(view: View) -> None:
    """Give every weight one value, so that nothing cancels, and bias none."""
    with torch.no_grad():
        for name, value in view.network.named_parameters():
            value.fill_(0.0 if name.endswith("bias") else 1 / value[0].numel())


def compare_fields(view: View, path: str, unit: int, place: int) -> int:
    """Propagate one cell's box, back-propagate the cell; return how many tensors were compared."""
    network, stage = view.network, find(view.network, path)
    cell = locate(stage, unit, place)
    known = stages(network)
    zeros = {
        name: torch.zeros(1, *spec.shape, dtype=torch.float64)
        for name, spec in network.graph.inputs.items()
    }
    leaves = {name: value.requires_grad_() for name, value in zeros.items()}
    before = known[: known.index(stage)]
    _, taps = network.tapped(leaves, [stage.path, *(each.end for each in before), *leaves])
    places = {**{each.path: taps[each.end] for each in before}, **leaves}
    slopes = torch.autograd.grad(
        taps[stage.path][(0, *cell.index)], list(places.values()), allow_unused=True
    )
    found = fields(network, stage, cell)
    compared = 0
    for (name, tensor), slope in zip(places.items(), slopes, strict=True):
        if tensor.ndim == 4:
            window = found[name].window if name in found else None
            assert window == (None if slope is None else box_of(slope[0])), (
                path,
                unit,
                place,
                name,
            )
            compared += 1
    return compared


def test_fields_are_those_of_a_cell_that_is_sent_back() -> None:
    view = pictures_of(TOWER, torch.zeros(1, 2, 13, 12, dtype=torch.float64))
    one_hot(view)
    compared = 0
    for stage in stages(view.network):
        units = stage.spec.shape[0]
        cells = stage.spec.size // units
        for place in range(cells):
            compared += compare_fields(view, stage.path, place % units, place)
    assert compared > 400


@pytest.mark.parametrize("name", ["lenet5", "lenet5-paper"])
def test_fields_of_the_presets_are_those_of_a_cell_that_is_sent_back(name: str) -> None:
    view = seen(preset(name, precision="float64"), 1)
    one_hot(view)
    generator = np.random.default_rng(1)
    for stage in stages(view.network):
        if stage.spec.axes == ("C", "H", "W"):
            cells = stage.spec.shape[1] * stage.spec.shape[2]
            for place in generator.integers(cells, size=6).tolist():
                compare_fields(
                    view, stage.path, int(generator.integers(stage.spec.shape[0])), place
                )


def test_the_sizes_of_the_fields_of_lenet_are_those_of_the_books() -> None:
    view = a_view("lenet5")
    sizes = {}
    for path in ("conv1", "pool1", "conv2", "pool2", "conv3"):
        frame = make_probe("rf", node=path).look(view)
        sizes[path] = frame.details["windows"]["x"]["size"]
    assert sizes == {
        "conv1": (5, 5),
        "pool1": (6, 6),
        "conv2": (14, 14),
        "pool2": (16, 16),
        "conv3": (32, 32),
    }


def test_pixels_outside_of_the_field_move_nothing() -> None:
    view = a_view("lenet5")
    frame = make_probe("rf", node="conv2", unit=6, place=34).look(view)
    slope = array(frame, "slope", "x")
    top, left, bottom, right = frame.details["windows"]["x"]["window"]
    inside = np.zeros_like(slope, dtype=bool)
    inside[top : bottom + 1, left : right + 1] = True
    assert not slope[~inside].any()
    assert (slope[inside] > 0).mean() > 0.9


@pytest.mark.parametrize("name", PRESETS)
def test_filters_are_those_of_the_layer(name: str) -> None:
    view = a_view(name)
    for path, truth in computed(name, 0).items():
        kernel = truth["kernel"].numpy()
        if kernel.shape[-1] != 5:
            continue
        frame = make_probe("filter", node=path).look(view)
        shown = kernel[:32, :32]
        np.testing.assert_allclose(array(frame, "weight"), shown, atol=1e-6)
        np.testing.assert_array_equal(array(frame, "connected"), shown.any((2, 3)))
        assert frame.details["units"] == kernel.shape[0]


def test_filters_of_windows_in_wide_paddings_are_whole() -> None:
    layers = [
        node("conv", "Conv2d", "x", out_channels=2, kernel_size=5, padding=4, stride=3, dilation=2)
    ]
    view = pictures_of(layers, torch.zeros(1, 3, 4, 4, dtype=torch.float64))
    frame = make_probe("filter", node="conv").look(view)
    weight = view.network.get_parameter("conv.weight").detach().numpy()
    np.testing.assert_allclose(array(frame, "weight"), weight, atol=1e-12)


def test_gradients_and_history_of_filters_are_those_of_the_parameters() -> None:
    view = a_view("lenet5")
    assert view.observation is not None
    frame = make_probe("filter", node="conv2", unit=3).look(view)
    for name, told in (("grad", view.observation.gradients), ("update", view.observation.updates)):
        np.testing.assert_allclose(array(frame, name)[0], told["conv2.weight"][3], atol=1e-9)
    past = make_probe("history", node="conv2", unit=3).look(view)
    assert past.details["window"] == [5, 5]
    now = view.network.get_parameter("conv2.weight").detach()[3].reshape(-1)
    np.testing.assert_allclose(array(past, "weight")[-1], now, atol=1e-7)


def test_what_excites_a_map_most_is_found_by_looking_at_all() -> None:
    view = a_view("lenet5")
    frame = make_probe("excite", node="conv2", unit=5, most=100_000).look(view)
    everything = np.concatenate(
        [s.arrays["x"] for s in (view.examples.train, view.examples.validation)]
    )
    ids = np.concatenate([view.examples.train.ids, view.examples.validation.ids])
    with torch.no_grad():
        _, taps = view.network.tapped({"x": torch.from_numpy(everything)}, ["conv2_tanh"])
    maps = taps["conv2_tanh"][:, 5].reshape(len(ids), -1).numpy()
    order = np.argsort(-maps.max(1), kind="stable")[:9]
    np.testing.assert_allclose(array(frame, "peak"), maps.max(1)[order], atol=1e-6)
    assert array(frame, "height").sum() == maps.size
    assert frame.details["silent"] == pytest.approx((maps.max(1) <= 0).mean())
    assert frame.details["seen"] == frame.details["total"] == len(ids)
    best = int(array(frame, "id")[0])
    image = everything[list(ids).index(best)]
    top, left, bottom, right = frame.details["windows"][0]
    np.testing.assert_array_equal(
        array(frame, "patch")[0], image[:, top : bottom + 1, left : right + 1]
    )
