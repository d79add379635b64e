"""The torch module of attention: fast as one fused operation, or written out so that its weights can be seen."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MultiheadAttention(nn.Module):
    """Attention over batches of sequences; parameters are called as in `torch.nn.MultiheadAttention`."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        kdim: int,
        vdim: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.causal = causal
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
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        see: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Do the same step by step, without dropout: the result, and how much each query takes of each value.

        The second has the axes batch × heads × queries × keys; each row sums to 1, or is 0 where nothing may be seen.
        `see` is what the values are mixed with in its place.
        """
        q, k, v = self._heads(query, key, value)
        allowed = self._allowed(q, k, key_padding_mask)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        # Not minus infinity: where nothing is allowed, row and gradient would become NaN.
        weights = (
            scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
            .softmax(-1)
            .masked_fill(~allowed, 0.0)
        )
        return self._joined((weights if see is None else see(weights)) @ v), weights

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
        return q, k, v

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
