"""Estimate over measurement of the random networks of some seeds, in a process of its own.

    python -m tests.bars.peaks FIRST COUNT

Should a fault of torch end the process, it ends this one alone, and `measure` says at which seed.
"""

import json
import subprocess
import sys
from itertools import islice

import torch

from tests.backend.training.test_budget import ratios, specimens

OPERATIONS = 3e9
AT_ONCE = 50


def measure(first: int, count: int) -> tuple[list[tuple[float, int]], list[str]]:
    """Measure a range of seeds, and name those that end their process: where one dies, its halves are measured."""
    child = subprocess.run(
        [sys.executable, "-m", __name__, str(first), str(count)],
        check=False,
        stdout=subprocess.PIPE,
    )
    if child.returncode == 0:
        return [(ratio, seed) for ratio, seed in json.loads(child.stdout)], []
    if count == 1:
        return [], [str(first)]
    half = count // 2
    found, fatal = measure(first, half)
    more, ended = measure(first + half, count - half)
    together = [f"{first} to {first + count - 1}, only together"]
    return found + more, fatal + ended or together


def main() -> None:
    """Measure, and print what was found."""
    first, count = (int(word) for word in sys.argv[1:])
    torch.set_num_threads(1)
    some = specimens(iter(range(first, first + count)), OPERATIONS)
    found: list[tuple[float, int]] = []
    while together := list(islice(some, AT_ONCE)):
        found += ratios(together)
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
