"""A small network as textbooks draw it, followed by plain torch, and how the page prints its numbers."""

import math
from typing import Any

import torch

from tests.e2e.script import Script

INPUTS = 2
LAYERS = {"hidden1": 4, "hidden2": 2, "output": 1}
SMALLEST = {"hidden": 2, "output": 1}
"""The network of the textbooks: every number of it is seen at once."""
LETTERS = ("wbazh", "vcrsy")
"""Weights, biases, products, sums and outputs, as the page calls them: of hidden layers, and of the last."""
SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
Numbers = dict[str, float]
Layers = dict[str, int]


def network(layers: Layers) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = []
    last = "x"
    for name, units in layers.items():
        nodes.append(
            {"id": name, "layer": {"kind": "Linear", "out_features": units}, "inputs": [last]}
        )
        last = f"{name}_tanh"
        nodes.append({"id": last, "layer": {"kind": "Tanh"}, "inputs": [name]})
    inputs = {"x": {"axes": ["D"], "shape": [INPUTS]}}
    return {"version": 1, "inputs": inputs, "nodes": nodes, "outputs": {"y": last}}


def number(text: str) -> float:
    """Read a number as the page prints it: `−0.4489`, `9.561·10⁻⁴`."""
    mantissa, _, power = text.strip().translate(PLAIN).partition("·10")
    return float(f"{mantissa}e{power or 0}")


def close(shown: float, true: float) -> bool:
    """Whether four printed digits are those of a number."""
    return math.isclose(shown, true, rel_tol=1e-3, abs_tol=1e-9)


class Oracle:
    """One example through plain torch: each number that has a name, and the derivative of the loss by it."""

    def __init__(self, script: Script, run: str, layers: Layers = LAYERS) -> None:
        frame = script.probe(run, "scalars")
        self.example = int(frame["example"])
        point = script.points(run)[self.example]
        self.values: Numbers = {}
        self.gradients: Numbers = {}
        self.named: dict[str, torch.Tensor] = {}
        self.parameters: list[str] = []
        h = [self._name(f"x{sub(i + 1)}", torch.tensor(point[c])) for i, c in enumerate(("x", "y"))]
        for number, layer in enumerate(layers):
            w, b, a, z, y = list(LETTERS[layer == "output"])
            head = f"{sub(number + 1)}," if len(layers) > 2 and layer != "output" else ""
            names = [letter + head for letter in (w, b, a, z, y)]
            h = self._layer(script, run, layer, names, h)
        target = self._name("t", torch.tensor(2.0 * point["label"] - 1))
        loss = self._name("E", 0.5 * (h[0] - target) ** 2)
        loss.backward(retain_graph=True)
        for name, tensor in self.named.items():
            self.values[name] = float(tensor.detach())
            self.gradients[name] = float(tensor.grad) if tensor.grad is not None else 0.0

    def _layer(
        self, script: Script, run: str, layer: str, names: list[str], inputs: list[torch.Tensor]
    ) -> list[torch.Tensor]:
        weight, bias = (script.weights(run, f"{layer}.{part}") for part in ("weight", "bias"))
        w, b, a, z, y = names
        outputs = []
        for i, row in enumerate(weight):
            unit = sub(i + 1) if len(weight) > 1 else ""
            products = []
            for j, (value, x) in enumerate(zip(row, inputs, strict=True)):
                learned = self._name(f"{w}{unit}{sub(j + 1)}", torch.tensor(value))
                self.parameters.append(f"{w}{unit}{sub(j + 1)}")
                products.append(self._name(f"{a}{unit}{sub(j + 1)}", learned * x))
            shift = self._name(f"{b}{unit}", torch.tensor(bias[i]))
            self.parameters.append(f"{b}{unit}")
            total = self._name(f"{z}{unit}", torch.stack(products).sum() + shift)
            outputs.append(self._name(f"{y}{unit}", total.tanh()))
        return outputs

    def _name(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        known = tensor.double().requires_grad_()
        known.retain_grad()
        self.named[name] = known
        return known

    def slope(self, of: str, by: str) -> float:
        """What a number changes by for each step of another that it is made of."""
        (found,) = torch.autograd.grad(self.named[of], self.named[by], retain_graph=True)
        return float(found)

    def worth(self, text: str) -> float:
        """Work a line's right side out, with the numbers of this oracle."""
        if text.startswith(("½(", "tanh(")):
            inner = self.worth(text.removesuffix("²")[:-1].split("(", 1)[1])
            return math.tanh(inner) if text.startswith("tanh") else 0.5 * inner**2
        for sign in (" + ", " × ", "·"):
            if sign in text:
                parts = [self.worth(part) for part in text.split(sign)]
                return sum(parts) if sign == " + " else math.prod(parts)
        text = text.strip("()")
        if " − " in text:
            left, right = text.split(" − ")
            return self.worth(left) - self.worth(right)
        if text.endswith("²"):
            return self.worth(text[:-1]) ** 2
        return self._known(text)

    def _known(self, name: str) -> float:
        if name.startswith("∂"):
            return self.gradients[name[1:]]
        return 1.0 if name == "1" else self.values[name]


def sub(index: int) -> str:
    return str(index).translate(SMALL)
