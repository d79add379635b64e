"""The torch modules of attention: fast where one fused operation does it, and written out so that all can be seen.

Each has `explain`, which computes the same step by step, without dropout, and names what it finds on the way: `weights`
(batch × heads × queries × keys; rows sum to 1, or are 0 where nothing may be seen), `scores` before the softmax (minus
infinity at what may not be seen), `mixture` (batch × heads × queries × features of a head).

Each has `reweigh`: where it is set, attention takes the written way too, and its weights go through that function
before the values are mixed. So a head is switched off, or a row is chosen by hand.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def shares(scores: Tensor, allowed: Tensor | None) -> Tensor:
    """Turn scores into weights, of which only those are not 0 that are allowed."""
    if allowed is None:
        return scores.softmax(-1)
    # Not minus infinity: where nothing is allowed, row and gradient would become NaN.
    least = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
    return least.softmax(-1).masked_fill(~allowed, 0.0)


def weigh(
    scores: Tensor, allowed: Tensor | None, reweigh: Callable[[Tensor], Tensor] | None
) -> dict[str, Tensor]:
    """Name the weights that follow from scores, or what is made of them by hand, and the scores with the mask."""
    weights = shares(scores, allowed)
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    return {"weights": weights if reweigh is None else reweigh(weights), "scores": scores}


def rotate(x: Tensor) -> Tensor:
    """Turn each pair of features by an angle that grows with the place, fast and slow ones: Su et al. 2021.

    So the product of a query and a key depends on how far they are from each other.
    """
    places, width = x.shape[-2:]
    dtype = torch.promote_types(x.dtype, torch.float32)
    rates = 10_000.0 ** (torch.arange(0, width, 2, device=x.device, dtype=dtype) / -width)
    angles = torch.arange(places, device=x.device, dtype=dtype)[:, None] * rates
    cosine, sine = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cosine - b * sine, a * sine + b * cosine), -1).flatten(-2)


def unmasked(key_padding_mask: Tensor | None) -> Tensor | None:
    """Say which keys may be looked at: batch × 1 × 1 × keys."""
    return None if key_padding_mask is None else ~key_padding_mask[:, None, None, :]


class MultiheadAttention(nn.Module):
    """Attention over batches of sequences; parameters are called as in `torch.nn.MultiheadAttention`."""

    reweigh: Callable[[Tensor], Tensor] | None = None

    def __init__(  # noqa: PLR0913 - torch's own has more
        self,
        embed_dim: int,
        num_heads: int,
        kdim: int,
        vdim: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        causal: bool = False,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.causal = causal
        self.rotary = rotary
        self.packed = embed_dim == kdim == vdim
        if self.packed:
            self.in_proj_weight = nn.Parameter(torch.empty(3 * embed_dim, embed_dim))
        else:
            self.q_proj_weight = nn.Parameter(torch.empty(embed_dim, embed_dim))
            self.k_proj_weight = nn.Parameter(torch.empty(embed_dim, kdim))
            self.v_proj_weight = nn.Parameter(torch.empty(embed_dim, vdim))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * embed_dim)) if bias else None
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw initial weights as torch does."""
        for name, parameter in self.named_parameters(recurse=False):
            if name.endswith("weight"):
                nn.init.xavier_uniform_(parameter)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                nn.init.zeros_(bias)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None
    ) -> Tensor:
        """Mix values for each query (batch × places × features); the mask is true where a key may not be looked at."""
        if self.reweigh is not None:
            return self._joined(self.explain(query, key, value, key_padding_mask)["mixture"])
        q, k, v = self._heads(query, key, value)
        mixture = F.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=None if key_padding_mask is None else self._allowed(q, k, key_padding_mask),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=self.causal and key_padding_mask is None,
        )
        return self._joined(mixture)

    def explain(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Do the same step by step; `query`, `key` and `value` are the projected ones of each head."""
        q, k, v = self._heads(query, key, value)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        found = weigh(scores, self._allowed(q, k, key_padding_mask), self.reweigh)
        return found | {"mixture": found["weights"] @ v, "query": q, "key": k, "value": v}

    def _heads(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Project, and give each head its share: batch × heads × places × features of a head."""
        if self.packed and query is key and key is value:
            projected = F.linear(query, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        else:
            if self.packed:
                weights = self.in_proj_weight.chunk(3)
            else:
                weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
            biases = (None, None, None) if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
            projected = tuple(map(F.linear, (query, key, value), weights, biases))
        q, k, v = (x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in projected)
        return (rotate(q), rotate(k), v) if self.rotary else (q, k, v)

    def _allowed(self, q: Tensor, k: Tensor, key_padding_mask: Tensor | None) -> Tensor:
        """Say which query may look at which key: 1 or batch × 1 × queries or 1 × keys."""
        allowed = torch.ones(1, 1, q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device)
        if self.causal:
            allowed = allowed.tril()
        return (
            allowed if key_padding_mask is None else allowed & ~key_padding_mask[:, None, None, :]
        )

    def _joined(self, mixture: Tensor) -> Tensor:
        """Put the heads side by side again, and let them exchange what they found."""
        joined: Tensor = self.out_proj(mixture.transpose(1, 2).flatten(-2))
        return joined


class AdditiveAttention(nn.Module):
    """v·tanh(W q + U k) says how much each query takes of each value: Bahdanau et al. 2015."""

    reweigh: Callable[[Tensor], Tensor] | None = None

    def __init__(self, attention_size: int, qdim: int, kdim: int) -> None:
        super().__init__()
        self.q_proj = nn.Linear(qdim, attention_size, bias=False)
        self.k_proj = nn.Linear(kdim, attention_size, bias=False)
        self.score = nn.Linear(attention_size, 1, bias=False)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None
    ) -> Tensor:
        """Mix values for each query (batch × places × features); the mask is true where a key may not be looked at."""
        return self.explain(query, key, value, key_padding_mask)["mixture"].squeeze(1)

    def explain(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Do it step by step, with one head."""
        sums = self.q_proj(query).unsqueeze(2) + self.k_proj(key).unsqueeze(1)
        scores = self.score(sums.tanh()).squeeze(-1).unsqueeze(1)
        found = weigh(scores, unmasked(key_padding_mask), self.reweigh)
        return found | {"mixture": found["weights"] @ value.unsqueeze(1)}


class MultiplicativeAttention(nn.Module):
    """q·W k says how much each query takes of each value: Luong et al. 2015, where it is called general."""

    reweigh: Callable[[Tensor], Tensor] | None = None

    def __init__(self, qdim: int, kdim: int, scale: bool = False) -> None:
        super().__init__()
        self.factor = kdim**-0.5 if scale else 1.0
        self.k_proj = nn.Linear(kdim, qdim, bias=False)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None
    ) -> Tensor:
        """Mix values for each query (batch × places × features); the mask is true where a key may not be looked at."""
        return self.explain(query, key, value, key_padding_mask)["mixture"].squeeze(1)

    def explain(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Do it step by step, with one head."""
        scores = (query @ self.k_proj(key).transpose(-2, -1) * self.factor).unsqueeze(1)
        found = weigh(scores, unmasked(key_padding_mask), self.reweigh)
        return found | {"mixture": found["weights"] @ value.unsqueeze(1)}


class AttentionGRU(nn.Module):
    """A GRU that looks at a memory before each step: the decoder of Bahdanau et al. 2015.

    What it looks for follows from its state; what it finds (the context) goes into the step beside what comes in.
    """

    reweigh: Callable[[Tensor], Tensor] | None = None

    def __init__(
        self,
        input_size: int,
        memory_size: int,
        hidden_size: int,
        score: str = "additive",
        attention_size: int = 32,
    ) -> None:
        super().__init__()
        reach, rows = hidden_size**-0.5, 3 * hidden_size
        self.weight_ih = nn.Parameter(torch.empty(rows, input_size + memory_size))
        self.weight_hh = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(rows))
        self.bias_hh = nn.Parameter(torch.empty(rows))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -reach, reach)  # as torch does with a GRU
        self.additive = score == "additive"
        if self.additive:
            self.q_proj = nn.Linear(hidden_size, attention_size, bias=False)
            self.k_proj = nn.Linear(memory_size, attention_size, bias=False)
            self.score = nn.Linear(attention_size, 1, bias=False)
        else:
            self.k_proj = nn.Linear(memory_size, hidden_size, bias=False)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        key_padding_mask: Tensor | None = None,
        h_0: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return states and contexts of all places, and the last state; the mask is true where not to look."""
        found = self.steps(x, memory, key_padding_mask, h_0)
        states = torch.stack(found["state"], 1)
        return states, torch.stack(found["context"], 1), states[:, -1]

    def explain(
        self,
        x: Tensor,
        memory: Tensor,
        key_padding_mask: Tensor | None = None,
        h_0: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Do it with one head, and name the gates of each place (batch × places × units) too.

        `reweigh` is asked at every place, with the weights as far as they are known; those of later places are 0.
        """
        found = self.steps(x, memory, key_padding_mask, h_0)
        told = {name: torch.stack(each, 1) for name, each in found.items()}
        told["mixture"] = told.pop("context")
        told |= {name: told[name].unsqueeze(1) for name in ("weights", "scores", "mixture")}
        if key_padding_mask is not None:
            told["scores"].masked_fill_(key_padding_mask[:, None, None, :], -torch.inf)
        return told

    def steps(
        self, x: Tensor, memory: Tensor, key_padding_mask: Tensor | None, h_0: Tensor | None
    ) -> dict[str, list[Tensor]]:
        """Go from place to place: look, then step. What is found lies in lists, one tensor for each place."""
        width, hidden = x.shape[-1], self.weight_hh.shape[1]
        given = F.linear(x, self.weight_ih[:, :width], self.bias_ih).unbind(1)
        taking = self.weight_ih[:, width:]
        keys, allowed = self.k_proj(memory), None if key_padding_mask is None else ~key_padding_mask
        recall: tuple[Tensor, Tensor] = self.weight_hh, self.bias_hh
        sizes: tuple[int, ...] = (hidden, hidden, hidden)
        if self.additive:
            # What the state looks for is found by the same product as what it recalls.
            more = self.q_proj.weight
            recall = torch.cat((self.weight_hh, more)), F.pad(self.bias_hh, (0, len(more)))
            sizes = (*sizes, len(more))
        state = x.new_zeros(len(x), hidden) if h_0 is None else h_0
        names = ("state", "context", "weights", "scores", "reset_gate", "update_gate", "new_gate")
        found: dict[str, list[Tensor]] = {name: [] for name in names}
        for place, coming in enumerate(given):
            see_r, see_z, see_n, *query = F.linear(state, *recall).split(sizes, -1)
            scores = self.compare(query[0] if query else state, keys)
            weights = shares(scores, allowed)
            if self.reweigh is not None:
                known = [*found["weights"], weights]
                later = [torch.zeros_like(weights)] * (len(given) - len(known))
                weights = self.reweigh(torch.stack([*known, *later], 1).unsqueeze(1))[:, 0, place]
            context = (weights.unsqueeze(1) @ memory).squeeze(1)
            r, z, n = (coming + F.linear(context, taking)).chunk(3, -1)
            r, z = (r + see_r).sigmoid(), (z + see_z).sigmoid()
            n = (n + r * see_n).tanh()
            state = n + z * (state - n)
            results = (state, context, weights, scores, r, z, n)
            for name, each in zip(names, results, strict=True):
                found[name].append(each)
        return found

    def compare(self, query: Tensor, keys: Tensor) -> Tensor:
        """Score all places of the memory (batch × places) by how well they fit what is looked for."""
        if self.additive:
            score: Tensor = self.score((query.unsqueeze(1) + keys).tanh())
            return score.squeeze(-1)
        return (keys @ query.unsqueeze(-1)).squeeze(-1)
