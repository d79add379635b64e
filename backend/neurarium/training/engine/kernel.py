"""Whole training steps of small chains, compiled: forward, loss, backward and the optimiser's move, many a call.

A network is its operations one after the other, each a row of numbers; replicas of it lie along the first axis of all
that is trained, and each has its own settings, examples and order.
"""

import math
from typing import Any

import numpy as np

from neurarium.training.engine.loops import (
    LANES,
    LINE,
    Array,
    back,
    bend,
    compiled,
    expm1,
    learn,
    line,
    unbend,
)

Arrays = tuple[Array, ...]

SQUARED_ERROR, PERCEPTRON, CROSS_ENTROPY, HINGE = range(4)
NO_PENALTY, L1, L2 = range(3)
SGD, RMSPROP, ADAM = range(3)
KIND, FAN_IN, FAN_OUT, WEIGHT, BIAS = range(5)
"""Columns of an operation: what it is, its widths, where weights and biases begin (-1: none)."""
MOMENTUM, NESTEROV, BETA1, BETA2, DECAY, STRENGTH, SETTINGS = range(7)
"""Columns of a replica's settings; RMSprop keeps `BETA2`, Adam without decay has a `DECAY` of 0."""
LOSS, PENALTY, RULE, BACKWARD, UPDATE = range(5)
"""Places in `how`."""
EPSILON = 1e-8


@compiled
def softmax_loss(y: Array, g: Array, b: int, lanes: int, label: int, share: float) -> Any:
    """Compute -log p of the right class for one example, and write p - t."""
    units = len(y) // lanes
    top = y[b]
    for o in range(1, units):
        top = y[o * lanes + b] if not y[o * lanes + b] <= top else top
    total = 0.0
    for o in range(units):
        total += 1.0 + expm1(y[o * lanes + b] - top)
    for o in range(units):
        p = (1.0 + expm1(y[o * lanes + b] - top)) / total
        g[o * lanes + b] = (p - (1.0 if o == label else 0.0)) * share
    return math.log(total) - (y[label * lanes + b] - top)


@compiled
def logistic_loss(y: Array, g: Array, b: int, label: int, share: float) -> Any:
    """Compute the same where one unit speaks for two classes."""
    size = abs(y[b])
    small = 1.0 + expm1(-size)
    p = 1.0 / (1.0 + small) if y[b] >= 0.0 else small / (1.0 + small)
    g[b] = (p - label) * share
    return math.log1p(small) + max(y[b], 0.0) - y[b] * label


@compiled
def hinge_loss(y: Array, g: Array, b: int, lanes: int, label: int, share: float) -> Any:
    """Compute what is missing to a lead of 1 over the strongest rival; rivals of equal strength share the slope."""
    units = len(y) // lanes
    rival, rivals = -np.inf, 0
    for o in range(units):
        if o != label:
            value = y[o * lanes + b]
            if not value <= rival:
                rival, rivals = value, 1
            elif value == rival:
                rivals += 1
    missing = 1.0 - (y[label * lanes + b] - rival)
    for o in range(units):
        slope = -1.0 if o == label else (1.0 / rivals if y[o * lanes + b] == rival else 0.0)
        g[o * lanes + b] = slope * share if missing >= 0.0 else 0.0
    return missing if not missing <= 0.0 else 0.0


@compiled
def signed_loss(
    kind: int, y: Array, g: Array, b: int, lanes: int, label: int, wanted: Array, share: float
) -> Any:
    """Compute the losses that compare each unit with -1 or +1, or with a number that is wanted of it."""
    units = len(y) // lanes
    loss = 0.0
    for o in range(units):
        at = o * lanes + b
        is_one = label == 1 if units == 1 else o == label
        t = float(wanted[o]) if len(wanted) else (1.0 if is_one else -1.0)
        margin = y[at] * t
        if kind == SQUARED_ERROR:
            loss += 0.5 * (y[at] - t) * (y[at] - t)
            g[at] = (y[at] - t) * share
        elif kind == HINGE:
            loss += 0.0 if margin > 1.0 else 1.0 - margin
            g[at] = -t * share if margin <= 1.0 else 0.0
        else:
            loss += 0.0 if margin > 0.0 else -margin
            g[at] = -t * share if margin <= 0.0 else 0.0
    return loss


@compiled
def judge(
    kind: int,
    y: Array,
    g: Array,
    lanes: int,
    labels: Array,
    wanted: Array,
    picked: Array,
    losses: Array,
) -> Any:
    """Write each example's loss, and the gradient of their mean at the outputs y; return the mean."""
    count, units = len(picked), len(y) // lanes
    share, mean = 1.0 / count, 0.0
    g[:] = 0.0
    for b in range(count):
        row = picked[b]
        label = labels[row] if len(labels) else 0
        if kind == CROSS_ENTROPY and units == 1:
            loss = logistic_loss(y, g, b, label, share)
        elif kind == CROSS_ENTROPY:
            loss = softmax_loss(y, g, b, lanes, label, share)
        elif kind == HINGE and units > 1:
            loss = hinge_loss(y, g, b, lanes, label, share)
        else:
            numbers = wanted[row] if len(wanted) else wanted[0:0].ravel()
            loss = signed_loss(kind, y, g, b, lanes, label, numbers, share)
        losses[b] = loss
        mean += losses[b]
    return float(losses.dtype.type(mean / count))


@compiled
def penalise(
    kind: int, strength: float, operations: Array, parameters: Array, gradients: Array
) -> Any:
    """Return the penalty of all weights, and add its slope to theirs."""
    penalty = 0.0
    for k in range(len(operations)):
        if operations[k, KIND] == LINE:
            begin = operations[k, WEIGHT]
            for j in range(begin, begin + operations[k, FAN_IN] * operations[k, FAN_OUT]):
                w = np.float64(parameters[j])
                if kind == L2:
                    penalty += 0.5 * w * w
                    gradients[j] += strength * w
                else:
                    penalty += abs(w)
                    gradients[j] += strength * np.sign(w)
    return float(parameters.dtype.type(strength * penalty))


@compiled
def parts(operation: Array, vector: Array) -> Any:
    """Show a line's weights, and its biases if it has any, in the vector of all parameters."""
    middle = operation[WEIGHT] + operation[FAN_IN] * operation[FAN_OUT]
    begin, end = operation[BIAS], operation[BIAS] + operation[FAN_OUT]
    biases = vector[0:0] if begin < 0 else vector[begin:end]
    return vector[operation[WEIGHT] : middle], biases


@compiled
def gather(x: Array, picked: Array, lanes: int, values: Array) -> None:
    """Lay the picked examples' features side by side."""
    for d in range(x.shape[1]):
        row = values[d * lanes : (d + 1) * lanes]
        row[:] = 0.0
        for b in range(len(picked)):
            row[b] = x[picked[b], d]


@compiled
def backward(
    network: Arrays,
    how: Array,
    strength: float,
    data: Arrays,
    picked: Array,
    trained: Arrays,
    scratch: Arrays,
) -> Any:
    """Compute the gradients of one replica's batch; return its mean loss and the penalty."""
    operations, alphas = network
    x, labels, wanted = data
    parameters, gradients = trained[0], trained[1]
    values, slopes, losses, turned = scratch
    lanes = -(-len(picked) // LANES) * LANES
    gather(x, picked, lanes, values)
    begin = forward(operations, alphas, parameters, values, lanes)
    end = begin + operations[-1, FAN_OUT] * lanes
    y, g = values[begin:end], slopes[begin:end]
    loss = judge(how[LOSS], y, g, lanes, labels, wanted, picked, losses)
    for k in range(len(operations) - 1, -1, -1):
        middle, kind = begin, operations[k, KIND]
        begin = middle - operations[k, FAN_IN] * lanes
        end = middle + operations[k, FAN_OUT] * lanes
        source, slope, below = values[begin:middle], slopes[middle:end], slopes[begin:middle]
        if kind == LINE:
            weights, biases = parts(operations[k], gradients)
            learn(weights, biases, source, slope, lanes, len(picked), turned)
            if k:
                back(parts(operations[k], parameters)[0], slope, below, lanes)
        else:
            below[:] = slope
            unbend(kind, alphas[k], source, values[middle:end], below)
    penalty = 0.0
    if how[PENALTY] != NO_PENALTY:
        penalty = penalise(how[PENALTY], strength, operations, parameters, gradients)
    return loss, penalty


@compiled
def forward(operations: Array, alphas: Array, parameters: Array, values: Array, lanes: int) -> Any:
    """Go through all operations; return where the outputs begin."""
    begin = 0
    for k in range(len(operations)):
        middle = begin + operations[k, FAN_IN] * lanes
        end = middle + operations[k, FAN_OUT] * lanes
        source, result = values[begin:middle], values[middle:end]
        if operations[k, KIND] == LINE:
            weights, biases = parts(operations[k], parameters)
            line(weights, biases, source, result, lanes)
        else:
            bend(operations[k, KIND], alphas[k], source, result)
        begin = middle
    return begin


@compiled
def update(rule: int, settings: Array, lr: float, moves: int, trained: Arrays) -> None:
    """Let the optimiser move one replica, for the `moves`-th time, by torch's formulas, one number at a time."""
    parameters, gradients, first, second = trained
    momentum, beta1, beta2 = settings[MOMENTUM], settings[BETA1], settings[BETA2]
    if rule == SGD:
        for j in range(len(parameters)):
            move = np.float64(gradients[j])
            if momentum > 0.0:
                kept = momentum * first[j] + move
                first[j] = kept
                move = move + momentum * kept if settings[NESTEROV] > 0.0 else kept
            parameters[j] -= lr * move
    elif rule == RMSPROP:
        for j in range(len(parameters)):
            g = np.float64(gradients[j])
            second[j] = beta2 * second[j] + (1.0 - beta2) * g * g
            parameters[j] -= lr * g / (math.sqrt(second[j]) + EPSILON)
    else:
        size = lr / (1.0 - beta1**moves)
        root = math.sqrt(1.0 - beta2**moves)
        for j in range(len(parameters)):
            g = np.float64(gradients[j])
            first[j] += (1.0 - beta1) * (g - first[j])
            second[j] = beta2 * second[j] + (1.0 - beta2) * g * g
            kept = parameters[j] * (1.0 - lr * settings[DECAY])
            parameters[j] = kept - size * first[j] / (math.sqrt(second[j]) / root + EPSILON)


@compiled
def burst(
    network: Arrays,
    how: Array,
    rates: Arrays,
    data: Arrays,
    plan: Arrays,
    trained: Arrays,
    scratch: Arrays,
    told: Arrays,
) -> None:
    """Take many steps with each replica.

    - `network`: operations, and a number that some activations have
    - `how`: kinds of loss, penalty and rule; whether gradients are computed, and whether they move anything
    - `rates`: settings (replicas, SETTINGS), learning rates (replicas, steps), moves so far (replicas)
    - `data`: features (replicas, examples, D), class labels (replicas, examples) or else numbers wanted
      (replicas, examples, outputs); the other one has no examples
    - `plan`: which examples come one after the other (replicas, places), where batches begin in that and how many
      examples they have (steps)
    - `trained`: parameters, gradients, and two vectors that the rule remembers, each (replicas, numbers)
    - `scratch`: values and their gradients, for all units and one batch; one loss for each example of a batch; and its
      inputs of one line
    - `told`: room for loss and penalty of each step (replicas, steps, 2), and for how many steps were taken (replicas)

    A step whose loss or penalty is not finite moves nothing, and its replica goes no further.
    """
    settings, lrs, moves = rates
    orders, starts, counts = plan
    costs, taken = told
    for r in range(len(orders)):
        one = trained[0][r], trained[1][r], trained[2][r], trained[3][r]
        own = data[0][r], data[1][r], data[2][r]
        taken[r] = len(starts)
        for s in range(len(starts)):
            if how[BACKWARD]:
                picked = orders[r, starts[s] : starts[s] + counts[s]]
                strength = settings[r, STRENGTH]
                loss, penalty = backward(network, how, strength, own, picked, one, scratch)
                costs[r, s, 0] = loss
                costs[r, s, 1] = penalty
                if not math.isfinite(loss + penalty):
                    taken[r] = s
                    break
            if how[UPDATE]:
                update(how[RULE], settings[r], lrs[r, s], moves[r] + s + 1, one)
