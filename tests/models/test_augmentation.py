"""Images are turned, shifted and scaled as said, each by itself, and only while training."""

import math

import pytest
import torch

from neurarium_models import modules
from neurarium_models.layers.augmentation import RandomAffine
from neurarium_models.tensor import features

IMAGES = torch.rand(5, 2, 6, 6, dtype=torch.float64)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_quarter_turn_is_a_quarter_turn(quarters: int) -> None:
    angle = torch.tensor(quarters * math.pi / 2, dtype=torch.float64)
    matrix = torch.stack(
        (angle.cos(), -angle.sin(), 0 * angle, angle.sin(), angle.cos(), 0 * angle)
    )
    turned = modules.warp(IMAGES, matrix.view(1, 2, 3).expand(5, 2, 3))
    torch.testing.assert_close(turned, torch.rot90(IMAGES, quarters, (2, 3)))


def test_a_shift_by_one_pixel_repeats_the_edge() -> None:
    matrix = torch.tensor([[1.0, 0.0, 2 / 6], [0.0, 1.0, 0.0]], dtype=torch.float64)
    shifted = modules.warp(IMAGES, matrix.expand(5, 2, 3))
    torch.testing.assert_close(shifted[..., :-1], IMAGES[..., 1:])
    torch.testing.assert_close(shifted[..., -1], IMAGES[..., -1])


def test_each_image_is_moved_within_the_bounds_and_otherwise_than_the_others() -> None:
    layer = RandomAffine(degrees=20, translate=0.25, scale=0.5)
    module = layer.build(features(2, 6, 6, axes="CHW"))
    assert isinstance(module, modules.RandomAffine)
    matrices = module.draw(torch.zeros(4000, 2, 6, 6))
    size = matrices[:, :, :2].det().rsqrt()
    angle = torch.rad2deg(torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    for drawn, least, most in (
        (size, 0.5, 1.5),
        (angle, -20, 20),
        (matrices[:, 0, 2], -0.5, 0.5),
        (matrices[:, 1, 2], -0.5, 0.5),
    ):
        width = most - least
        assert least <= drawn.min() < least + 0.01 * width
        assert most - 0.01 * width < drawn.max() <= most + 1e-5


def test_in_use_everything_passes() -> None:
    module = RandomAffine().build(features(2, 6, 6, axes="CHW"))
    assert not torch.equal(module.train()(IMAGES), IMAGES)
    assert torch.equal(module.eval()(IMAGES), IMAGES)
