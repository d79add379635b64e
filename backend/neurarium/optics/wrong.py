"""The slopes that wrong backwards make of single wires of a small network."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from neurarium.capture.hold import Hold
from neurarium.capture.reckon import Instead, Numbers
from neurarium.capture.scalars import ScalarGraph
from neurarium.training.backward import Backward, Call
from neurarium.training.view import View


def wrong_slopes(view: View, graph: ScalarGraph) -> dict[str, Instead]:
    """Find the layers with a wrong backward, and how to compute their slopes."""
    grips = Hold(view.job).grips
    return {
        path: _instead(graph, path, view.network.get_submodule(path), grip.backward)
        for path, grip in grips.items()
        if grip.backward is not None
    }


def _instead(graph: ScalarGraph, path: str, module: nn.Module, backward: Backward) -> Instead:
    layer = _Layer(graph, path, module, backward)
    return layer.dense if layer.products else layer.bent


class _Layer:
    """The numbers of one layer, and its module in double precision."""

    def __init__(
        self, graph: ScalarGraph, path: str, module: nn.Module, backward: Backward
    ) -> None:
        places = {scalar.id: place for place, scalar in enumerate(graph.scalars)}
        mine = [scalar for scalar in graph.scalars if scalar.node == path]
        self.products = {scalar.id: scalar for scalar in mine if scalar.role == "product"}
        self.outputs = [places[s.id] for s in mine if s.op and s.role != "product"]
        self.edges = [
            (number, places[edge.source], places[edge.to])
            for number, edge in enumerate(graph.edges)
            if graph.scalars[places[edge.to]] in mine
        ]
        self.scalars = graph.scalars
        self.module = module
        self.backward = backward

    def bent(self, values: Numbers, _: Numbers) -> Mapping[int, float]:
        """Of an activation: what it sends back of a gradient of 1."""
        x = _row(values, [source for _, source, _ in self.edges])
        y = _row(values, [to for _, _, to in self.edges])
        sent = self.backward.back(Call(self.module, torch.ones_like(y), y, [x], {}))
        slopes = sent[0].reshape(-1).tolist()
        return {edge: slope for (edge, *_), slope in zip(self.edges, slopes, strict=True)}

    def dense(self, values: Numbers, gradients: Numbers) -> Mapping[int, float]:
        """Of a dense layer: what each unit sends to each input, and what weights and biases get for this gradient."""
        units = len(self.outputs)
        parameters = {n: v.detach().cpu().double() for n, v in self.module.named_parameters()}
        y, g = _row(values, self.outputs), _row(gradients, self.outputs)
        x = self._inputs(values, len(parameters["weight"][0]))
        alone = Call(
            self.module,
            torch.eye(units).to(g),
            y.expand(units, -1),
            [x.expand(units, -1)],
            parameters,
        )
        sent = self.backward.back(alone)[0]
        learned = self.backward.back(Call(self.module, g, y, [x], parameters))
        slopes = {}
        for edge, source, to in self.edges:
            scalar, at = self.scalars[source], self.scalars[to].index
            if scalar.parameter and len(scalar.index) == len(at):
                name = "weight" if len(at) > 1 else "bias"
                arrived = float(g[0, at[0]])
                if arrived:
                    slopes[edge] = float(learned[name][tuple(at)]) / arrived
            elif not scalar.parameter and self.scalars[to].id in self.products:
                slopes[edge] = float(sent[at[0], at[1]])
        return slopes

    def _inputs(self, values: Numbers, count: int) -> Tensor:
        first = list(self.products.values())[:count]
        ids = {scalar.id: place for place, scalar in enumerate(self.scalars)}
        return _row(values, [ids[scalar.inputs[1]] for scalar in first])


def _row(numbers: Numbers, places: list[int]) -> Tensor:
    return torch.tensor([[numbers[place] for place in places]], dtype=torch.float64)
