"""Where a run computes, and what makes its numbers repeatable there."""

import os
from dataclasses import dataclass

import torch
from torch.utils import deterministic

THREADS = 1
"""Two threads of one small network wait for each other more than they compute, and sum in another order."""


@dataclass(frozen=True)
class Place:
    """Everything that bit-identical continuation depends on besides the state itself."""

    device: str
    torch: str
    threads: int


def choose(wanted: str) -> torch.device:
    """Turn `auto` into CUDA, then Apple's MPS, then the CPU; any other name is taken at its word."""
    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def settle(device: torch.device) -> Place:
    """Make this process compute the same bits every time, and say what that holds for."""
    if torch.get_num_threads() != THREADS:
        torch.set_num_threads(THREADS)
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for
    torch.use_deterministic_algorithms(True)
    # Filling each new tensor before it is written would only cost time.
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return Place(device=device.type, torch=str(torch.__version__), threads=THREADS)


def reseed(device: torch.device, seed: int) -> None:
    """Start the generator that layers draw from (dropout knows no other) at `seed`."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
