"""Words cut into pieces that occur often: byte-pair encoding (Sennrich et al. 2016), by the library `tokenizers`.

It begins with single characters; again and again, the pair of pieces that are neighbours most often becomes one piece.
The beginning of a word is a character of its own, `▁`, so that pieces can be put together again.
"""

import json
import os
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

START = "▁"
Merges = tuple[tuple[str, str], ...]


def require_tokenizers() -> None:
    """Raise ValueError with what to do where the library is missing."""
    if find_spec("tokenizers") is None:
        raise ValueError(
            "Byte pairs need the library `tokenizers`, which is not installed here: pip install 'neurarium[text]'."
        )


@lru_cache(maxsize=16)
def learn(words: tuple[str, ...], count: int) -> tuple[tuple[str, ...], Merges]:
    """Learn at most so many merges from words, one that occurs often several times: all pieces, and the merges."""
    tokenizers = _library()
    marked = [START + word for word in words]
    signs = set("".join(marked))
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=len(signs) + count, show_progress=False)
    learned = tokenizers.Tokenizer(tokenizers.models.BPE())
    learned.train_from_iterator(marked, trainer)
    model = json.loads(learned.to_str())["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return tuple(pieces), tuple((left, right) for left, right in model["merges"])


class Cutter:
    """Cuts words into the pieces of some merges."""

    def __init__(self, pieces: Iterable[str], merges: Merges) -> None:
        """Build the library's own model of them."""
        tokenizers = _library()
        numbers = {piece: number for number, piece in enumerate(pieces)}
        self._signs = {piece for piece in numbers if len(piece) == 1}
        self._model = tokenizers.Tokenizer(tokenizers.models.BPE(numbers, list(merges)))
        self._known: dict[str, list[str]] = {}

    def cut(self, word: str) -> list[str]:
        """Cut a word; one with characters that no piece has falls into its characters."""
        if word not in self._known:
            marked = START + word
            is_written = self._signs.issuperset(marked)
            self._known[word] = self._model.encode(marked).tokens if is_written else list(marked)
        return self._known[word]


def _library() -> Any:
    """Import it; it would warn whenever a process that has used it makes another one, if it could use several cores."""
    require_tokenizers()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for part in ("models", "trainers"):
        import_module(f"tokenizers.{part}")
    return import_module("tokenizers")
