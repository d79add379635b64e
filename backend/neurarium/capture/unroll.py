"""A network of dense layers written out number by number, from its document alone: nothing is built."""

from neurarium.capture.naming import layer_names, numbered
from neurarium.capture.scalars import MAXIMUM_SCALARS, ScalarRole, ScalarsError, ScalarSymbol
from neurarium.capture.sketch import Dense, Number, Sketch, Tamper
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


def unroll(graph: Graph) -> Sketch:
    """Write a network out, or raise ScalarsError saying why that is not done."""
    places = lay_out(graph, fold=False).places
    for place in places:
        _check(place)
    _check_size(graph, places)
    return _Unrolling(graph, places).run()


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

    def __init__(self, graph: Graph, places: list[Place]) -> None:
        self.graph = graph
        self.places = places
        self.sketch = Sketch()
        self.flow: dict[str, list[Number]] = {}
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
        self.sketch.source = output.source
        self.sketch.outputs = self.flow[output.source]
        for index, number in enumerate(self.sketch.outputs):
            number.symbol = numbered("y", index, len(self.sketch.outputs))
        return self.sketch

    def _read(self, name: str, size: int) -> None:
        base = "x" if len(self.graph.inputs) == 1 else name
        self.flow[name] = [
            self.sketch.add(
                Number(
                    f"{name}[{index}]",
                    ScalarSymbol(base=base, sub=numbered(base, index, 2).sub),
                    "input",
                    node=name,
                    unit=index,
                    index=(index,),
                )
            )
            for index in range(size)
        ]
        self.sketch.inputs += self.flow[name]

    def _make(self, place: Place) -> list[Number]:
        read = [(value.source, self.flow[value.source]) for value in place.values if value]
        kind = place.layer.kind
        if kind in PASSING:
            return [number for _, numbers in read for number in numbers]
        if isinstance(place.layer, Linear):
            ((source, numbers),) = read
            return self._dense(place, source, numbers)
        made = self._joined(place, read) if kind in JOINING else self._bent(place, *read[0])
        self.sketch.layers.append(made)
        return made

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

    def _dense(self, place: Place, source: str, inputs: list[Number]) -> list[Number]:
        path = place.path
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
        products = [
            [self._product(path, source, weights[i][j], x, names.product(i + 1, j + 1), (i, j))
             for j, x in enumerate(inputs)]
            for i in units
        ]  # fmt: skip
        sums = []
        for i in units:
            terms = (*products[i], *biases[i : i + 1])
            cuts = [None] * len(inputs) + [_of_weight(bias) for bias in biases[i : i + 1]]
            made = Number("", names.sum(i + 1), "sum", "add", terms, tuple(cuts))
            sums.append(self._number(place, i, made))
        self.sketch.layers.append(Dense(path, inputs, weights, products, biases, sums))
        return sums

    def _product(
        self,
        path: str,
        source: str,
        weight: Number,
        x: Number,
        symbol: ScalarSymbol,
        at: tuple[int, int],
    ) -> Number:
        i, j = at
        cut = _of_edge(source, path, j, i)
        return self.sketch.add(
            Number(
                f"{path}.product[{i},{j}]",
                symbol,
                "product",
                op="mul",
                inputs=(weight, x),
                cuts=(_of_weight(weight), cut),
                node=path,
                unit=i,
                index=at,
            )
        )

    def _number(self, place: Place, unit: int, number: Number) -> Number:
        """Note one number of what comes out of a layer."""
        number.id = f"{place.path}[{unit}]"
        number.node, number.unit, number.index = place.path, unit, (unit,)
        return self.sketch.add(number)

    def _bent(self, place: Place, source: str, numbers: list[Number]) -> list[Number]:
        op, constants = _function(place)
        made = []
        for unit, number in enumerate(numbers):
            symbol = ScalarSymbol(base="h", sub=number.symbol.sub)
            cuts = (_of_edge(source, place.path, unit),)
            bent = Number("", symbol, "activation", op, (number,), cuts, constants)
            made.append(self._number(place, unit, bent))
        return made

    def _joined(self, place: Place, read: list[tuple[str, list[Number]]]) -> list[Number]:
        rows = zip(*(numbers for _, numbers in read), strict=True)
        op = JOINING[place.layer.kind]
        role: ScalarRole = "sum" if op == "add" else "product"
        made = []
        for unit, numbers in enumerate(rows):
            cuts = tuple(_of_edge(source, place.path, unit) for source, _ in read)
            joined = Number("", numbered("g", unit, 2), role, op, numbers, cuts)
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


def _of_weight(weight: Number) -> Tamper:
    return {"kind": "cut_weight", "parameter": weight.parameter, "index": list(weight.index)}


def _of_edge(source: str, node: str, unit: int, reader: int | None = None) -> Tamper:
    return {"kind": "cut", "source": source, "node": node, "unit": unit, "reader": reader}
