"""Attention: the fused path and the one written out agree, so that what is drawn is what is trained."""

import itertools

import pytest
import torch
from torch import Tensor, nn

from neurarium_models.attention import MultiheadAttention
from neurarium_models.layer import LayerError
from neurarium_models.layers import attention as layers
from neurarium_models.tensor import features

Case = tuple[bool, bool, bool, int]
CASES = list(itertools.product((False, True), (False, True), (False, True), (1, 4)))


def make(case: Case) -> tuple[MultiheadAttention, tuple[Tensor, Tensor, Tensor], Tensor | None]:
    own, causal, padded, heads = case
    torch.manual_seed(0)
    kdim, vdim = (8, 8) if own else (6, 5)
    module = MultiheadAttention(8, heads, kdim=kdim, vdim=vdim, causal=causal).double()
    x = torch.randn(3, 5, 8, dtype=torch.float64, requires_grad=True)
    others = [
        torch.randn(3, 7, width, dtype=torch.float64, requires_grad=True) for width in (kdim, vdim)
    ]
    inputs = (x, x, x) if own else (x, others[0], others[1])
    keys = inputs[1].shape[1]
    mask = torch.arange(keys) >= torch.tensor([[keys], [3], [1]]) if padded else None
    return module, inputs, mask


def written_out(module: MultiheadAttention, *inputs: Tensor | None) -> tuple[Tensor, Tensor]:
    """The result of the explicit path, and the weights in it."""
    module.reweigh = lambda weights: weights
    result: Tensor = module(*inputs)
    module.reweigh = None
    query, key, value, mask = inputs
    assert query is not None
    assert key is not None
    assert value is not None
    return result, module.explain(query, key, value, mask)["weights"]


@pytest.mark.parametrize("case", CASES)
def test_fused_and_explicit_paths_are_equal(case: Case) -> None:
    module, inputs, mask = make(case)
    fused = module(*inputs, mask)
    explicit, weights = written_out(module, *inputs, mask)
    torch.testing.assert_close(fused, explicit, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, case[3], 5, dtype=torch.float64))
    parameters = [*module.parameters(), inputs[0]]
    ours, theirs = (torch.autograd.grad(y.square().sum(), parameters) for y in (fused, explicit))
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_equals_torch_with_the_same_parameters(case: Case) -> None:
    own, causal, _, heads = case
    module, inputs, mask = make(case)
    kdim, vdim = (8, 8) if own else (6, 5)
    plain = nn.MultiheadAttention(
        8, heads, batch_first=True, dtype=torch.float64, kdim=kdim, vdim=vdim
    )
    plain.load_state_dict(module.state_dict(), strict=True)
    future = torch.ones(5, inputs[1].shape[1], dtype=torch.bool).triu(1) if causal else None
    wanted, weights = plain(
        *inputs, key_padding_mask=mask, attn_mask=future, average_attn_weights=False
    )
    output, ours = written_out(module, *inputs, mask)
    torch.testing.assert_close(output, wanted, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(ours, weights, rtol=1e-10, atol=1e-10)


def test_where_nothing_may_be_looked_at_nothing_is_taken() -> None:
    module, inputs, _ = make((True, False, False, 4))
    mask = torch.zeros(3, 5, dtype=torch.bool)
    mask[1] = True
    for output in (module(*inputs, mask), written_out(module, *inputs, mask)[0]):
        torch.testing.assert_close(output[1], module.out_proj.bias.expand(5, 8))
        (gradient,) = torch.autograd.grad(output.sum(), inputs[0], retain_graph=True)
        assert gradient.isfinite().all()


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(0)
    module = MultiheadAttention(8, 2, kdim=8, vdim=8, dropout=0.5)
    x = torch.randn(2, 5, 8)
    module.train()
    assert not torch.equal(module(x, x, x), module(x, x, x))
    module.eval()
    assert torch.equal(module(x, x, x), module(x, x, x))


def test_starts_as_torch_does() -> None:
    for kdim, vdim in ((8, 8), (6, 5)):
        torch.manual_seed(7)
        ours = MultiheadAttention(8, 2, kdim=kdim, vdim=vdim)
        torch.manual_seed(7)
        plain = nn.MultiheadAttention(8, 2, batch_first=True, kdim=kdim, vdim=vdim)
        for name, parameter in plain.named_parameters():
            spread = parameter.std().item(), ours.get_parameter(name).std().item()
            assert spread == pytest.approx((spread[0], spread[0]), rel=0.35), name


def turned(x: Tensor) -> Tensor:
    """Su et al. 2021, with complex numbers: pair i of place t times e to the i·t·10000^(-2i/d)."""
    places, width = x.shape[-2:]
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    angles = torch.tensor(
        [[t / 10_000 ** (i / width) for i in range(0, width, 2)] for t in range(places)],
        dtype=x.dtype,
    )
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_rotary_positions_are_those_of_the_paper(causal: bool, padded: bool) -> None:
    torch.manual_seed(0)
    module = MultiheadAttention(8, 2, 8, 8, causal=causal, rotary=True).double()
    x = torch.randn(3, 5, 8, dtype=torch.float64, requires_grad=True)
    mask = torch.arange(5) >= torch.tensor([[5], [3], [1]]) if padded else None
    q, k, v = (
        part.unflatten(-1, (2, 4)).transpose(1, 2)
        for part in nn.functional.linear(x, module.in_proj_weight, module.in_proj_bias).chunk(3, -1)
    )
    allowed = torch.ones(5, 5, dtype=torch.bool).tril() if causal else torch.ones(5, 5).bool()
    allowed = allowed if mask is None else allowed & ~mask[:, None, None]
    mixed = nn.functional.scaled_dot_product_attention(turned(q), turned(k), v, attn_mask=allowed)
    wanted = module.out_proj(mixed.transpose(1, 2).flatten(-2))
    explicit, _ = written_out(module, x, x, x, mask)
    for output in (module(x, x, x, mask), explicit):
        torch.testing.assert_close(output, wanted, rtol=1e-10, atol=1e-10)


def test_rotary_positions_tell_how_far_apart_places_are_and_nothing_else() -> None:
    """The same features at all places: the score depends on the distance, and without rotation it does not."""
    torch.manual_seed(0)
    x = torch.randn(1, 1, 8).expand(1, 9, 8)
    for rotary in (True, False):
        module = MultiheadAttention(8, 2, 8, 8, rotary=rotary)
        scores = module.explain(x, x, x)["scores"]
        torch.testing.assert_close(scores[..., 1:, 1:], scores[..., :-1, :-1], rtol=1e-4, atol=1e-5)
        assert (scores[0, 0].std() > 1e-3).item() == rotary


def test_features_that_cannot_be_turned_in_pairs_are_refused_with_what_would_work() -> None:
    spec = features(5, 6, axes="TD")
    layer = layers.MultiheadAttention(num_heads=2, rotary=True)
    with pytest.raises(
        LayerError, match=r"each of the 2 heads has 3, an odd number\. 1 would work\."
    ) as info:
        layer.outputs(spec, spec, spec, None)
    assert info.value.remedy == {"num_heads": 1}
    odd = features(5, 9, axes="TD")
    with pytest.raises(LayerError, match="an odd number") as info:
        layers.MultiheadAttention(num_heads=3, rotary=True).outputs(odd, odd, odd, None)
    assert info.value.remedy is None
