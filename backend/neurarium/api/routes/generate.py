"""Let a network say words."""

from typing import Any

from pydantic import Field

from neurarium.api.messages import Count
from neurarium.api.problems import BODY, FieldError, Refusal, documented
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer, finite
from neurarium.sessions.utterance import Utterance

router = new_router("runs", "/api/v1/runs/{run}")

LONGEST = 40
"""Letters of a word that are repeated."""


class Wish(Utterance):
    """What words are wanted for, and how they are chosen."""

    step: Count | None = Field(default=None, description="A past step; none: now.")


class Said(Answer):
    """A sentence that the network said by itself."""

    text: str
    words: list[str]
    probability: list[float] = Field(description="Of each word, before it was said.")
    likely: list[list[str]] = Field(description="The likeliest words at each place.")
    shares: list[list[float]] = Field(description="Their probabilities.")
    ended: bool = Field(description="Whether it came to an end by itself.")
    score: float | None = Field(
        description="Logarithm of the probability of all words; null: one was impossible."
    )


class Looked(Answer):
    """What each word that was said has looked at, in one layer of attention."""

    path: str
    kind: str
    heads: int
    query: str = Field(description="The input whose places ask.")
    key: str = Field(description="The input whose places are looked at.")
    grid: list[int] | None = Field(default=None, description="Rows and columns of an image.")
    weights: list[Any] = Field(description="Heads × words × places.")


class Generated(Answer):
    """What the network says."""

    step: Count
    tokens: dict[str, list[str]] = Field(description="What was read, by input.")
    said: Said
    beams: list[Said] = Field(description="What else a beam followed, likeliest first.")
    unchanged: Said | None = Field(
        description="What it says with its attention as it is; null where nothing of that was changed."
    )
    truth: list[str] | None = Field(
        description="What is right: of an example, or of a text where the data know it."
    )
    attention: list[Looked]
    picture: list[Any] | None = Field(
        description="Of a scene, what was seen: channels × rows × columns, from 0 to 1; else null."
    )


@router.post(
    "/generate",
    responses=documented(
        *BODY, "not-found", "command-refused", "words-unknown", "inputs-refused", "unavailable"
    ),
)
async def generate(session: Named, wish: Wish) -> Generated:
    """Let the network say words for a text, an example, a scene or inputs, its attention as it is or as you want it.

    Words of a text that it does not know are refused, and named one by one in `errors`.
    """
    document = wish.model_dump(exclude={"step"}, exclude_none=True)
    facts = await session.generate(Utterance.model_validate(document), wish.step)
    if "unknown" in facts:
        raise _unknown(facts["unknown"])
    return Generated.model_validate(finite(facts))


def _unknown(found: list[dict[str, Any]]) -> Refusal:
    """Name words that are not known, with some that are. Nothing else of what was sent is repeated."""
    named = [(one["word"][:LONGEST], one["near"]) for one in found]
    errors = [
        FieldError(
            pointer="/text",
            code="unknown_word",
            detail=f"`{word}` is not known." + (f" Near it: {', '.join(near)}." if near else ""),
        )
        for word, near in named
    ]
    words = ", ".join(f"`{word}`" for word, _ in named)
    return Refusal("words-unknown", f"The network does not know {words}.", errors=errors)
