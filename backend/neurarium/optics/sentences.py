"""One example made of words: what its tokens are called, and where each of its sequences ends."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neurarium.dataset import BOS, EOS, Arrays, Vocabulary
from neurarium.optics.examples import gather
from neurarium.optics.passes import Tensors
from neurarium.training.view import View


@dataclass(frozen=True, eq=False)
class Sentences:
    """The pinned example, as the network is given it."""

    example: int
    batch: Tensors
    """One row of every array."""
    lengths: dict[str, int]
    """How many places of each sequence are real, by input."""
    tokens: dict[str, tuple[int, ...]]
    """The tokens at these places, by input."""


def pinned(view: View, example: int | None) -> Sentences:
    """Fetch one example; without an id the first that is held out. Raise ProbeError where it is no longer there."""
    everything = gather(view.examples)
    row = everything.row(example)
    batch = view.inputs(everything.pick(slice(row, row + 1)))
    return read(view, batch, int(everything.ids[row]))


def read(view: View, batch: Tensors, example: int) -> Sentences:
    """See where the sequences of a batch of one example end, and which tokens they hold."""
    lengths, tokens = {}, {}
    for name, spec in view.network.graph.inputs.items():
        if name not in batch or not is_sequence(spec.axes, spec.dtype):
            continue
        lengths[name] = length(batch, name)
        if not batch[name].is_floating_point():
            tokens[name] = tuple(batch[name][0, : lengths[name]].tolist())
    return Sentences(example, batch, lengths, tokens)


def is_sequence(axes: tuple[str, ...], dtype: str) -> bool:
    """Say whether an input is a row of tokens, or of numbers for each moment; a mask is neither."""
    return dtype != "bool" and len(axes) <= 2 and axes[:1] in (("S",), ("T",))


def length(batch: Tensors, name: str) -> int:
    """Count the real places of the first example's sequence: up to the last that its mask covers."""
    mask = batch.get(f"{name}_mask")
    if mask is None:
        return batch[name].shape[1]
    real = torch.nonzero(mask[0])
    return int(real[-1]) + 1 if len(real) else 0


def vocabulary(view: View, name: str) -> Vocabulary | None:
    """Look up what the tokens of an input are called; None where they have no names."""
    return view.job.dataset.vocabularies().get(name)


def words(view: View, name: str, tokens: Sequence[int]) -> list[str]:
    """Name the tokens of an input; those without a name are told by their number."""
    known = vocabulary(view, name)
    names = () if known is None else known.words
    return [names[token] if 0 <= token < len(names) else str(token) for token in tokens]


def named(view: View, example: Sentences) -> dict[str, list[str]]:
    """Name the tokens of an example, by input, cut to their length."""
    return {name: words(view, name, tokens) for name, tokens in example.tokens.items()}


def text(view: View, name: str, tokens: list[int]) -> str:
    """Write tokens as a person does, up to the end of the sentence."""
    known = vocabulary(view, name)
    if known is None:
        return " ".join(map(str, tokens))
    return known.decode(tokens)


def end(view: View, name: str) -> int | None:
    """Find the token that ends a sentence: as the task has it, or else that of all vocabularies."""
    told: int | None = getattr(view.job.task, "end", None)
    return EOS if told is None and vocabulary(view, name) is not None else told


def marked(view: View, arrays: Arrays) -> tuple[str, NDArray[np.int64]]:
    """Count the real words of each example in the input that is read, or else in the one that is written.

    Marks of begin and end are not counted. The name is empty where no input has a mask.
    """
    names = [name for name in view.network.graph.inputs if f"{name}_mask" in arrays]
    if not names:
        return "", np.zeros(0, dtype=np.int64)
    name = min(names, key=lambda each: each in {"target", "tokens"})
    count = arrays[f"{name}_mask"].sum(-1).astype(np.int64)
    if vocabulary(view, name) is not None:
        count -= np.isin(arrays[name], (BOS, EOS)).sum(-1)
    return name, count
