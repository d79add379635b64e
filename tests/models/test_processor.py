"""What the processor can do, held against what torch finds."""

import pytest
import torch

from neurarium_models.processor import NARROW, WIDE, lanes, lanes_of

BY_TORCH = {"AVX2": NARROW, "AVX512": WIDE}


def test_takes_as_many_numbers_at_once_as_torch_finds() -> None:
    assert lanes() == BY_TORCH.get(torch.backends.cpu.get_cpu_capability(), WIDE)


@pytest.mark.parametrize(
    ("flags", "count"),
    [
        ("sse4_2 avx avx2", NARROW),
        ("avx2 avx512f", NARROW),  # without the two others its kernels are not used
        ("avx2 avx512f avx512bw avx512dq", WIDE),
        ("fp asimd", WIDE),
        ("", WIDE),
    ],
)
def test_what_cannot_be_told_counts_as_the_wider(flags: str, count: int) -> None:
    assert lanes_of(set(flags.split())) == count
