"""What the compiled engine is made of: lines, activations and their slopes as loops that fill a processor's vectors.

Numba compiles this file where it runs, without a C compiler and without relaxed arithmetic: every sum has one order, so
that a step has the same bits whether it is taken alone or as one of thousands, observed or not.

Values lie unit by unit and within a unit example by example: `lanes` of them, the examples of a batch rounded up to a
multiple of `LANES`.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

LANES = 8
"""So many examples fill a processor's vector."""

LINE, IDENTITY, TANH, SIGMOID, RELU, LEAKY_RELU, ELU, GELU, GELU_TANH, SILU, STEP = range(11)
"""Kinds of operations: a fully connected layer, or an activation."""

LOG2E = 1 / math.log(2)
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN2_LOW = math.log(2) - LN2_HIGH
ROUND = float(3 * 2**51)
"""Added and taken away, it leaves a number rounded to an integer, which its last bits then hold."""
T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13 = (1 / math.factorial(n) for n in range(2, 14))
ROOT_HALF = math.sqrt(0.5)
ROOT_2_PI = math.sqrt(2 / math.pi)
CUBIC = 0.044715
BELL = 1 / math.sqrt(2 * math.pi)

F = TypeVar("F", bound=Callable[..., Any])
Array = Any
"""A contiguous NumPy array; Numba reads no annotations."""


def compiled(function: F) -> F:
    """Compile a function when it is first called, once for each precision; keep that on disk where there is a place.

    Division by zero gives infinity, as in torch.
    """
    try:
        return cast(F, njit(cache=True, error_model="numpy")(function))
    except RuntimeError:  # no folder can be written
        return cast(F, njit(error_model="numpy")(function))


@compiled
def power_of_two(shifted: float) -> Any:
    """Compute 2^k, k being what `ROUND` has left in the last bits."""
    return np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)


@compiled
def expm1(x: float) -> Any:
    """Compute exp(x) - 1, right to the last bits near 0 too, without a branch: so that vectors are filled."""
    x = np.float64(x)
    x = -700.0 if x < -700.0 else x
    x = 700.0 if x > 700.0 else x
    shifted = x * LOG2E + ROUND
    k = shifted - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = ((((T13 * r + T12) * r + T11) * r + T10) * r + T9) * r + T8
    p = ((((((p * r + T7) * r + T6) * r + T5) * r + T4) * r + T3) * r + T2) * r * r + r
    power = power_of_two(shifted)
    return power * p + (power - 1.0)


@compiled
def tanh(x: float) -> Any:
    """Compute (exp(2x) - 1) / (exp(2x) + 1)."""
    e = expm1(2.0 * x)
    return e / (e + 2.0)


@compiled
def sigmoid(x: float) -> Any:
    """Compute 1 / (1 + exp(-x))."""
    return 1.0 / (2.0 + expm1(-x))


@compiled
def bend(kind: int, alpha: float, x: Array, y: Array) -> None:
    """Let an activation's inputs x become its outputs y."""
    n = len(x)
    if kind == TANH:
        for j in range(n):
            y[j] = tanh(x[j])
    elif kind == SIGMOID:
        for j in range(n):
            y[j] = sigmoid(x[j])
    elif kind == RELU:
        for j in range(n):
            y[j] = 0.0 if x[j] <= 0.0 else x[j]
    elif kind == LEAKY_RELU:
        for j in range(n):
            y[j] = x[j] if x[j] > 0.0 else alpha * x[j]
    elif kind == ELU:
        for j in range(n):
            y[j] = x[j] if x[j] > 0.0 else alpha * expm1(x[j])
    elif kind == SILU:
        for j in range(n):
            y[j] = x[j] * sigmoid(x[j])
    elif kind == GELU:
        for j in range(n):
            y[j] = 0.5 * x[j] * (1.0 + math.erf(x[j] * ROOT_HALF))
    elif kind == GELU_TANH:
        for j in range(n):
            y[j] = 0.5 * x[j] * (1.0 + tanh(ROOT_2_PI * (x[j] + CUBIC * x[j] ** 3)))
    elif kind == STEP:
        for j in range(n):
            y[j] = 1.0 if x[j] >= 0.0 else (-1.0 if x[j] < 0.0 else x[j])
    else:
        y[:] = x


@compiled
def unbend(kind: int, alpha: float, x: Array, y: Array, g: Array) -> None:
    """Turn the gradient g at an activation's outputs y, in place, into that at its inputs x."""
    n = len(g)
    if kind == TANH:
        for j in range(n):
            g[j] *= 1.0 - y[j] * y[j]
    elif kind == SIGMOID:
        for j in range(n):
            g[j] *= (1.0 - y[j]) * y[j]
    elif kind == RELU:
        for j in range(n):
            g[j] = 0.0 if y[j] <= 0.0 else g[j]
    elif kind == LEAKY_RELU:
        for j in range(n):
            g[j] = g[j] if x[j] > 0.0 else alpha * g[j]
    elif kind == ELU:
        for j in range(n):
            g[j] = g[j] if x[j] > 0.0 else g[j] * (y[j] + alpha)
    elif kind == SILU:
        for j in range(n):
            s = sigmoid(x[j])
            g[j] *= s * (1.0 + x[j] * (1.0 - s))
    elif kind == GELU:
        for j in range(n):
            density = BELL * (1.0 + expm1(-0.5 * x[j] * x[j]))
            g[j] *= 0.5 * (1.0 + math.erf(x[j] * ROOT_HALF)) + x[j] * density
    elif kind == GELU_TANH:
        for j in range(n):
            t = tanh(ROOT_2_PI * (x[j] + CUBIC * x[j] ** 3))
            inner = ROOT_2_PI * (1.0 + 3.0 * CUBIC * x[j] * x[j])
            g[j] *= 0.5 * (1.0 + t) + 0.5 * x[j] * (1.0 - t * t) * inner


@compiled
def line(weights: Array, biases: Array, x: Array, y: Array, lanes: int) -> None:
    """Compute y = W x + b for every example; without biases, `biases` is empty."""
    fan_in, fan_out = len(x) // lanes, len(y) // lanes
    for o in range(fan_out):
        out = y[o * lanes : (o + 1) * lanes]
        out[:] = biases[o] if len(biases) else 0.0
        for i in range(fan_in):
            weight = weights[o * fan_in + i]
            source = x[i * lanes : (i + 1) * lanes]
            for b in range(lanes):
                out[b] += weight * source[b]


@compiled
def learn(
    weights: Array, biases: Array, x: Array, g: Array, lanes: int, count: int, turned: Array
) -> None:
    """Write the gradients of weights and biases, of inputs x and the gradient g at the outputs for `count` examples.

    In `turned` the inputs are laid example by example, so that all weights of a unit are summed side by side.
    """
    fan_in, fan_out = len(x) // lanes, len(g) // lanes
    for i in range(fan_in):
        row = x[i * lanes : (i + 1) * lanes]
        for b in range(count):
            turned[b * fan_in + i] = row[b]
    weights[:] = 0.0
    for o in range(fan_out):
        slope = g[o * lanes : (o + 1) * lanes]
        sums = weights[o * fan_in : (o + 1) * fan_in]
        total = slope[0]
        for b in range(count):
            share = slope[b]
            source = turned[b * fan_in : (b + 1) * fan_in]
            for i in range(fan_in):
                sums[i] += share * source[i]
            total = total + share if b else share
        if len(biases):
            biases[o] = total


@compiled
def back(weights: Array, g: Array, below: Array, lanes: int) -> None:
    """Carry the gradient g at a line's outputs through its weights, to its inputs."""
    fan_in, fan_out = len(below) // lanes, len(g) // lanes
    for i in range(fan_in):
        out = below[i * lanes : (i + 1) * lanes]
        out[:] = 0.0
        for o in range(fan_out):
            weight = weights[o * fan_in + i]
            slope = g[o * lanes : (o + 1) * lanes]
            for b in range(lanes):
                out[b] += weight * slope[b]
