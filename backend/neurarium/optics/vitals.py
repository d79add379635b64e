"""The facts that a diagnosis rests on."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from neurarium.optics.activity import Activity
from neurarium.optics.answers import Answers, ask, asked
from neurarium.optics.diagnosis import Vitals
from neurarium.optics.examples import Gathering
from neurarium.optics.memory import Memory
from neurarium.optics.passes import evaluating, in_parts, losses
from neurarium.training.trimming import lengths, trimmed
from neurarium.training.view import View

SHARES = (0.2, 0.4, 0.6, 0.8)
"""Which moments of a run are compared with its present, as shares of its steps,"""
LEAST = 50
"""if they are at least so many steps old."""
_past = Memory()
"""Losses of snapshots, by job and first tensor; that is kept along, so that no other one gets its number."""


def vitals(
    view: View, active: Mapping[str, Activity], sharpness: float | None, limit: float | None
) -> Vitals:
    """Put together what the rules look at."""
    everything = asked(view)
    answers = ask(view)
    judged = everything.held_out if everything.held_out.any() else ~everything.held_out
    flat = max(active, key=lambda path: active[path].saturated, default="")
    quiet = max(active, key=lambda path: active[path].silent / active[path].units, default="")
    return Vitals(
        seed=view.job.seed,
        step=view.step,
        given=view.given,
        parameters=view.inspection.parameters,
        loss=float(answers.loss[~everything.held_out].mean()),
        finite=all(bool(torch.isfinite(value).all()) for value in view.network.parameters()),
        count=int(judged.sum()),
        wrong=None if answers.right is None else int((~answers.right[judged]).sum()),
        explained=_explained(everything, answers, judged),
        saturated=(flat, active[flat].saturated if active else 0.0),
        silent=(quiet, active[quiet].silent, active[quiet].units) if active else ("", 0, 0),
        sharpness=sharpness,
        limit=limit,
        before=_before(view),
    )


def _explained(everything: Gathering, answers: Answers, judged: NDArray[np.bool_]) -> float | None:
    """Compare with always saying the mean of the training targets."""
    if answers.said.values is None or "y" not in everything.arrays:
        return None
    targets = everything.arrays["y"]
    mean = targets[~everything.held_out].mean(axis=0)
    whole = float(np.square(targets[judged] - mean).sum())
    left = float(np.square(targets[judged] - answers.said.values[judged]).sum())
    return 1 - left / whole if whole else 0.0


def _before(view: View) -> tuple[tuple[int, float], ...]:
    """Find the loss on the training examples at some snapshots that are old enough."""
    names = [name for name, _ in view.network.named_parameters()]
    if view.past is None or not names:
        return ()
    past = {
        name: dict(zip(found[0].tolist(), found[1], strict=True))
        for name in names
        for found in [view.past(name)]
    }
    common = [at for at in past[names[0]] if all(at in each for each in past.values())]
    steps = np.array(common, dtype=np.int64)
    chosen = {
        int(np.flatnonzero(steps <= wanted)[-1])
        for wanted in (min(share * view.step, view.step - LEAST) for share in SHARES)
        if (steps <= wanted).any()
    }
    found = []
    for at in sorted(chosen):
        weights = {name: past[name][int(steps[at])] for name in names}
        if all(weights[name].shape == now.shape for name, now in view.network.named_parameters()):
            found.append((int(steps[at]), _loss_then(view, weights)))
    return tuple(found)


def _loss_then(view: View, weights: Mapping[str, Tensor]) -> float:
    """Compute the mean loss with the weights of a snapshot, which never change: once is enough for each job."""
    kept = next(iter(weights.values()))
    return _past.recall(view.job, id(kept), lambda: (kept, _loss(view, weights)))[1]


def _loss(view: View, weights: Mapping[str, Tensor]) -> float:
    everything = asked(view)
    arrays = everything.pick(np.flatnonzero(~everything.held_out))
    length = lengths(arrays)
    if length is not None:  # those of similar length together
        arrays = {name: array[np.argsort(length, kind="stable")] for name, array in arrays.items()}
    batch = view.inputs(arrays)
    like = next(view.network.parameters())
    given = {name: value.to(like) for name, value in weights.items()}
    with torch.no_grad(), evaluating(view.network):
        parts = [
            losses(view, functional_call(view.network, given, (rows,)), rows)
            for part in in_parts(view, batch)
            for rows in [trimmed(part, view.network)]
        ]
        return float(torch.cat(parts).mean())
