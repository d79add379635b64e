"""The facts that a diagnosis rests on."""

from collections.abc import Mapping

import numpy as np
import torch
from torch.func import functional_call

from neurarium.optics.activity import Activity
from neurarium.optics.answers import Answers, ask
from neurarium.optics.diagnosis import Vitals
from neurarium.optics.examples import Gathering, gather
from neurarium.optics.passes import evaluating, losses
from neurarium.training.view import View

LATELY = 0.8
"""The state to compare with is at least a fifth of all steps old,"""
LEAST = 50
"""and at least so many steps."""


def vitals(
    view: View, active: Mapping[str, Activity], sharpness: float | None, limit: float | None
) -> Vitals:
    """Put together what the rules look at."""
    everything = gather(view.examples)
    answers = ask(view)
    judged = everything.held_out if everything.held_out.any() else ~everything.held_out
    flat = max(active, key=lambda path: active[path].saturated, default="")
    quiet = max(active, key=lambda path: active[path].silent / active[path].units, default="")
    return Vitals(
        seed=view.job.seed,
        step=view.step,
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


def _explained(
    everything: Gathering, answers: Answers, judged: "np.typing.NDArray[np.bool_]"
) -> float | None:
    """Compare with always saying the mean of the training targets."""
    if answers.said.values is None or "y" not in everything.arrays:
        return None
    targets = everything.arrays["y"]
    mean = targets[~everything.held_out].mean(axis=0)
    whole = float(np.square(targets[judged] - mean).sum())
    left = float(np.square(targets[judged] - answers.said.values[judged]).sum())
    return 1 - left / whole if whole else 0.0


def _before(view: View) -> tuple[int, float] | None:
    """Find the loss on the training examples at the last snapshot that is old enough."""
    names = [name for name, _ in view.network.named_parameters()]
    if view.past is None or not names:
        return None
    steps, _ = view.past(names[0])
    old = np.flatnonzero(np.asarray(steps) <= min(view.step * LATELY, view.step - LEAST))
    if not len(old):
        return None
    at = int(old[-1])
    weights = {name: view.past(name)[1][at] for name in names}
    if any(weights[name].shape != value.shape for name, value in view.network.named_parameters()):
        return None  # the network was another one then
    weights = {name: weights[name].to(value) for name, value in view.network.named_parameters()}
    batch = view.inputs(view.examples.train.arrays)
    with torch.no_grad(), evaluating(view.network):
        outputs = functional_call(view.network, weights, (batch,))
        return int(steps[at]), float(losses(view, outputs, batch).mean())
