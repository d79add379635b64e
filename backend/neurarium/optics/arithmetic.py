"""The sum of one unit, term by term, in float64: for every layer that multiplies, adds, averages or picks.

Weights are taken as derivatives of the sum by each input, so that no layer needs to be known here. They are the true
terms wherever products and the value at zero add up to the sum, which is tested.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call

from neurarium.optics.cell import Cell
from neurarium.optics.field import window_of
from neurarium.optics.passes import Tensors, evaluating, see
from neurarium.optics.patch import Patch, patches
from neurarium.optics.stage import Stage, home, slopes
from neurarium.probe import ProbeError
from neurarium.training.view import View
from neurarium_models.box import clipped
from neurarium_models.layout import Place

if TYPE_CHECKING:
    from neurarium_models.network import Network

Row = NDArray[np.float64]
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """Inputs and weights of a unit; their products and the bias add up to the sum."""

    input: Row
    weight: Row
    product: Row
    sources: tuple[tuple[str, int], ...]
    """Where each input comes from: a stage or graph input, and which of its numbers."""
    patches: tuple[Patch, ...]
    """The same terms as windows of maps, if that is what they are."""
    bias: float
    sum: float
    output: float
    slope: float
    """Of the activation, at the sum."""

    @property
    def parts(self) -> Row:
        """Add up the products of each patch."""
        return np.array([patch.cells(self.product).sum() for patch in self.patches])


def work_out(view: View, stage: Stage, cell: Cell, batch: Tensors) -> Arithmetic:
    """Write out how a stage comes to one number for one example."""
    first = stage.nodes[0]
    _, taps = see(view, batch, stage.sources)
    given = [None if value is None else taps[value.source].cpu() for value in first.values]
    if any(value is not None and not value.is_floating_point() for value in given):
        raise ProbeError(
            f"`{stage.path}` ({first.layer.kind}) looks things up; it does not add up its inputs."
        )
    with evaluating(view.network):
        terms = _Terms(view.network.get_submodule(first.path), given, cell)
        inputs, weights, connected = terms.inputs(), terms.weights(), terms.connected()
        bias, expected = terms.value(at_zero=True), terms.value(at_zero=False)
    chosen = connected | _windows(stage, cell) if _spread(first) else np.ones_like(connected)
    products = inputs * weights
    total = float(products[chosen].sum() + bias)
    if not abs(total - expected) <= TOLERANCE * (1 + abs(expected) + np.abs(products).sum()):
        raise ProbeError(f"`{stage.path}` ({first.layer.kind}) does not simply add up its inputs.")
    sums = torch.tensor([total], dtype=torch.float64)
    with torch.no_grad():
        output = float(stage.bend(view.network, sums))
    return Arithmetic(
        input=inputs[chosen],
        weight=weights[chosen],
        product=products[chosen],
        sources=tuple(
            source for source, keep in zip(_names(view.network, first), chosen, strict=True) if keep
        ),
        patches=patches(view.network, first, chosen),
        bias=bias,
        sum=total,
        output=output,
        slope=float(slopes(view.network, stage, sums)),
    )


class _Terms:
    """One layer in float64 on the CPU, as a function of its inputs."""

    def __init__(self, module: nn.Module, given: list[Tensor | None], cell: Cell) -> None:
        self.module = module
        self.given = [
            None if value is None else value.detach().double().requires_grad_() for value in given
        ]
        self.index = (0, *cell.index)
        self.tensors = {
            name: value.detach().cpu().double()
            if value.is_floating_point()
            else value.detach().cpu()
            for name, value in (*module.named_parameters(), *module.named_buffers())
        }

    def inputs(self) -> Row:
        return _flat(self.given)

    def value(self, at_zero: bool) -> float:
        given = [None if x is None else torch.zeros_like(x) if at_zero else x for x in self.given]
        return float(self._call(self.tensors, given).detach())

    def weights(self) -> Row:
        return self._differentiate(self.tensors)

    def connected(self) -> NDArray[np.bool_]:
        """Find the inputs that the cell depends on, whatever the weights are."""
        parameters = {name for name, _ in self.module.named_parameters()}
        ones = {
            name: torch.ones_like(value) if name in parameters else value
            for name, value in self.tensors.items()
        }
        found: NDArray[np.bool_] = self._differentiate(ones) != 0
        return found

    def _call(self, tensors: Tensors, given: list[Tensor | None]) -> Tensor:
        result = functional_call(self.module, tensors, tuple(given))
        first: Tensor = result[0] if isinstance(result, tuple) else result
        return first[self.index]

    def _differentiate(self, tensors: Tensors) -> Row:
        present = [x for x in self.given if x is not None]
        with torch.enable_grad():
            value = self._call(tensors, self.given)
        return _flat(torch.autograd.grad(value, present, allow_unused=True, materialize_grads=True))


def _flat(tensors: "list[Tensor | None] | tuple[Tensor, ...]") -> Row:
    rows = [x.detach().reshape(-1).numpy() for x in tensors if x is not None]
    return np.concatenate(rows)


def _spread(place: Place) -> bool:
    """Whether a unit sees only a part of what comes in: a window, a place in a sequence, one number of many."""
    return not place.layer.parameter_shapes(*place.specs) or any(
        spec is not None and len(spec.shape) > 1 for spec in place.specs
    )


def _windows(stage: Stage, cell: Cell) -> NDArray[np.bool_]:
    """Mark what a cell without weights looks at, though it may take up one number of it alone (the largest)."""
    first = stage.nodes[0]
    learns = bool(first.layer.parameter_shapes(*first.specs))
    marked = []
    for spec, box in zip(first.specs, window_of(stage, cell), strict=True):
        if spec is not None:
            mask = np.zeros(spec.shape, dtype=np.bool_)
            if box is not None and not learns:
                inside = clipped(box, spec)
                mask[tuple(slice(low, high + 1) for low, high in inside)] = True
            marked.append(mask.reshape(-1))
    return np.concatenate(marked)


def _names(network: "Network", place: Place) -> list[tuple[str, int]]:
    return [
        (home(network, value.source), number)
        for value in place.values
        if value is not None and value.spec is not None
        for number in range(value.spec.size)
    ]
