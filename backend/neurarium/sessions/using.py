"""Where a worker uses a network: on examples that somebody gives, and to say words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurarium.dataset import EOS, SPECIAL, Arrays, Vocabulary
from neurarium.optics import attention
from neurarium.optics.attention import Reweigh, Site, overwritten, reweighing, without
from neurarium.optics.decoding import WORDS, Decoder, Manner, Saying
from neurarium.optics.sentences import Sentences, end, named, pinned, read, text, vocabulary, words
from neurarium.pairs import Pairs, Targets
from neurarium.probe import ProbeError
from neurarium.sessions import limits
from neurarium.sessions.errors import Refused
from neurarium.sessions.utterance import Row, Utterance
from neurarium.training.view import View
from neurarium_models.tensor import TensorSpec

NEAR = 3
"""Words that are told in place of one that is not known."""
UNKNOWN_TOLD = 8
IMAGES = 4
"""Axes of images: examples, channels, rows, columns."""


def predict(view: View, document: bytes) -> dict[str, Any]:
    """Use the network on examples given as lists; shapes are checked against what it expects."""
    given = json.loads(document)
    arrays = {
        name: _array(name, given.get(name), spec) for name, spec in view.job.graph.inputs.items()
    }
    if len({len(array) for array in arrays.values()}) > 1:
        raise Refused("inputs-refused", "All inputs should have the same number of examples.")
    view.network.eval()
    with torch.no_grad(), _within_vocabulary():
        outputs = view.network(view.inputs(arrays))
        answers = view.job.task.decode(outputs, view.job.loss.probabilities)
    return {name: tensor.tolist() for name, tensor in answers.items()}


def generate(view: View, document: bytes) -> dict[str, Any]:
    """Let the network say words for something. Where words of a text are not known, only these are told."""
    asked = Utterance.model_validate_json(document)
    try:
        if asked.text is not None and (missing := _unknown(view, asked.text)):
            return {"unknown": missing}
        example = _given(view, asked)
        decoder = Decoder(view, example.batch, end(view, WORDS))
        changes = _changes(view, asked, example)
        shown = [attention.find(view.network, path) for path in dict.fromkeys(asked.attention)]
        with reweighing(view.network, changes), _within_vocabulary():
            manner = Manner(asked.method, asked.width, asked.temperature, asked.seed)
            sayings = decoder.say(manner)
            rows = _rows(view, decoder, sayings[0], example, shown)
        unchanged = decoder.say(manner)[0] if changes else None
    except ProbeError as problem:
        raise Refused("inputs-refused", str(problem)) from problem
    return {
        "tokens": {name: each for name, each in named(view, example).items() if name != WORDS},
        "said": _told(view, sayings[0]),
        "beams": [_told(view, saying) for saying in sayings[1:]],
        "unchanged": None if unchanged is None else _told(view, unchanged),
        "truth": _truth(view, asked, example),
        "attention": rows,
        "picture": _picture(example) if asked.scene is not None else None,
    }


def _given(view: View, asked: Utterance) -> Sentences:
    """Make one example of what was given: with everything but what is to be said."""
    if asked.example is not None:
        return pinned(view, asked.example)
    inputs = view.network.graph.inputs
    arrays: dict[str, NDArray[Any]] = {}
    if asked.text is not None:
        arrays = _read_text(view, asked.text)
    elif asked.scene is not None:
        arrays = _composed(view, asked.scene, asked.seed)
    elif asked.inputs is not None:
        arrays = {
            name: _array(name, asked.inputs.get(name), spec)
            for name, spec in inputs.items()
            if not name.startswith(WORDS)
        }
        if {len(array) for array in arrays.values()} != {1}:
            raise Refused("inputs-refused", "Words are said for one example at a time.")
    if WORDS in inputs:
        arrays[WORDS] = view.examples.train.arrays[WORDS][:1, :1]  # what begins every sentence
    return read(view, view.inputs(arrays), -1)


def _truth(view: View, asked: Utterance, example: Sentences) -> list[str] | None:
    """Tell what is right: of an example, or of a text where the data know it; None where nobody does."""
    if asked.example is not None:
        return words(view, WORDS, example.tokens[WORDS][1:])
    dataset = view.job.dataset
    if asked.scene is not None and isinstance(dataset, Targets):
        return [*dataset.composed(asked.scene, asked.seed)[1], SPECIAL[EOS]]
    if asked.text is None or not isinstance(dataset, Pairs):
        return None
    name, known = _source(view)
    row = example.tokens[name]
    for split in (view.examples.train, view.examples.validation):
        arrays = split.arrays
        same = arrays[f"{name}_mask"].sum(-1) == len(row)
        same &= (arrays[name][:, : len(row)] == row).all(-1)
        if same.any():
            place = int(same.argmax())
            right = arrays[WORDS][place, arrays[f"{WORDS}_mask"][place]]
            return words(view, WORDS, right[1:].tolist())
    answer = dataset.answer(tuple(known.split(asked.text)))
    return None if answer is None else [*answer, SPECIAL[EOS]]


def _composed(view: View, scene: list[str], seed: int) -> Arrays:
    """Make a scene as the data have them."""
    dataset = view.job.dataset
    if not isinstance(dataset, Targets):
        raise Refused("inputs-refused", "Of these data no scene can be composed.")
    try:
        return dataset.composed(scene, seed)[0]
    except ValueError as problem:
        raise Refused("inputs-refused", str(problem)) from problem


def _picture(example: Sentences) -> list[Any] | None:
    """Tell the pixels of an example, as finely as an eye sees them; None where the network sees none."""
    for image in example.batch.values():
        if image.dim() == IMAGES:
            pixels: list[Any] = (image[0].double() * 1000).round().div(1000).tolist()
            return pixels
    return None


def _source(view: View) -> tuple[str, Vocabulary]:
    """Find the input whose words are read."""
    for name in view.network.graph.inputs:
        known = vocabulary(view, name)
        if known is not None and name != WORDS:
            return name, known
    raise Refused("inputs-refused", "This network reads no words: give an example, or inputs.")


def _unknown(view: View, sentence: str) -> list[dict[str, Any]]:
    """List the words of a text that the network does not know, each with known ones that are written alike."""
    _, known = _source(view)
    names = known.words[len(SPECIAL) :]
    return [
        {"word": word, "near": get_close_matches(word.lower(), names, NEAR, 0.5)}
        for word in known.unknown(sentence)[:UNKNOWN_TOLD]
    ]


def _read_text(view: View, sentence: str) -> dict[str, NDArray[Any]]:
    """Number the words of a text as the data have them: with its end, and padding behind."""
    name, known = _source(view)
    tokens = [*known.encode(sentence), EOS]
    length = view.network.graph.inputs[name].shape[0]
    if len(tokens) > length:
        raise Refused(
            "inputs-refused",
            f"This text has {len(tokens) - 1} words; the network reads at most {length - 1}.",
            limit=length - 1,
            actual=len(tokens) - 1,
        )
    row = np.zeros((1, length), dtype=np.int64)
    row[0, : len(tokens)] = tokens
    return {name: row, f"{name}_mask": np.arange(length)[None] < len(tokens)}


def _changes(view: View, asked: Utterance, example: Sentences) -> dict[str, Reweigh]:
    """Turn what is asked of the attention into functions by node: rows first, then heads that are switched off."""
    rows: dict[str, list[tuple[int, int, list[float]]]] = {}
    for row in asked.overwrite:
        site = attention.find(view.network, row.node)
        rows.setdefault(site.path, []).append((row.head, row.place, _checked(site, row, example)))
    off: dict[str, list[int]] = {}
    for each in asked.without:
        site = attention.find(view.network, each.node)
        site.check(each.head)
        off.setdefault(site.path, []).append(each.head)
    changes: dict[str, Reweigh] = {path: overwritten(given) for path, given in rows.items()}
    for path, heads in off.items():
        before, after = changes.get(path), without(*heads)
        changes[path] = after if before is None else attention.both(before, after)
    return changes


def _checked(site: Site, row: Row, example: Sentences) -> list[float]:
    """Make a row sum to 1; refuse what the place cannot look at."""
    site.check(row.head)
    spec = site.place.specs[1]
    keys = example.lengths.get(site.key, 0 if spec is None else spec.shape[0])
    if site.key == WORDS:
        keys = row.place + 1
    if site.grid is not None:
        keys = site.grid[0] * site.grid[1]
    if len(row.weights) > keys:
        raise Refused(
            "inputs-refused",
            f"At `{site.path}`, place {row.place} can look at {keys} places; these are {len(row.weights)} weights.",
            limit=keys,
            actual=len(row.weights),
        )
    total = sum(row.weights)
    return [weight / total for weight in row.weights]


def _rows(
    view: View, decoder: Decoder, saying: Saying, example: Sentences, shown: list[Site]
) -> list[dict[str, Any]]:
    """Tell what each word that was said has looked at: heads × words × places, by node."""
    if not shown:
        return []
    batch = decoder.heard([saying.tokens[:-1]])
    told = attention.explain(view.network, batch, tuple(shown))
    heard = read(view, batch, example.example)
    return [
        {**site.facts, "weights": attention.cut(told[site.path]["weights"], site, heard).tolist()}
        for site in shown
    ]


def _told(view: View, saying: Saying) -> dict[str, Any]:
    """Write a sentence down, with what else could have been said at each word."""
    return {
        "text": text(view, WORDS, saying.tokens),
        "words": words(view, WORDS, saying.tokens),
        "probability": [word.probability for word in saying.words],
        "likely": [words(view, WORDS, word.likely) for word in saying.words],
        "shares": [list(word.shares) for word in saying.words],
        "ended": saying.ended,
        "score": saying.score,
    }


@contextmanager
def _within_vocabulary() -> Iterator[None]:
    """Refuse tokens for which the network has learned nothing."""
    try:
        yield
    except IndexError as problem:
        sentence = "One of these tokens is beyond the vocabulary of the network."
        raise Refused("inputs-refused", sentence) from problem


def _array(name: str, values: Any, spec: TensorSpec) -> NDArray[Any]:
    """Read a list of examples of one input."""
    kinds: dict[str, type[np.generic]] = {"bool": np.bool_, "int64": np.int64, "int32": np.int64}
    array: NDArray[Any]
    try:
        array = np.asarray(values, kinds.get(spec.dtype, np.float64))
    except (ValueError, TypeError, OverflowError):
        array = np.zeros(0)
    if array.shape[1:] != tuple(spec.shape) or not 0 < len(array) <= limits.EXAMPLES_PREDICTED:
        raise Refused(
            "inputs-refused",
            f"`{name}` should be a list of 1 to {limits.EXAMPLES_PREDICTED} examples, each {spec}.",
            limit=int(limits.EXAMPLES_PREDICTED),
        )
    return array
