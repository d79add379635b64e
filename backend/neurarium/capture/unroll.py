"""A network of dense layers written out number by number, from its document alone: nothing is built."""

from typing import NamedTuple

from neurarium.capture.hold import Hold
from neurarium.capture.naming import layer_names, numbered
from neurarium.capture.scalars import MAXIMUM_SCALARS, ScalarRole, ScalarsError, ScalarSymbol
from neurarium.capture.sketch import Dense, Number, Sketch
from neurarium.training.tamper import CutEdge, CutWeight
from neurarium_models.graph import Graph
from neurarium_models.layers.activation import ELU, GELU, LeakyReLU
from neurarium_models.layers.linear import Linear
from neurarium_models.layout import Place, lay_out

CURVES = {
    "Tanh": "tanh",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "Sigmoid": "sigmoid",
    "SiLU": "silu",
    "GELU": "gelu",
    "ELU": "elu",
    "Step": "step",
    "ScaledTanh": "scaled_tanh",
}
"""Layers that bend each number by itself."""
PASSING = ("Identity", "Flatten", "Dropout", "Concat")
"""Layers that hand numbers on as they are, outside of training."""
JOINING = {"Add": "add", "Multiply": "mul"}
"""Layers that join numbers at the same place."""


class Wire(NamedTuple):
    """A number where somebody may read it."""

    number: Number
    factor: float
    """By what tampering multiplies what flows back to it, between there and where it comes from."""


def unroll(graph: Graph, hold: Hold) -> Sketch:
    """Write a network out, or raise ScalarsError saying why that is not done."""
    if len(graph.outputs) != 1:
        raise ScalarsError(
            f"Number by number, networks of one output are drawn; this one has {len(graph.outputs)}. Look at the graph "
            "of tensors."
        )
    places = lay_out(graph, fold=False).places
    for place in places:
        _check(place)
    _check_size(graph, places)
    return _Unrolling(graph, places, hold).run()


def _check(place: Place) -> None:
    """Refuse what is not made of single numbers."""
    kind = place.layer.kind
    flat = all(spec is not None and len(spec.shape) == 1 for spec in place.specs)
    if kind in ("Flatten", "Identity", "Dropout") or (
        flat and (kind == "Linear" or kind in CURVES or kind in PASSING)
    ):
        return
    if flat and kind in JOINING and len({spec.shape for spec in place.specs if spec}) == 1:
        return
    raise ScalarsError(
        f"Only dense layers and activation functions on vectors are drawn number by number; `{place.path}` is "
        f"{kind}. Look at the graph of tensors."
    )


def _check_size(graph: Graph, places: list[Place]) -> None:
    """Refuse what would be too much to look at, before it is written out."""
    count = sum(spec.size for spec in graph.inputs.values())
    for place in places:
        size = sum(spec.size for spec in place.outputs.values())
        if isinstance(place.layer, Linear):
            shapes = _shapes(place)
            units, inputs = shapes["weight"]
            count += 2 * units * inputs + units * len(shapes)
        elif place.layer.kind not in PASSING:
            count += size
    check_count(count)


def check_count(count: int) -> None:
    """Refuse what would be too many numbers."""
    if count > MAXIMUM_SCALARS:
        raise ScalarsError(
            f"Number by number this network would be {count:,} boxes; up to {MAXIMUM_SCALARS} are drawn. "
            "Look at the graph of tensors, or take fewer units."
        )


class _Unrolling:
    """The walk through a network, layer after layer."""

    def __init__(self, graph: Graph, places: list[Place], hold: Hold) -> None:
        self.graph = graph
        self.places = places
        self.hold = hold
        self.sketch = Sketch()
        self.flow: dict[str, list[Wire]] = {}
        """The numbers of each value, row by row."""
        self.owner = {path: group[0] for group in graph.tied for path in group}
        self.parameters: dict[str, Number] = {}
        self.dense = [place.path for place in places if isinstance(place.layer, Linear)]

    def run(self) -> Sketch:
        for name, spec in self.graph.inputs.items():
            self._read(name, spec.size)
        for place in self.places:
            made = self._make(place)
            self.flow.update(dict.fromkeys(place.produced, made))
        (output,) = lay_out(self.graph, fold=False).outputs.values()
        self.sketch.outputs = [wire.number for wire in self.flow[output.source]]
        self.sketch.factors = [wire.factor for wire in self.flow[output.source]]
        for index, number in enumerate(self.sketch.outputs):
            number.symbol = numbered("y", index, len(self.sketch.outputs))
        return self.sketch

    def _read(self, name: str, size: int) -> None:
        base = "x" if len(self.graph.inputs) == 1 else name
        for index in range(size):
            symbol = ScalarSymbol(base=base, sub=numbered(base, index, 2).sub)
            number = Number(f"{name}[{index}]", symbol, "input", node=name)
            number.unit, number.index = index, (index,)
            self.sketch.inputs.append(self.sketch.add(number))
        self.flow[name] = [Wire(number, 1.0) for number in self.sketch.inputs[-size:]]

    def _make(self, place: Place) -> list[Wire]:
        read = [
            (value.source, self._read_by(place, port))
            for port, value in enumerate(place.values)
            if value
        ]
        kind = place.layer.kind
        if kind in PASSING:
            return [wire for _, wires in read for wire in wires]
        if isinstance(place.layer, Linear):
            ((source, _),) = read
            return self._dense(place, source)
        made = self._joined(place, read) if kind in JOINING else self._bent(place, *read[0])
        self.sketch.layers.append(made)
        return [Wire(number, 1.0) for number in made]

    def _read_by(self, place: Place, port: int, reader: int | None = None) -> list[Wire]:
        """Say what a layer reads, with what is done to it on the way back from there."""
        value = place.values[port]
        return [
            Wire(wire.number, wire.factor * self.hold.on_edge(place, port, index, reader))
            for index, wire in enumerate(self.flow[value.source] if value else [])
        ]

    def _parameter(
        self, path: str, index: tuple[int, ...], symbol: ScalarSymbol, node: str
    ) -> Number:
        """Find a weight or bias; tied ones are one."""
        owner = self.owner.get(path, path)
        name = f"{owner}[{','.join(map(str, index))}]"
        if name not in self.parameters:
            self.parameters[name] = self.sketch.add(
                Number(
                    name,
                    symbol,
                    "bias" if len(index) == 1 else "weight",
                    node=node,
                    unit=index[0],
                    parameter=owner,
                    index=index,
                )
            )
        return self.parameters[name]

    def _dense(self, place: Place, source: str) -> list[Wire]:
        path, inputs = place.path, [wire.number for wire in self._read_by(place, 0)]
        shapes = _shapes(place)
        units = range(shapes["weight"][0])
        names = layer_names(self.dense.index(path), len(self.dense), len(units), len(inputs))
        weights = [
            [
                self._parameter(f"{path}.weight", (i, j), names.weight(i + 1, j + 1), path)
                for j in range(len(inputs))
            ]
            for i in units
        ]
        biases = [
            self._parameter(f"{path}.bias", (i,), names.bias(i + 1), path)
            for i in units
            if "bias" in shapes
        ]
        products = []
        for i in units:
            row = []
            for j, wire in enumerate(self._read_by(place, 0, i)):
                symbol, weight = names.product(i + 1, j + 1), weights[i][j]
                made = Number(f"{path}.product[{i},{j}]", symbol, "product", "mul")
                made.inputs = (weight, wire.number)
                made.cuts = (_of_weight(weight), _of_edge(source, path, j, i))
                made.factors = (self.hold.on_weight(f"{path}.weight", (i, j)), wire.factor)
                made.node, made.unit, made.index = path, i, (i, j)
                row.append(self.sketch.add(made))
            products.append(row)
        sums = [
            self._sum(place, i, products[i], biases[i : i + 1], names.sum(i + 1)) for i in units
        ]
        for number in (*(x for row in products for x in row), *sums):
            number.wrong = self.hold.wrong(path)
        self.sketch.layers.append(Dense(path, inputs, weights, products, biases, sums))
        return [Wire(number, 1.0) for number in sums]

    def _sum(
        self,
        place: Place,
        unit: int,
        products: list[Number],
        biases: list[Number],
        symbol: ScalarSymbol,
    ) -> Number:
        number = Number("", symbol, "sum", "add", (*products, *biases))
        number.cuts = (*(None for _ in products), *map(_of_weight, biases))
        held = [self.hold.on_weight(f"{place.path}.bias", bias.index) for bias in biases]
        number.factors = (*(1.0 for _ in products), *held)
        return self._number(place, unit, number)

    def _number(self, place: Place, unit: int, number: Number) -> Number:
        """Note one number of what comes out of a layer."""
        number.id = f"{place.path}[{unit}]"
        number.node, number.unit, number.index = place.path, unit, (unit,)
        return self.sketch.add(number)

    def _bent(self, place: Place, source: str, wires: list[Wire]) -> list[Number]:
        op, constants = _function(place)
        made = []
        for unit, (number, factor) in enumerate(wires):
            symbol = ScalarSymbol(base="h", sub=number.symbol.sub)
            bent = Number("", symbol, "activation", op, (number,), constants=constants)
            bent.cuts, bent.factors = (_of_edge(source, place.path, unit),), (factor,)
            bent.wrong = self.hold.wrong(place.path)
            made.append(self._number(place, unit, bent))
        return made

    def _joined(self, place: Place, read: list[tuple[str, list[Wire]]]) -> list[Number]:
        op = JOINING[place.layer.kind]
        role: ScalarRole = "sum" if op == "add" else "product"
        made = []
        for unit, wires in enumerate(zip(*(wires for _, wires in read), strict=True)):
            joined = Number("", numbered("g", unit, 2), role, op)
            joined.inputs = tuple(wire.number for wire in wires)
            joined.cuts = tuple(_of_edge(source, place.path, unit) for source, _ in read)
            joined.factors = tuple(wire.factor for wire in wires)
            made.append(self._number(place, unit, joined))
        return made


def _shapes(place: Place) -> dict[str, tuple[int, ...]]:
    return place.layer.parameter_shapes(*place.specs)


def _function(place: Place) -> tuple[str, dict[str, float]]:
    """Name what a layer does with each number, and the constants in it."""
    layer = place.layer
    if isinstance(layer, LeakyReLU):
        return "leaky_relu", {"negative_slope": layer.negative_slope}
    if isinstance(layer, ELU):
        return "elu", {"alpha": layer.alpha}
    if isinstance(layer, GELU) and layer.approximate == "tanh":
        return "gelu_tanh", {}
    return CURVES[layer.kind], {}


def _of_weight(weight: Number) -> CutWeight:
    return CutWeight(parameter=weight.parameter, index=weight.index)


def _of_edge(source: str, node: str, unit: int, reader: int | None = None) -> CutEdge:
    return CutEdge(source=source, node=node, unit=unit, reader=reader)
