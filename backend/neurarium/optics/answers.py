"""What the network says to examples, and how wrong that is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.dataset import InputTarget
from neurarium.optics.examples import Gathering, gather
from neurarium.optics.memory import Memory
from neurarium.optics.passes import (
    SENTENCES,
    Tensors,
    fingerprint,
    losses,
    numbers,
    rows_at_once,
    see,
)
from neurarium.training.trimming import lengths, trimmed
from neurarium.training.view import View

_memory = Memory()
ONE_ANSWER = 2
"""Axes of outputs that are one answer for each example."""
_answered = Memory(kept=2)
"""Answers by job and weights: data and loss follow from the job."""
SOME, JUDGED = 64, 1024
"""Of what is read token by token, so many at most are asked at one look, of those that train and, where classes are to
be said, of those held out. Of sentences as many held out as others."""


@dataclass(frozen=True, eq=False)
class Said:
    """Answers to some inputs. Where they are classes, `probability` is there, and `answer` only if one unit says it.

    Nothing is there where they are sentences: what is said then, another probe tells word by word.
    """

    answer: NDArray[np.float64] | None
    """N: from -1, surely the first class, to 1, surely the second; or the number itself."""
    probability: NDArray[np.float64] | None
    """N × K."""
    choice: NDArray[np.int64] | None
    """N: the class that is said."""
    values: NDArray[np.float64] | None
    """N × width: the numbers that are said."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to those who were asked, and how good they are."""

    said: Said
    outputs: Tensors
    """As the network puts them out."""
    loss: NDArray[np.float64]
    right: NDArray[np.bool_] | None
    """None where answers are more or less near, not right or wrong."""


def ask(view: View, example: int | None = None) -> Answers:
    """Let the network answer who is asked, in their order. At one moment several probes want the same."""
    key = (fingerprint(view.network), example if view.network.graph.reads_tokens else None)
    return _answered.recall(view.job, key, lambda: _ask_all(view, example))


def asked(view: View, example: int | None = None) -> Gathering:
    """Choose whom to ask: all, but of what is read token by token some, picked evenly, as each takes many steps.

    An example that is named is among them.
    """
    everything = gather(view.examples)
    if not view.network.graph.reads_tokens:
        return everything
    says_words = isinstance(view.job.dataset.target(), InputTarget)
    trained, held_out = np.flatnonzero(~everything.held_out), np.flatnonzero(everything.held_out)
    rows = [_some(trained, SOME), _some(held_out, SOME if says_words else JUDGED)]
    if example is not None:
        rows.append(np.array([everything.row(example)]))
    return everything.some(np.unique(np.concatenate(rows)))


def _some(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    places = np.linspace(0, len(rows) - 1, min(most, len(rows)))
    return rows[places.round().astype(np.int64)]


def _ask_all(view: View, example: int | None) -> Answers:
    everything = asked(view, example)
    if view.network.graph.reads_tokens:
        return _ask_sentences(view, everything)
    size = rows_at_once(view)
    chunks = [
        _ask(view, everything.pick(slice(start, start + size)))
        for start in range(0, len(everything), size)
    ]
    return _together(view, chunks)


def _ask_sentences(view: View, everything: Gathering) -> Answers:
    """Ask about those of similar length together. What is said word by word is not kept: it is too much."""
    length = lengths(everything.arrays)
    order = np.arange(len(everything)) if length is None else np.argsort(length, kind="stable")
    back = torch.from_numpy(np.argsort(order, kind="stable"))
    chunks = []
    for start in range(0, len(order), SENTENCES):
        outputs, loss, metrics = _ask(view, everything.pick(order[start : start + SENTENCES]))
        kept = {} if any(each.ndim > ONE_ANSWER for each in outputs.values()) else outputs
        chunks.append((kept, loss, metrics))
    return _together(view, chunks, back)


def _together(
    view: View, chunks: list[tuple[Tensors, Tensor, Tensors]], order: Tensor | None = None
) -> Answers:
    """Put what was asked in parts into one, if need be in another order."""

    def whole(parts: list[Tensor]) -> Tensor:
        together = torch.cat(parts)
        return together if order is None else together[order.to(together.device)]

    outputs = {name: whole([chunk[0][name] for chunk in chunks]) for name in chunks[0][0]}
    loss = whole([chunk[1] for chunk in chunks])
    metrics = {name: whole([chunk[2][name] for chunk in chunks]) for name in chunks[0][2]}
    right = numbers(metrics["accuracy"]) == 1 if "accuracy" in metrics else None
    return Answers(read(view, outputs), outputs, _wide(loss) + 0.0, right)  # no loss of -0


def read(view: View, outputs: Tensors) -> Said:
    """Read answers from outputs, as the task does. Sentences are many answers each: nothing of them is read."""
    if not outputs:
        return Said(None, None, None, None)
    decoded = view.job.task.decode(outputs, view.job.loss.probabilities)
    if "probability" not in decoded:
        values = _wide(decoded["answer"])
        values = values.reshape(len(values), -1)
        return Said(values[:, 0] if values.shape[1] == 1 else None, None, None, values)
    if decoded["probability"].ndim > ONE_ANSWER:
        return Said(None, None, None, None)
    choice = numbers(decoded["answer"]).astype(np.int64)
    sole = next(iter(outputs.values()))
    if len(outputs) > 1 or sole.shape[1:] != (1,):
        return Said(None, _wide(decoded["probability"]), choice, None)
    lean = torch.tanh(sole[:, 0] / 2) if wants_more(view) else sole[:, 0].clamp(-1, 1)
    return Said(_wide(lean), _wide(decoded["probability"]), choice, None)


def wants_more(view: View) -> bool:
    """Say whether the loss pushes one unit on beyond its target of 1, so that the unit's sum is a logit.

    It does in cross-entropy, where tanh(y/2) = 2p - 1; squared error and hinge are content with 1.
    """

    def ask_loss() -> bool:
        near, far = view.job.loss.per_example(
            torch.tensor([[1.5], [2.0]]), torch.tensor([1, 1])
        ).tolist()
        return bool(far < near)

    return _memory.recall(view.job, "wants more", ask_loss)


def _ask(view: View, arrays: dict[str, NDArray[Any]]) -> tuple[Tensors, Tensor, Tensors]:
    batch = trimmed(view.inputs(arrays), view.network)
    outputs, _ = see(view, batch)
    with torch.no_grad():
        return outputs, losses(view, outputs, batch), view.job.task.metrics(outputs, batch)


def _wide(tensor: Tensor) -> NDArray[np.float64]:
    wide: NDArray[np.float64] = numbers(tensor).astype(np.float64)
    return wide
