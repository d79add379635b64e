"""What the network says by itself."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, Reading, marks, shares

if TYPE_CHECKING:
    from neurarium.optics.decoding import Saying, Word
    from neurarium.optics.sentences import Sentences
    from neurarium.training.view import View


class Decode(Probe):
    """The network's own words for the pinned example, one after the other, each with what else it might have said.

    Beside them stands what it says where it is told the right words so far, as in training.
    """

    kind: Literal["decode"] = "decode"
    rate: ClassVar = 2.0
    method: Literal["greedy", "beam", "sample"] = Field(
        default="greedy",
        description="Whether the likeliest word is taken, several sentences are followed at once, or words are drawn.",
    )
    width: int = Field(default=4, ge=1, le=32, description="How many sentences a beam follows.")
    temperature: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description="How freely words are drawn: 0 always takes the likeliest, 1 follows the probabilities.",
    )
    seed: int = Field(
        default=0, ge=0, le=2**31, description="What chance follows from, in drawing."
    )
    says: ClassVar = {
        "right": ("example", "said", "words"),
        "differs": ("example", "said", "truth", "word", "instead", "place"),
    }

    def look(self, view: "View") -> Frame:
        """Let the network hear its own words; then the right ones."""
        from neurarium.optics.decoding import WORDS, Decoder, Manner, foretold
        from neurarium.optics.sentences import end, named, pinned

        example = pinned(view, self.example)
        decoder = Decoder(view, example.batch, end(view, WORDS))
        manner = Manner(self.method, self.width, self.temperature, self.seed)
        sayings = decoder.say(manner)
        told = foretold(view, example)
        truth = list(example.tokens[WORDS][1:])
        own = sayings[0]
        pictures = (
            *_pictures("", own.words),
            *_pictures("told_", told),
            marks("truth", WORDS, ("T",), np.array(truth, dtype=np.int64)),
        )
        place = difference(own.tokens, truth)
        details = {
            "tokens": named(view, example),
            "own": told_of(view, own),
            "told": _listed(view, told),
            "truth": _sentence(view, truth),
            "difference": place,
            "beams": [told_of(view, saying) for saying in sayings] if len(sayings) > 1 else [],
        }
        reading = self._reading(view, own.tokens, truth, place, example)
        return Frame(view.step, pictures, reading, example.example, details=details)

    def _reading(
        self,
        view: "View",
        said: list[int],
        truth: list[int],
        place: int | None,
        example: "Sentences",
    ) -> Reading:
        from neurarium.optics.decoding import WORDS
        from neurarium.optics.sentences import text, words

        spoken = text(view, WORDS, said)
        if place is None:
            return self.say("right", example=example.example, said=spoken, words=len(said))
        word, instead = (
            words(view, WORDS, tokens[place : place + 1]) or ["–"] for tokens in (said, truth)
        )
        return self.say(
            "differs",
            example=example.example,
            said=spoken,
            truth=text(view, WORDS, truth),
            word=word[0],
            instead=instead[0],
            place=place + 1,
        )


def told_of(view: "View", saying: "Saying") -> dict[str, Any]:
    """Tell a sentence as words, with the likeliest at each place, and how likely all of it is."""
    return {
        **_sentence(view, saying.tokens),
        **_listed(view, saying.words),
        "ended": saying.ended,
        "score": saying.score,
    }


def difference(said: list[int], truth: list[int]) -> int | None:
    """Find the first place at which two sentences differ; None where they are the same."""
    for place, (ours, theirs) in enumerate(zip(said, truth, strict=False)):
        if ours != theirs:
            return place
    return None if len(said) == len(truth) else min(len(said), len(truth))


def _sentence(view: "View", tokens: list[int]) -> dict[str, Any]:
    from neurarium.optics.decoding import WORDS
    from neurarium.optics.sentences import text, words

    return {"words": words(view, WORDS, tokens), "text": text(view, WORDS, tokens)}


def _listed(view: "View", said: "tuple[Word, ...]") -> dict[str, Any]:
    from neurarium.optics.decoding import WORDS
    from neurarium.optics.sentences import words

    return {
        "words": words(view, WORDS, [word.token for word in said]),
        "likely": [words(view, WORDS, word.likely) for word in said],
    }


def _pictures(name: str, said: "tuple[Word, ...]") -> list[Picture]:
    """Show the words of a sentence by number, and the likeliest at each place with their probabilities."""
    from neurarium.optics.decoding import WORDS

    width = len(said[0].likely) if said else 0
    likely = np.array([word.likely for word in said], dtype=np.int64).reshape(len(said), width)
    share = np.array([word.shares for word in said]).reshape(len(said), width)
    return [
        marks(
            f"{name}said", WORDS, ("T",), np.array([word.token for word in said], dtype=np.int64)
        ),
        shares(f"{name}probability", WORDS, ("T",), np.array([w.probability for w in said])),
        marks(f"{name}likely", WORDS, ("T", "A"), likely),
        shares(f"{name}share", WORDS, ("T", "A"), share),
    ]
