"""Every layer against its formula: outputs and gradients in float64, to 1e-10.

The formulas share no code with the layers: they are plain torch functions, or written out where torch has none.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck
from torch.nn import functional as F

from neurarium_models.digits import CODES
from neurarium_models.layer import Layer
from neurarium_models.layers import LAYERS
from neurarium_models.tensor import TensorSpec
from tests.models.samples import tensor

Parameters = Mapping[str, Tensor]
Outputs = Tensor | tuple[Tensor, ...]
Oracle = Callable[..., Outputs]


def attention(
    layer: Any, p: Parameters, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None
) -> Tensor:
    width = q.shape[-1]
    same = "in_proj_weight" in p
    weights = p["in_proj_weight"].split(width) if same else [p[f"{n}_proj_weight"] for n in "qkv"]
    theirs = torch.nn.MultiheadAttention(
        width, layer.num_heads, kdim=k.shape[-1], vdim=v.shape[-1], batch_first=True, dtype=q.dtype
    )
    names = ["in_proj_weight"] if same else [f"{n}_proj_weight" for n in "qkv"]
    tensors = {name: p[name] for name in names}
    tensors |= {name: p[name] for name in ("in_proj_bias", "out_proj.weight", "out_proj.bias")}
    assert len(weights) == 3
    result: tuple[Tensor, Tensor] = torch.func.functional_call(
        theirs, tensors, (q, k, v), {"key_padding_mask": mask}
    )
    return result[0]


def sinusoids(x: Tensor) -> Tensor:
    places, width = x.shape[-2:]
    rows = [
        [
            math.sin(t / 10_000 ** (i / width))
            if i % 2 == 0
            else math.cos(t / 10_000 ** ((i - 1) / width))
            for i in range(width)
        ]
        for t in range(places)
    ]
    return x + torch.tensor(rows, dtype=x.dtype)


C3 = [
    [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 0], [5, 0, 1], [0, 1, 2, 3], [1, 2, 3, 4],
    [2, 3, 4, 5], [3, 4, 5, 0], [4, 5, 0, 1], [5, 0, 1, 2], [0, 1, 3, 4], [1, 2, 4, 5], [2, 3, 5, 0],
    [0, 1, 2, 3, 4, 5],
]  # fmt: skip
"""Table I of LeCun et al. 1998: which maps each filter of layer C3 looks at."""


def sparse_convolution(p: Parameters, x: Tensor) -> Tensor:
    """One convolution of one map for each connection, summed filter by filter."""
    windows = iter(p["weight"])
    maps = []
    for bias, connected in zip(p["bias"], C3, strict=True):
        parts = [F.conv2d(x[:, i : i + 1], next(windows)[None, None]) for i in connected]
        maps.append(torch.stack(parts).sum(0) + bias)
    return torch.cat(maps, 1)


def painted(p: Parameters, x: Tensor) -> Tensor:
    """Squares of 2×2 that touch: row h, column w of the input paint rows 2h + r, columns 2w + c."""
    squares = torch.einsum("nihw,iorc->nohrwc", x, p["weight"])
    return squares.flatten(4, 5).flatten(2, 3) + p["bias"].view(-1, 1, 1)


def batch_norm(p: Parameters, x: Tensor) -> Tensor:
    return channel_norm(p, x, [axis for axis in range(x.dim()) if axis != 1])


def channel_norm(p: Parameters, x: Tensor, others: list[int]) -> Tensor:
    """Mean 0 and variance 1 over the axes named, then a scale and a shift for each channel."""
    mean = x.mean(others, keepdim=True)
    variance = ((x - mean) ** 2).mean(others, keepdim=True)
    shape = (-1, *[1] * (x.dim() - 2))
    return (x - mean) / (variance + 1e-5).sqrt() * p["weight"].view(shape) + p["bias"].view(shape)


def local_response(x: Tensor) -> Tensor:
    """Two channels at each side; those beyond the first and the last count as 0."""
    loud = [(x[:, max(c - 2, 0) : c + 3] ** 2).sum(1) / 5 for c in range(x.shape[1])]
    return x / (1 + 1e-4 * torch.stack(loud, 1)) ** 0.75


def zero_padded(x: Tensor) -> Tensor:
    batch, channels, rows, columns = x.shape
    larger = x.new_zeros(batch, channels, rows + 2, columns + 2)
    larger[:, :, 1:-1, 1:-1] = x
    return larger


def masked_mean(x: Tensor, mask: Tensor | None, axis: int) -> Tensor:
    if mask is None:
        return x.mean(axis)
    return torch.stack([row[keep].mean(0) for row, keep in zip(x, mask, strict=True)])


def recurrent(
    layer: Any, p: Parameters, x: Tensor, mask: Tensor | None, *start: Tensor | None
) -> Outputs:
    """Each example by itself in torch's own module, without its padded places."""
    theirs = getattr(torch.nn, layer.kind)(
        x.shape[-1], layer.hidden_size, batch_first=True, dtype=x.dtype
    )
    rows = []
    for number, row in enumerate(x):
        kept = torch.ones(len(row), dtype=torch.bool) if mask is None else ~mask[number]
        given = (
            None if start[0] is None else [each[number, None] for each in start if each is not None]
        )
        state = given if given is None else given[0] if len(given) == 1 else tuple(given)
        states, last = torch.func.functional_call(theirs, dict(p), (row[kept], state))
        output = row.new_zeros(len(row), layer.hidden_size).index_put(
            (kept.nonzero()[:, 0],), states
        )
        rows.append([output, *(each[0] for each in (last if isinstance(last, tuple) else (last,)))])
    return tuple(torch.stack(each) for each in zip(*rows, strict=True))


def looking(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Shares by e to the score, of keys that are no padding."""
    powers = scores.exp()
    if mask is not None:
        powers = powers * ~mask.view(len(mask), *[1] * (scores.dim() - 2), -1)
    return powers / powers.sum(-1, keepdim=True)


def additive(p: Parameters, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Bahdanau et al. 2015, appendix A.1.2: a = v·tanh(W s + U h)."""
    queries = torch.einsum("ai,nti->nta", p["q_proj.weight"], q)[:, :, None]
    keys = torch.einsum("ai,nsi->nsa", p["k_proj.weight"], k)[:, None]
    scores = torch.einsum("a,ntsa->nts", p["score.weight"][0], torch.tanh(queries + keys))
    return torch.einsum("nts,nsd->ntd", looking(scores, mask), v)


def decoder(
    p: Parameters, x: Tensor, memory: Tensor, mask: Tensor | None, h: Tensor | None
) -> Outputs:
    """Bahdanau et al. 2015: alignment by the state before, the context into the step of nn.GRUCell."""
    state = x.new_zeros(len(x), p["weight_hh"].shape[1]) if h is None else h
    cell = torch.nn.GRUCell(x.shape[-1] + memory.shape[-1], state.shape[-1], dtype=x.dtype)
    inside = {name: p[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    states, contexts = [], []
    for place in range(x.shape[1]):
        context = additive(p, state[:, None], memory, memory, mask)[:, 0]
        given = torch.cat((x[:, place], context), -1)
        state = torch.func.functional_call(cell, inside, (given, state))
        states.append(state)
        contexts.append(context)
    return torch.stack(states, 1), torch.stack(contexts, 1), state


ORACLES: dict[str, Oracle] = {
    "AdaptiveAvgPool2d": lambda layer, p, x: x.mean((2, 3), keepdim=True),
    "AdditiveAttention": lambda layer, p, *given: additive(p, *given),
    "AttentionGRU": lambda layer, p, *given: decoder(p, *given),
    "Add": lambda layer, p, *xs: sum(xs[1:], xs[0]),
    "AvgPool2d": lambda layer, p, x: x.unfold(2, 2, 2).unfold(3, 2, 2).mean((-1, -2)),
    "BatchNorm1d": lambda layer, p, x: batch_norm(p, x),
    "BatchNorm2d": lambda layer, p, x: batch_norm(p, x),
    "Concat": lambda layer, p, *xs: torch.cat(xs, -1),
    "Conv1d": lambda layer, p, x: (
        torch.einsum("nitk,oik->not", x.unfold(2, 3, 1), p["weight"]) + p["bias"].view(-1, 1)
    ),
    "Conv2d": lambda layer, p, x: F.conv2d(x, p["weight"], p["bias"]),
    "ConvTranspose2d": lambda layer, p, x: painted(p, x),
    "DotProduct": lambda layer, p, a, b: torch.einsum("...d,...d->...", a, b),
    "Dropout": lambda layer, p, x: x,
    "Dropout2d": lambda layer, p, x: x,
    "ELU": lambda layer, p, x: torch.where(x > 0, x, x.exp() - 1),
    "Embedding": lambda layer, p, x: F.one_hot(x, 32).to(p["weight"].dtype) @ p["weight"],
    "Flatten": lambda layer, p, x: x.reshape(len(x), -1),
    "GELU": lambda layer, p, x: x / 2 * (1 + torch.erf(x / math.sqrt(2))),
    "GRU": recurrent,
    "GroupNorm": lambda layer, p, x: channel_norm(p, x, list(range(1, x.dim()))),
    "Identity": lambda layer, p, x: x,
    "L2Normalize": lambda layer, p, x: x / (x**2).sum(-1, keepdim=True).sqrt(),
    "LSTM": recurrent,
    "LayerNorm": lambda layer, p, x: F.layer_norm(x, x.shape[-1:], p["weight"], p["bias"]),
    "LeakyReLU": lambda layer, p, x: torch.where(x > 0, x, x / 100),
    "Linear": lambda layer, p, x: torch.einsum("...i,oi->...o", x, p["weight"]) + p["bias"],
    "LocalResponseNorm": lambda layer, p, x: local_response(x),
    "MaxPool2d": lambda layer, p, x: x.unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2).max(-1).values,
    "Mean": lambda layer, p, x, mask: masked_mean(x, mask, -2),
    "MultiheadAttention": attention,
    "MultiplicativeAttention": lambda layer, p, q, k, v, mask: torch.einsum(
        "nts,nsd->ntd",
        looking(torch.einsum("nti,ij,nsj->nts", q, p["k_proj.weight"], k), mask),
        v,
    ),
    "Multiply": lambda layer, p, *xs: xs[0] * xs[1] * (xs[2] if len(xs) > 2 else 1),
    "Not": lambda layer, p, x: x == False,  # noqa: E712, the formula without the operator
    "Permute": lambda layer, p, x: x.transpose(1, 2),
    "PositionalEmbedding": lambda layer, p, x: torch.stack(
        [row + p["weight"][: len(row)] for row in x]
    ),
    "RMSNorm": lambda layer, p, x: (
        x / ((x**2).mean(-1, keepdim=True) + torch.finfo(x.dtype).eps).sqrt() * p["weight"]
    ),
    "RNN": recurrent,
    "ReLU": lambda layer, p, x: torch.where(x > 0, x, 0 * x),
    "RandomAffine": lambda layer, p, x: x,
    "Reshape": lambda layer, p, x: x.reshape(len(x), 2, 2),
    "CodeDistance": lambda layer, p, x: torch.stack(
        [-((x - torch.tensor(code, dtype=x.dtype)) ** 2).sum(-1) for code in CODES], -1
    ),
    "ScaledTanh": lambda layer, p, x: 1.7159 * (1 - 2 / (torch.exp(4 / 3 * x) + 1)),
    "SparseConv2d": lambda layer, p, x: sparse_convolution(p, x),
    "Subsample2d": lambda layer, p, x: (
        x.unfold(2, 2, 2).unfold(3, 2, 2).mean((-1, -2)) * p["weight"].reshape(-1, 1, 1)
        + p["bias"].reshape(-1, 1, 1)
    ),
    "Select": lambda layer, p, x: x[:, 0] if x.dim() == 3 else x[:, :, 0],
    "SiLU": lambda layer, p, x: x / (1 + torch.exp(-x)),
    "Sigmoid": lambda layer, p, x: 1 / (1 + torch.exp(-x)),
    "SinusoidalPositions": lambda layer, p, x: sinusoids(x),
    "Softmax": lambda layer, p, x: x.exp() / x.exp().sum(-1, keepdim=True),
    "Step": lambda layer, p, x: torch.where(x >= 0, 1.0, -1.0).to(x.dtype) + x - x.detach(),
    "Tanh": lambda layer, p, x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
    "Unsqueeze": lambda layer, p, x: x[..., None],
    "Upsample": lambda layer, p, x: x.repeat_interleave(2, 2).repeat_interleave(2, 3),
    "ZeroPad2d": lambda layer, p, x: zero_padded(x),
}
"""For each kind with its default settings: the layer, its parameters and inputs to the output."""

CASES = [
    pytest.param(kind, example, id=f"{kind}-{number}")
    for kind, entry in LAYERS.items()
    for number, example in enumerate(entry.example_inputs)
]


def double(spec: TensorSpec | None, seed: int) -> Tensor | None:
    if spec is None:
        return None
    drawn = tensor(spec, seed=seed)
    return drawn.double().requires_grad_() if spec.dtype == "float32" else drawn


def gradients(output: Outputs, wanted: list[Tensor]) -> tuple[Tensor, ...]:
    parts = output if isinstance(output, tuple) else (output,)
    if not parts[0].requires_grad:
        return ()
    flat = torch.cat([part.flatten() for part in parts])
    weights = torch.linspace(-1, 1, flat.numel(), dtype=flat.dtype)
    return torch.autograd.grad((flat * weights).sum(), wanted, materialize_grads=True)


def test_every_layer_has_an_oracle() -> None:
    assert set(ORACLES) == set(LAYERS)


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_outputs_and_gradients_equal_the_formula(
    kind: str, example: tuple[TensorSpec | None, ...]
) -> None:
    torch.manual_seed(1)
    layer: Layer = LAYERS[kind]()
    module = layer.build(*example).double()
    if kind in {"Dropout", "Dropout2d", "RandomAffine"}:
        module.eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)  # a bias of 0 or a scale of 1 would hide a mistake
    parameters = dict(module.named_parameters())
    inputs = [double(spec, seed) for seed, spec in enumerate(example)]
    output = module(*inputs)
    expected = ORACLES[kind](layer, parameters, *inputs)
    wanted = [t for t in (*parameters.values(), *inputs) if t is not None and t.requires_grad]
    torch.testing.assert_close(output, expected, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(
        gradients(output, wanted), gradients(expected, wanted), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_gradients_equal_differences(kind: str, example: tuple[TensorSpec | None, ...]) -> None:
    if kind == "Step":
        return  # its backward pass is a rule, not its slope
    torch.manual_seed(2)
    module = LAYERS[kind]().build(*example).double().eval()
    inputs = tuple(double(spec, seed) for seed, spec in enumerate(example))
    if any(t is not None and t.requires_grad for t in inputs):
        assert gradcheck(module, cast("tuple[Tensor, ...]", inputs), fast_mode=True)
