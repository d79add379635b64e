"""What does our loop cost where sentences are learned? Translators with one viewer, against bare PyTorch loops.

The bare loop is that of any textbook, and so are its networks: torch's own Transformer layers, and a GRU cell that
looks back before each word. It reads the same places as ours: it too puts sentences of similar length together and
cuts off what is padding in all of them, and nothing else. Ours is a server with one worker, and a page's socket that
draws every picture that the page shows of these networks by default: all heads of all layers among them. Sentences
are unequally long, so words of the target are counted, not steps.
"""

import math
import time
from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks import viewer
from benchmarks.race import Race
from benchmarks.train_loop import job_of
from neurarium.dataset import PAD
from neurarium.training.job import Job
from neurarium.training.order import visits

ROUNDS = 9
TARGET = 0.9
SECONDS = 2.0
"""Of each turn."""
POOL = 32
"""Batches that are sorted by length together."""
WATCHED: viewer.Probes = (
    {"kind": "data"},
    {"kind": "answer"},
    {"kind": "batch"},
    {"kind": "hard", "count": 8},
    {"kind": "value"},
    {"kind": "weight"},
    {"kind": "attention"},
    {"kind": "decode"},
    {"kind": "lengths"},
    {"kind": "health", "curvature": None},
)


class Transformer(nn.Module):
    """Two blocks read, two write; one table of words for both sides and the output."""

    places: Tensor

    def __init__(self, words: int, width: int = 64, heads: int = 4, places: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        settings = (width, heads, 4 * width, 0.0, "gelu")
        reads = nn.TransformerEncoderLayer(*settings, batch_first=True, norm_first=True)
        writes = nn.TransformerDecoderLayer(*settings, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(
            reads, 2, nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.decoder = nn.TransformerDecoder(writes, 2, nn.LayerNorm(width))
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.output = nn.Linear(width, words, bias=False)
        self.output.weight = self.embedding.weight
        at = torch.arange(places)[:, None] * torch.exp(
            torch.arange(0, width, 2) * (-math.log(10000.0) / width)
        )
        self.register_buffer("places", torch.stack((at.sin(), at.cos()), -1).flatten(1))

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Rate all words at each place of the target."""
        padding = source == PAD
        read, written = (
            norm(self.embedding(words)) + self.places[: words.shape[1]]
            for norm, words in zip(self.norms, (source, target), strict=True)
        )
        memory = self.encoder(read, src_key_padding_mask=padding)
        causal = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        said = self.decoder(
            written, memory, causal, memory_key_padding_mask=padding, tgt_is_causal=True
        )
        logits: Tensor = self.output(said)
        return logits


class Bahdanau(nn.Module):
    """A GRU reads in both directions; another looks at what it read before each word."""

    def __init__(self, read: int, written: int, width: int = 64, hidden: int = 80) -> None:
        super().__init__()
        self.source = nn.Embedding(read, width)
        self.target = nn.Embedding(written, width)
        self.encoder = nn.GRU(width, hidden, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * hidden, hidden)
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.key = nn.Linear(2 * hidden, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)
        self.cell = nn.GRUCell(width + 2 * hidden, hidden)
        self.output = nn.Linear(3 * hidden + width, written)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Rate all words at each place of the target."""
        padding, words = source == PAD, self.target(target)
        lengths = (~padding).sum(1)
        packed = pack_padded_sequence(
            self.source(source), lengths, batch_first=True, enforce_sorted=False
        )
        read, last = self.encoder(packed)
        memory, _ = pad_packed_sequence(read, batch_first=True)
        state = torch.tanh(self.bridge(last.transpose(0, 1).flatten(1)))
        keys, seen = self.key(memory), []
        for word in words.unbind(1):
            scores = self.score(torch.tanh(self.query(state).unsqueeze(1) + keys)).squeeze(-1)
            weights = scores.masked_fill(padding, -torch.inf).softmax(-1)
            context = (weights.unsqueeze(1) @ memory).squeeze(1)
            state = self.cell(torch.cat((word, context), -1), state)
            seen.append(torch.cat((state, context, word), -1))
        logits: Tensor = self.output(torch.stack(seen, 1))
        return logits


class Bare:
    """The textbook's loop."""

    def __init__(self, job: Job, net: nn.Module, seconds: float = SECONDS) -> None:
        train = job.dataset.draw(job.seed).train.arrays
        self.source = torch.from_numpy(train["source"])
        self.target = torch.from_numpy(train["target"])
        self.lengths = (self.source != PAD).sum(1) + (self.target != PAD).sum(1)
        self.size = job.batch.size
        self.seconds = seconds
        self.net = net
        self.optimizer = torch.optim.Adam(net.parameters(), lr=job.optimizer.lr)
        self.waiting: list[Tensor] = []

    def turn(self) -> float:
        """Train for a while; say how many words a second."""
        words, start = 0, time.thread_time()
        while (spent := time.thread_time() - start) < self.seconds:
            self.waiting = self.waiting or self.epoch()
            words += self.step(self.waiting.pop())
        return words / spent

    def epoch(self) -> list[Tensor]:
        """Shuffle all sentences, put those of similar length together, and shuffle the batches."""
        batches = []
        for pool in torch.randperm(len(self.lengths)).split(POOL * self.size):
            batches += pool[self.lengths[pool].argsort()].split(self.size)
        return [batches[at] for at in torch.randperm(len(batches))]

    def step(self, batch: Tensor) -> int:
        """Take one step with some of the sentences; say how many words they have."""
        source, target = (cut(tokens[batch]) for tokens in (self.source, self.target))
        wanted = target[:, 1:]
        self.optimizer.zero_grad()
        logits = self.net(source, target)[:, :-1]  # as ours, it reads the last word too
        loss = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=PAD)
        loss.backward()
        self.optimizer.step()
        return int((wanted != PAD).sum())


def cut(tokens: Tensor) -> Tensor:
    """Cut off the places that are padding in all sentences of a batch."""
    return tokens[:, : int((tokens != PAD).sum(1).max())]


def words_of(job: Job) -> viewer.Work:
    """Make what counts the words of the target that a job learns from between two steps."""
    train = job.dataset.draw(job.seed).train
    words = train.arrays["target_mask"][:, 1:].sum(1)
    size, steps = job.batch.size, math.ceil(len(words) / job.batch.size)

    @cache
    def epoch(number: int) -> list[int]:
        order = visits(train, job.batch, job.seed, range(number, number + 1))
        return [int(words[order[at : at + size]].sum()) for at in range(0, len(order), size)]

    return lambda first, last: sum(epoch(at // steps)[at % steps] for at in range(first, last))


def peer(preset: str, job: Job) -> nn.Module:
    """Write a preset's network as a textbook does."""
    sizes = [len(each.words) for each in job.dataset.vocabularies().values()]
    return Transformer(sizes[0]) if preset == "transformer" else Bahdanau(*sizes)


PRESETS = ("transformer", "translation-attention")


def races(rounds: int = ROUNDS) -> Iterator[Race]:
    """Let both train in turns."""
    torch.set_num_threads(1)
    for preset in PRESETS:
        job = job_of(preset)
        bare = Bare(job, peer(preset, job))
        measured = viewer.rounds(rounds, preset, WATCHED, bare, words_of(job))
        yield Race(f"{preset} with one viewer", TARGET, measured, "words")
