"""What this computer's processor can do, as far as memory depends on it: told by Linux, asked once."""

from functools import cache
from pathlib import Path

WIDE, NARROW = 16, 8


@cache
def lanes() -> int:
    """Say how many numbers in float32 it takes at once: 16 with AVX-512, 8 with AVX2.

    oneDNN, by which torch convolves, lays so many channels side by side. Where the processor cannot be told it is 16:
    then an estimate is rather too high than too low.
    """
    return lanes_of(_flags())


def lanes_of(flags: set[str]) -> int:
    """Say the same of a processor with these flags."""
    is_narrow = "avx2" in flags and not {"avx512f", "avx512bw", "avx512dq"} <= flags
    return NARROW if is_narrow else WIDE


def _flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())
