"""Functions of a few numbers: value, slope by each input, and both in symbols. All in float64, by NumPy alone."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Row = Sequence[float]
Names = Sequence[str]
Constants = Mapping[str, float]
LONGEST = 5
"""Terms that are written out; of more, the first two and the last two."""
SCALE, STRETCH = 1.7159, 2 / 3
"""Of the tanh in LeCun et al. 1998."""
CUBIC = 0.044715
"""Of the approximation of GELU: Hendrycks and Gimpel 2016."""


@dataclass(frozen=True)
class Gate:
    """One function. `slopes` is told what came out as well; where there is a kink, it says what torch does."""

    box: str
    value: Callable[[Row], float]
    slopes: Callable[[Row, float], Row]
    says: Callable[[Names], str]
    slope_says: Callable[[Names, str, int], str]


def gate(op: str, constants: Constants) -> Gate:
    """Find a function by the name that a document has for it."""
    return GATES[op](constants)


def joined(names: Names, sign: str) -> str:
    """Write some terms: all, or the first and the last of them."""
    if len(names) > LONGEST:
        names = [*names[:2], "…", *names[-2:]]
    return sign.join(names)


def curve(
    box: str,
    value: Callable[[float], float],
    slope: Callable[[float, float], float],
    says: str,
    slope_says: str,
) -> Gate:
    """Make a function of one number; `{x}` and `{y}` in the texts are what comes in and what comes out."""
    return Gate(
        box,
        lambda row: value(row[0]),
        lambda row, y: [slope(row[0], y)],
        lambda names: says.format(x=names[0]),
        lambda names, out, _: slope_says.format(x=names[0], y=out),
    )


def _logistic(x: float) -> float:
    return 0.5 * (1 + math.tanh(x / 2))


def _softplus(x: float) -> float:
    return float(np.logaddexp(0.0, x))


def _normal(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def _gelu(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(_inner(x)))


def _inner(x: float) -> float:
    return math.sqrt(2 / math.pi) * (x + CUBIC * x * x * x)


def _gelu_slope(x: float) -> float:
    bent = math.tanh(_inner(x))
    steep = math.sqrt(2 / math.pi) * (1 + 3 * CUBIC * x * x)
    return 0.5 * (1 + bent) + 0.5 * x * (1 - bent * bent) * steep


# --- of the network ---


def _mul(_: Constants) -> Gate:
    def others(row: Row, index: int) -> float:
        return math.prod((*row[:index], *row[index + 1 :]))

    return Gate(
        "×",
        math.prod,
        lambda row, _: [others(row, index) for index in range(len(row))],
        "·".join,
        lambda names, _, index: "·".join([*names[:index], *names[index + 1 :]]),
    )


def _add(_: Constants) -> Gate:
    return Gate(
        "+",
        sum,
        lambda row, _: [1.0] * len(row),
        lambda names: joined(names, " + "),
        lambda *_: "1",
    )


def _tanh(_: Constants) -> Gate:
    return curve("tanh", math.tanh, lambda _, y: 1 - y * y, "tanh({x})", "1 − {y}²")


def _relu(_: Constants) -> Gate:
    return curve(
        "relu",
        lambda x: x if x > 0 or math.isnan(x) else 0.0,
        lambda x, _: float(x > 0),
        "max(0, {x})",
        "1 if {x} > 0, else 0",
    )


def _leaky_relu(constants: Constants) -> Gate:
    low = constants["negative_slope"]
    return curve(
        "leaky",
        lambda x: x if x > 0 else low * x,
        lambda x, _: 1.0 if x > 0 else low,
        f"{{x}} if {{x}} > 0, else {low:g}·{{x}}",
        f"1 if {{x}} > 0, else {low:g}",
    )


def _sigmoid(_: Constants) -> Gate:
    return curve("σ", _logistic, lambda _, y: y * (1 - y), "σ({x})", "{y}·(1 − {y})")


def _silu(_: Constants) -> Gate:
    def slope(x: float, _: float) -> float:
        share = _logistic(x)
        return share * (1 + x * (1 - share))

    return curve(
        "silu", lambda x: x * _logistic(x), slope, "{x}·σ({x})", "σ({x})·(1 + {x}·(1 − σ({x})))"
    )


def _gelu_exact(_: Constants) -> Gate:
    def slope(x: float, _: float) -> float:
        return _normal(x) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    return curve("gelu", lambda x: x * _normal(x), slope, "{x}·Φ({x})", "Φ({x}) + {x}·φ({x})")


def _gelu_tanh(_: Constants) -> Gate:
    return curve("gelu", _gelu, lambda x, _: _gelu_slope(x), "gelu({x})", "gelu′({x})")


def _elu(constants: Constants) -> Gate:
    alpha = constants["alpha"]
    return curve(
        "elu",
        lambda x: x if x > 0 else alpha * float(np.expm1(x)),
        lambda x, y: 1.0 if x > 0 else y + alpha,
        f"{{x}} if {{x}} > 0, else {alpha:g}·(exp({{x}}) − 1)",
        f"1 if {{x}} > 0, else {{y}} + {alpha:g}",
    )


def _step(_: Constants) -> Gate:
    return curve(
        "step",
        lambda x: 1.0 if x >= 0 else -1.0 if x < 0 else x,
        lambda *_: 1.0,
        "1 if {x} ≥ 0, else −1",
        "1",
    )


def _scaled_tanh(_: Constants) -> Gate:
    return curve(
        "tanh",
        lambda x: SCALE * math.tanh(STRETCH * x),
        lambda _, y: STRETCH * (SCALE - y * y / SCALE),
        f"{SCALE}·tanh(⅔·{{x}})",
        f"⅔·({SCALE} − {{y}}²/{SCALE})",
    )


# --- of the loss; the last input of each is the target where there is one ---


def _half_square(_: Constants) -> Gate:
    return Gate(
        "½(·)²",
        lambda row: 0.5 * (row[0] - row[1]) * (row[0] - row[1]),
        lambda row, _: [row[0] - row[1], 0.0],
        lambda names: f"½({names[0]} − {names[1]})²",
        lambda names, _, index: f"{names[0]} − {names[1]}",
    )


def _margin(_: Constants) -> Gate:
    return Gate(
        "×",
        lambda row: row[0] * row[1],
        lambda row, _: [row[1], 0.0],
        lambda names: f"{names[1]}·{names[0]}",
        lambda names, _, index: names[1],
    )


def _logistic_loss(_: Constants) -> Gate:
    return curve(
        "ln(1+e⁻)",
        lambda x: _softplus(-x),
        lambda x, _: -_logistic(-x),
        "ln(1 + exp(−{x}))",
        "−1/(1 + exp({x}))",
    )


def _hinge(_: Constants) -> Gate:
    return curve(
        "max(0,1−·)",
        lambda x: max(0.0, 1 - x),
        lambda x, _: -float(x <= 1),
        "max(0, 1 − {x})",
        "−1 if {x} ≤ 1, else 0",
    )


def _mistake(_: Constants) -> Gate:
    return curve(
        "max(0,−·)",
        lambda x: max(0.0, -x),
        lambda x, _: -float(x <= 0),
        "max(0, −{x})",
        "−1 if {x} ≤ 0, else 0",
    )


def _log_softmax(_: Constants) -> Gate:
    def value(row: Row) -> float:
        *outputs, target = row
        return float(outputs[int(target) - 1] - np.logaddexp.reduce(outputs))

    def slopes(row: Row, _: float) -> Row:
        *outputs, target = row
        shares = np.exp(np.array(outputs) - np.logaddexp.reduce(outputs))
        right = np.arange(1, len(outputs) + 1) == int(target)
        return [*(right - shares).tolist(), 0.0]

    def slope_says(names: Names, _: str, index: int) -> str:
        return (
            f"[{names[-1]} = {index + 1}] − softmax({joined(names[:-1], ', ')}){small(index + 1)}"
        )

    return Gate(
        "ln softmax",
        value,
        slopes,
        lambda names: f"ln softmax({joined(names[:-1], ', ')}) at {names[-1]}",
        slope_says,
    )


def _lead(_: Constants) -> Gate:
    def others(row: Row) -> list[float]:
        return [y for index, y in enumerate(row[:-1], 1) if index != int(row[-1])]

    def slope(row: Row, index: int) -> float:
        if index + 1 == int(row[-1]):
            return 1.0
        rivals = others(row)
        strongest = max(rivals)
        return -float(row[index] == strongest) / rivals.count(strongest)

    return Gate(
        "lead",
        lambda row: row[int(row[-1]) - 1] - max(others(row)),
        lambda row, _: [*(slope(row, index) for index in range(len(row) - 1)), 0.0],
        lambda names: f"output {names[-1]} − strongest other",
        lambda names, _, index: f"1 if {names[-1]} = {index + 1}, −1 if strongest other, else 0",
    )


def _neg(_: Constants) -> Gate:
    return curve("−", lambda x: -x, lambda *_: -1.0, "−{x}", "−1")


def _half_squares(constants: Constants) -> Gate:
    strength = constants["strength"]
    return Gate(
        "λ/2·Σw²",
        lambda row: strength / 2 * float(np.square(row).sum()),
        lambda row, _: [strength * x for x in row],
        lambda names: f"λ/2·({joined([f'{name}²' for name in names], ' + ')})",
        lambda names, _, index: f"λ·{names[index]}",
    )


def _amounts(constants: Constants) -> Gate:
    strength = constants["strength"]
    return Gate(
        "λ·Σ|w|",
        lambda row: strength * float(np.abs(row).sum()),
        lambda row, _: [strength * float(np.sign(x)) for x in row],
        lambda names: f"λ·({joined([f'|{name}|' for name in names], ' + ')})",
        lambda names, _, index: f"λ·sign({names[index]})",
    )


GATES: dict[str, Callable[[Constants], Gate]] = {
    "mul": _mul,
    "add": _add,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "sigmoid": _sigmoid,
    "silu": _silu,
    "gelu": _gelu_exact,
    "gelu_tanh": _gelu_tanh,
    "elu": _elu,
    "step": _step,
    "scaled_tanh": _scaled_tanh,
    "half_square": _half_square,
    "margin": _margin,
    "logistic_loss": _logistic_loss,
    "hinge": _hinge,
    "mistake": _mistake,
    "log_softmax": _log_softmax,
    "lead": _lead,
    "neg": _neg,
    "l2": _half_squares,
    "l1": _amounts,
}
"""Every function that occurs in a document, by its name there."""
STRAIGHT = frozenset({"mul", "add", "neg", "margin"})
"""Those that are straight lines in each of their inputs."""


def small(number: int | str) -> str:
    """Write an index in small digits: `₁₂`, or `₁₂,₃`."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
