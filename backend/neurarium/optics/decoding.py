"""What a network says by itself, word after word, with what else it might have said at each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from neurarium.optics.passes import Tensors, evaluating, see
from neurarium.probe import ProbeError
from neurarium.saying import struck
from neurarium.task import only

if TYPE_CHECKING:
    from neurarium.optics.sentences import Sentences
    from neurarium.training.view import View

Method = Literal["greedy", "beam", "sample"]
LIKELIEST = 5
"""Words that are told at each place."""
WORDS = "target"
"""The input that holds what is to be said."""


@dataclass(frozen=True)
class Word:
    """One word that was said, and what was likeliest there."""

    token: int
    probability: float
    likely: tuple[int, ...]
    """The likeliest tokens, first the likeliest of all."""
    shares: tuple[float, ...]
    """Their probabilities."""


@dataclass(frozen=True)
class Saying:
    """A sentence that is being said. `score` is the logarithm of its probability, the sum of those of its words."""

    words: tuple[Word, ...] = ()
    score: float = 0.0
    ended: bool = False

    @property
    def tokens(self) -> list[int]:
        """List what was said."""
        return [word.token for word in self.words]


@dataclass(frozen=True)
class Manner:
    """How words are chosen: always the likeliest, the best of several ways at once, or drawn."""

    method: Method = "greedy"
    width: int = 4
    """How many sentences a beam follows."""
    temperature: float = 1.0
    """How freely words are drawn: the lower, the more surely the likeliest."""
    seed: int = 0


class Decoder:
    """A network with one example in front of it: everything but the words that it is to say."""

    def __init__(self, view: "View", batch: Tensors, end: int | None) -> None:
        """Take one example; raise ProbeError where there are no words to be said."""
        network = view.network
        if view.job.task.use not in ("translate", "caption") or WORDS not in network.graph.inputs:
            raise ProbeError(
                "Words are said one after the other by runs that translate or caption; "
                f"the task here is {view.job.task.title}."
            )
        self.network = network
        self.end = end
        self.most = network.graph.inputs[WORDS].shape[0] - 1
        self.begin = int(batch[WORDS][0, 0])
        self.probabilities = view.job.loss.probabilities
        self._given = {name: each for name, each in batch.items() if not name.startswith(WORDS)}
        self._device = batch[WORDS].device

    def heard(self, beginnings: list[list[int]]) -> Tensors:
        """Make the batch in which this was said so far, by beginnings of one length."""
        said = torch.tensor(beginnings, device=self._device).reshape(len(beginnings), -1).long()
        first = torch.full((len(said), 1), self.begin, device=self._device)
        heard = torch.cat([first, said], 1)
        batch = {
            name: each.expand(len(said), *each.shape[1:]) for name, each in self._given.items()
        }
        return batch | {WORDS: heard, f"{WORDS}_mask": torch.ones_like(heard, dtype=torch.bool)}

    def rate(self, beginnings: list[list[int]]) -> Tensor:
        """Let the network read what was said so far and rate each word as the next one: beginnings × words."""
        with torch.no_grad(), evaluating(self.network):
            return only(self.network(self.heard(beginnings)))[:, -1]

    def say(self, manner: Manner) -> list[Saying]:
        """Say a sentence; a beam tells all sentences that it followed to the end, the likeliest first."""
        if manner.method == "beam":
            return self._beam(manner.width)
        generator = torch.Generator().manual_seed(manner.seed)
        said = Saying()
        while not said.ended and len(said.words) < self.most:
            logits = self.rate([said.tokens])
            if manner.method == "sample" and manner.temperature > 0:
                logits = logits / manner.temperature
            share = self.probabilities(logits)[0]
            token = int(share.argmax())
            if manner.method == "sample" and manner.temperature > 0:
                dart = torch.rand(1, generator=generator, dtype=torch.float64)
                token = int(struck(share[None], dart))
            said = self._longer(said, share, token)
        return [said]

    def _beam(self, width: int) -> list[Saying]:
        """Go on with the likeliest `width` sentences at each word, those that have ended among them."""
        kept = [Saying()]
        for _ in range(self.most):
            open_ = [saying for saying in kept if not saying.ended]
            if not open_:
                break
            shares = self.probabilities(self.rate([saying.tokens for saying in open_]))
            scores = shares.double().log() + torch.tensor(
                [[saying.score] for saying in open_], dtype=torch.float64, device=shares.device
            )
            best = scores.flatten().topk(min(width, scores.numel())).indices.tolist()
            words = shares.shape[-1]
            longer = [
                self._longer(open_[place // words], shares[place // words], place % words)
                for place in best
            ]
            ended = [saying for saying in kept if saying.ended]
            kept = sorted([*ended, *longer], key=lambda saying: -saying.score)[:width]
        return kept

    def _longer(self, saying: Saying, share: Tensor, token: int) -> Saying:
        score = saying.score + float(share[token].double().log())
        return Saying((*saying.words, word(share, token)), score, token == self.end)


def foretold(view: "View", example: "Sentences") -> tuple[Word, ...]:
    """Tell what the network holds for the likeliest next word at each place, with the right words told so far."""
    outputs, _ = see(view, example.batch)
    # Where outputs are not shifted, a word is said where it is read itself.
    first = 0 if getattr(view.job.task, "shift", True) else 1
    places = slice(first, first + len(example.tokens[WORDS]) - 1)
    share = view.job.loss.probabilities(only(outputs))[0, places]
    return tuple(word(row, int(row.argmax())) for row in share)


def word(share: Tensor, token: int) -> Word:
    """Describe one word among all, by the probabilities of all."""
    most, likely = share.topk(min(LIKELIEST, len(share)))
    return Word(token, float(share[token]), tuple(likely.tolist()), tuple(most.tolist()))
