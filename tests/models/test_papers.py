"""The networks of papers at their full size: exact counts, against the literature and against plain torch."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from neurarium_models.depth import depth, unfolded
from neurarium_models.inspect import inspect
from neurarium_models.preset import PRESETS
from tests.models import papers

SHAPES = {
    "alexnet-paper": (3, 227, 227), "squeezenet-paper": (3, 227, 227),
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is published of a network: its parameters, and the layers with weights that its authors count."""

    parameters: int
    depth: int
    billions: float | None
    """Multiply-adds of one picture, thousand millions, as they are printed; none: they are not."""
    oracle: Callable[[], nn.Module]


KNOWN = {
    "alexnet-paper": Known(60_965_224, 8, 0.724, lambda: papers.alexnet((96, 256, 384, 384, 256), 2, 6, 0)),
    "alexnet-one-tower-paper": Known(61_100_840, 8, 0.714, lambda: papers.alexnet((64, 192, 384, 256, 256), 1, 6, 2)),
    "vgg16-paper": Known(138_357_544, 16, 15.47, lambda: papers.vgg((2, 2, 3, 3, 3))),
    "vgg19-paper": Known(143_667_240, 19, 19.63, lambda: papers.vgg((2, 2, 4, 4, 4))),
    "googlenet-paper": Known(6_998_552, 22, 1.58, lambda: papers.googlenet(bn=False)),
    "googlenet-bn-paper": Known(6_624_904, 22, 1.50, lambda: papers.googlenet(bn=True)),
    "resnet18-paper": Known(11_689_512, 18, 1.81, lambda: papers.resnet((2, 2, 2, 2), False)),
    "resnet50-paper": Known(25_557_032, 50, 3.86, lambda: papers.resnet((3, 4, 6, 3), True)),
    "resnet152-paper": Known(60_192_808, 152, 11.3, lambda: papers.resnet((3, 8, 36, 3), True)),
    "squeezenet-paper": Known(1_248_424, 18, None, papers.squeezenet),
    "mobilenet-paper": Known(4_231_976, 28, 0.569, papers.mobilenet),
    "densenet121-paper": Known(7_978_856, 121, 2.83, lambda: papers.densenet((6, 12, 24, 16))),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_counts_are_those_of_the_literature(name: str) -> None:
    known, graph = KNOWN[name], PRESETS[name].graph
    told = inspect(graph)
    assert told.parameters == known.parameters
    if known.billions:
        assert told.flops / 2e9 == pytest.approx(known.billions, rel=0.005)
    assert depth(unfolded(graph)) == known.depth


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_counts_are_those_of_plain_torch(name: str) -> None:
    told = inspect(PRESETS[name].graph)
    with torch.device("meta"):
        network = KNOWN[name].oracle()
        x = torch.empty(1, *SHAPES.get(name, (3, 224, 224)))
    with FlopCounterMode(display=False) as counter:
        y = network(x)
    assert tuple(y.shape) == (1, 1000)
    assert told.parameters == sum(p.numel() for p in network.parameters())
    assert told.flops == counter.get_total_flops()


def test_each_paper_has_its_numbers_in_this_table() -> None:
    counted_elsewhere = {
        "lenet5-paper", "lenet5-dense-paper", "mlp-megapixel-paper", "transformer-base-paper",
    }  # fmt: skip
    assert {name for name in PRESETS if name.endswith("-paper")} == {*KNOWN, *counted_elsewhere}


def test_dense_layers_hold_what_the_summaries_say() -> None:
    vgg = {node.path: node.parameters for node in inspect(PRESETS["vgg16-paper"].graph).nodes}
    assert vgg["fc6"] == 102_764_544
    alexnet = inspect(PRESETS["alexnet-paper"].graph)
    dense = sum(node.parameters for node in alexnet.nodes if node.kind == "Linear")
    assert dense / alexnet.parameters == pytest.approx(0.962, abs=0.001)


def test_a_twin_is_a_pocket_preset() -> None:
    for preset in PRESETS.values():
        if preset.twin:
            assert preset.size == "paper"
            assert PRESETS[preset.twin].size == "pocket"
            assert PRESETS[preset.twin].job
    assert {preset.twin for preset in PRESETS.values()} >= {"alexnet", "vgg", "inception", "resnet"}


def test_the_transformer_is_counted_as_torch_does() -> None:
    """63,082,496 by the paper's formulas, and as many as torch's own layers have; operations as torch counts them."""
    width, wide, words = 512, 2048, 37_000
    attention, feed, norm = 4 * (width**2 + width), 2 * width * wide + wide + width, 2 * width
    blocks = 6 * (attention + feed + 2 * norm) + 6 * (2 * attention + feed + 3 * norm)
    told = inspect(PRESETS["transformer-base-paper"].graph)
    assert told.parameters == words * width + blocks == 63_082_496
    assert told.problems == []
    with torch.device("meta"):
        plain = papers.transformer()
        tokens = torch.empty(1, 32, dtype=torch.int64)
    assert sum(p.numel() for p in plain.parameters()) == told.parameters
    with FlopCounterMode(display=False) as counter:
        answer = plain(tokens, torch.empty(1, 32, dtype=torch.bool, device="meta"), tokens)
    assert tuple(answer.shape) == (1, 32, words)
    assert told.flops == counter.get_total_flops()
