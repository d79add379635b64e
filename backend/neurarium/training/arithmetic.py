"""How exactly the layers of a step compute: as the numbers are kept, or in the shorter numbers of a card's fast units.

Whatever is chosen, parameters, gradients, the optimiser, loss and penalty keep their own precision, and so does
everything that is only looked at: evaluations, answers, pictures.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor
from torch.backends import cuda, cudnn

from neurarium.training.job import Precision

EXACT: tuple[Precision, ...] = ("float32", "float64")
"""Precisions in which every layer computes as its numbers are kept."""


def products(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Surround a step, the way back included: matrix products and convolutions may be TensorFloat-32 in there."""
    return _tf32() if precision == "tf32" and device.type == "cuda" else nullcontext()


def layers(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Surround the forward pass of the layers, whose way back then computes alike."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()


def restored(outputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Turn what layers have put out in bfloat16 into float32, for a loss that rounds no more than it has to."""
    return {
        name: value.float() if value.dtype == torch.bfloat16 else value
        for name, value in outputs.items()
    }


def be_exact() -> None:
    """Let all cards compute float32 as such; cuDNN would not, of its own accord."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of the older switch, which has to agree with the newer ones
        cudnn.allow_tf32 = False
    _let("ieee")


@contextmanager
def _tf32() -> Iterator[None]:
    """Let go of 13 of the 23 bits behind the point in products, and add up in float32."""
    _let("tf32")
    try:
        yield
    finally:
        _let("ieee")


def _let(way: str) -> None:
    cuda.matmul.fp32_precision = way
    cudnn.conv.fp32_precision = way  # type: ignore[attr-defined]
    cudnn.rnn.fp32_precision = way  # type: ignore[attr-defined]
