"""Networks with which torch itself would end the process: here they train, in a process of their own."""

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from neurarium_models.layers import normalisation as layers
from neurarium_models.layers.convolution import Conv2d
from neurarium_models.modules import GroupNorm, SteppingConv2d
from neurarium_models.tensor import features

PROGRAM = """
import os, sys
import torch
from torch import nn
from neurarium_models import modules

def last(*shape):
    n, c, h, w = shape  # the channels of a pixel lie side by side, even if there is one
    return torch.rand(n, h, w, c).permute(0, 3, 1, 2).as_strided(shape, (c * h * w, 1, w * c, c))

def train(module, *shape):
    for _ in range(8):
        module(last(*shape)).square().mean().backward()

def end_of(module, *shape):
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        train(module, *shape)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

torch.set_num_threads(1)
print(end_of(nn.GroupNorm(2, 4), 5, 4, 8, 8))
for channels in (1, 4):
    train(modules.GroupNorm(1, channels), 5, channels, 8, 8)
for channels in (1, 3, 7):
    train(modules.SteppingConv2d(channels, 38, 1, 2), 64, channels, 16, 16)
print("alive")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_they_train() -> None:
    """With a negative control that holds for every processor: torch's own group norm ends its process."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    control, alive = done.stdout.split()
    assert int(control) < 0
    assert alive == "alive"


def trained(module: nn.Module, x: Tensor) -> list[Tensor]:
    """What comes out, and all gradients."""
    y = module(x)
    y.sin().sum().backward()
    return [y.detach(), *(each.grad for each in module.parameters() if each.grad is not None)]


@pytest.mark.parametrize("stride", [2, 3])
def test_a_stepping_convolution_is_that_of_torch(stride: int) -> None:
    image = features(3, 9, 7, axes="CHW")
    layer = Conv2d(kernel_size=1, stride=stride, out_channels=5)
    ours = layer.build(image).double()
    assert isinstance(ours, SteppingConv2d)
    theirs = nn.Conv2d(3, 5, 1, stride).double()
    theirs.load_state_dict(ours.state_dict())
    x = torch.rand(2, 3, 9, 7, dtype=torch.float64)
    torch.testing.assert_close(trained(ours, x), trained(theirs, x))


def test_only_what_needs_it_steps() -> None:
    for channels, changes in ((3, {"stride": 1}), (3, {"kernel_size": 3}), (16, {})):
        layer = Conv2d.model_validate({"kernel_size": 1, "stride": 2, **changes})
        assert type(layer.build(features(channels, 8, 8, axes="CHW"))) is nn.Conv2d


@pytest.mark.parametrize("learns", [True, False])
def test_a_group_norm_is_that_of_torch(learns: bool) -> None:
    ours = layers.GroupNorm(num_groups=2).build(features(4, 5, 3, axes="CHW")).double()
    assert isinstance(ours, GroupNorm)
    theirs = nn.GroupNorm(2, 4).double()
    x = torch.rand(2, 4, 5, 3, dtype=torch.float64, requires_grad=learns)
    torch.testing.assert_close(trained(ours, x), trained(theirs, x))
