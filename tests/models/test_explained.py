"""What a module of attention tells of itself is what it computes with, and its weights can be chosen by hand."""

from typing import Any

import pytest
import torch
from torch import Tensor

from neurarium_models.attention import (
    AdditiveAttention,
    AttentionGRU,
    MultiheadAttention,
    MultiplicativeAttention,
)

BATCH, QUERIES, KEYS, WIDTH = 3, 5, 7, 8
HEADS = {"heads": 4, "causal": 2}
KINDS = ("heads", "causal", "additive", "multiplicative", "scaled", "decoder", "product decoder")
PADDING = torch.arange(KEYS) >= torch.tensor([[KEYS], [4], [1]])


def make(kind: str) -> tuple[Any, tuple[Tensor, ...]]:
    """A module in float64, and what it is given besides the mask."""
    torch.manual_seed(0)
    x = torch.randn(BATCH, KEYS if kind == "causal" else QUERIES, WIDTH, dtype=torch.float64)
    memory = torch.randn(BATCH, KEYS, WIDTH, dtype=torch.float64)
    modules: dict[str, Any] = {
        "heads": lambda: MultiheadAttention(WIDTH, 4, WIDTH, WIDTH),
        "causal": lambda: MultiheadAttention(WIDTH, 2, WIDTH, WIDTH, causal=True),
        "additive": lambda: AdditiveAttention(6, WIDTH, WIDTH),
        "multiplicative": lambda: MultiplicativeAttention(WIDTH, WIDTH),
        "scaled": lambda: MultiplicativeAttention(WIDTH, WIDTH, scale=True),
        "decoder": lambda: AttentionGRU(WIDTH, WIDTH, 6, "additive", 9),
        "product decoder": lambda: AttentionGRU(WIDTH, WIDTH, 6, "multiplicative"),
    }
    module = modules[kind]().double()
    return module, (x, memory) if "decoder" in kind else (x, memory, memory)


def first(result: Tensor | tuple[Tensor, ...]) -> Tensor:
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_shapes(kind: str) -> None:
    module, given = make(kind)
    told = module.explain(*given, PADDING)
    places, heads = given[0].shape[1], HEADS.get(kind, 1)
    assert tuple(told["weights"].shape) == tuple(told["scores"].shape)
    assert tuple(told["weights"].shape) == (BATCH, heads, places, KEYS)
    assert tuple(told["mixture"].shape) == (BATCH, heads, places, WIDTH // heads)
    if kind in HEADS:
        assert tuple(told["query"].shape) == (BATCH, heads, places, WIDTH // heads)
        for name in ("key", "value"):
            assert tuple(told[name].shape) == (BATCH, heads, KEYS, WIDTH // heads)
    if "decoder" in kind:
        for name in ("state", "reset_gate", "update_gate", "new_gate"):
            assert tuple(told[name].shape) == (BATCH, places, 6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_three_lines(kind: str) -> None:
    """Scores become weights by a softmax, weights and values the mixture; rows sum to 1, padding gets nothing."""
    module, given = make(kind)
    told = module.explain(*given, PADDING)
    weights = told["weights"]
    torch.testing.assert_close(weights, told["scores"].softmax(-1), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    assert not weights[PADDING[:, None, None].expand_as(weights)].any()
    values = told["value"] if "value" in told else given[-1][:, None]
    torch.testing.assert_close(told["mixture"], weights @ values, rtol=1e-12, atol=1e-12)
    if "query" in told:
        products = told["query"] @ told["key"].transpose(-2, -1)
        seen = told["scores"].isfinite()
        scaled = products / told["query"].shape[-1] ** 0.5
        torch.testing.assert_close(told["scores"][seen], scaled[seen])
        output = module.out_proj(told["mixture"].transpose(1, 2).flatten(-2))
    elif "state" in told:
        output = told["state"]
        torch.testing.assert_close(told["mixture"][:, 0], module(*given, PADDING)[1])
    else:
        output = told["mixture"][:, 0]
    torch.testing.assert_close(first(module(*given, PADDING)), output, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_masked_key_changes_nothing(kind: str) -> None:
    """Not by a bit; a key that is not masked does."""
    module, given = make(kind)
    results = []
    for mask in (PADDING, None):
        for other in (0.0, 9.0):
            moved = [each.clone() for each in given]
            for each in moved[1:]:
                each[PADDING] += other
            results.append(first(module(*moved, mask)))
    assert torch.equal(results[0], results[1])
    assert not torch.allclose(results[2], results[3])


@pytest.mark.parametrize("kind", KINDS)
def test_weights_can_be_looked_at_without_changing_anything(kind: str) -> None:
    module, given = make(kind)
    before = first(module(*given, PADDING))
    module.reweigh = lambda weights: weights
    torch.testing.assert_close(first(module(*given, PADDING)), before, rtol=1e-10, atol=1e-10)
    module.reweigh = None
    assert torch.equal(first(module(*given, PADDING)), before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_chosen_by_hand(kind: str) -> None:
    """From then on it is mixed by that row: the value of one key alone. Earlier places are as they were."""
    module, given = make(kind)
    before = module.explain(*given, PADDING)
    plain = first(module(*given, PADDING))
    place, key = 3, 0

    def choose(weights: Tensor) -> Tensor:
        chosen = weights.clone()
        chosen[:, 0, place] = 0
        chosen[:, 0, place, key] = 1
        return chosen

    module.reweigh = choose
    told = module.explain(*given, PADDING)
    after = first(module(*given, PADDING))
    values = told["value"][:, 0] if "value" in told else given[-1]
    torch.testing.assert_close(told["mixture"][:, 0, place], values[:, key])
    torch.testing.assert_close(told["mixture"][:, :, :place], before["mixture"][:, :, :place])
    changed = (after - plain).abs().amax((0, 2)) > 1e-6
    later = [True] * (plain.shape[1] - place - 1) if "decoder" in kind else [False]
    assert changed[: place + 1].tolist() == [False] * place + [True]
    assert changed[place + 1 :].any().item() == any(later)


@pytest.mark.parametrize("kind", HEADS)
def test_a_head_is_switched_off(kind: str) -> None:
    """What is left is what the other heads say: those columns of the last projection, and its constants."""
    module, given = make(kind)
    told = module.explain(*given, PADDING)
    share = WIDTH // HEADS[kind]

    def without(weights: Tensor) -> Tensor:
        kept = torch.ones(HEADS[kind], 1, 1, dtype=weights.dtype)
        kept[1] = 0
        return weights * kept

    module.reweigh = without
    joined = told["mixture"].transpose(1, 2).flatten(-2)
    joined[..., share : 2 * share] = 0
    torch.testing.assert_close(module(*given, PADDING), module.out_proj(joined))
