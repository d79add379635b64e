"""The filters of a stage whose window slides over maps, as small pictures, whatever its parameters look like.

A filter is the derivative of a cell by its window: the layer is asked about a picture that is just as large as one
window, so that this costs the same for every image.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from neurarium.optics.passes import evaluating
from neurarium.optics.patch import IMAGE, origin
from neurarium.optics.stage import Stage
from neurarium.probe import ProbeError
from neurarium_models.box import at

if TYPE_CHECKING:
    from neurarium_models.network import Network

TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Kernels:
    """Filters of some units."""

    source: str
    """Where the maps come from that they look at."""
    weight: NDArray[np.float64]
    """Units × channels × rows × columns."""
    connected: NDArray[np.bool_]
    """Units × channels: whether a unit looks at a channel at all."""


def has_kernels(stage: Stage) -> bool:
    """Say whether a stage makes maps of maps by windows of learned numbers."""
    first = stage.nodes[0]
    (spec, *others) = first.specs or (None,)
    if (
        spec is None
        or others
        or spec.axes != IMAGE
        or first.layer.outputs(spec)["output"].axes != IMAGE
    ):
        return False
    return any(len(shape) > 2 for shape in first.layer.parameter_shapes(spec).values())


def kernels(
    network: "Network",
    stage: Stage,
    units: Sequence[int],
    tensors: Mapping[str, Tensor] | None = None,
) -> Kernels:
    """Find the filters of some units, as they are or as they would be with other parameters (by their full names)."""
    if not has_kernels(stage):
        raise ProbeError(
            f"The stage `{stage.path}` has no filters: it slides no window of weights over maps."
        )
    first = stage.nodes[0]
    module = network.get_submodule(first.path)
    named = dict(module.named_parameters())
    now = {
        name: (tensors or {}).get(f"{first.path}.{name}", parameter).detach().cpu().double()
        for name, parameter in named.items()
    }
    rest = {
        name: buffer.detach().cpu().double() if buffer.is_floating_point() else buffer.cpu()
        for name, buffer in module.named_buffers()
    }
    spot, shape = _spot(stage)
    ones = {name: torch.ones_like(value) for name, value in now.items()}
    with evaluating(network):
        weight = _slopes(module, {**now, **rest}, units, spot, shape)
        looks = _slopes(module, {**ones, **rest}, units, spot, shape) != 0
    rows, columns = (np.flatnonzero(looks.any(axis=other)) for other in ((0, 1, 3), (0, 1, 2)))
    return Kernels(
        origin(network, stage.sources[0])[0],
        weight[:, :, rows][:, :, :, columns],
        looks.any(axis=(2, 3)),
    )


def _spot(stage: Stage) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """Find the first cell whose window lies wholly in a picture, and the least picture that holds that window."""
    first = stage.nodes[0]
    number = 0
    while True:
        (box,) = first.layer.sees(at((0, number, number)), False, *first.specs)
        if box is None:
            raise ProbeError(f"The stage `{stage.path}` sees whole pictures, so it has no filters.")
        _, rows, columns = box
        (channels,) = (spec.shape[0] for spec in first.specs if spec is not None)
        if rows[0] >= 0 and columns[0] >= 0:
            return (number, number), (channels, rows[1] + 1, columns[1] + 1)
        number += 1


def _slopes(
    module: torch.nn.Module,
    tensors: dict[str, Tensor],
    units: Sequence[int],
    spot: tuple[int, int],
    shape: tuple[int, int, int],
) -> NDArray[np.float64]:
    x = torch.zeros(1, *shape, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        cells = functional_call(module, tensors, (x,))[0, list(units), spot[0], spot[1]]
        (found,) = torch.autograd.grad(
            cells, x, torch.eye(len(units), dtype=torch.float64), is_grads_batched=True
        )
    slopes: NDArray[np.float64] = found[:, 0].numpy()
    return slopes
