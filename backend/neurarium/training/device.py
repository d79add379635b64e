"""Where a run computes, and what makes its numbers repeatable there."""

import os
from dataclasses import dataclass

import torch
from torch.utils import deterministic

from neurarium.training.arithmetic import be_exact
from neurarium.training.check import NO_TF32, JobError
from neurarium.training.job import Precision

THREADS = 1
"""Two threads of one small network wait for each other more than they compute, and sum in another order."""
AMPERE = (8, 0)
"""The first cards that know TensorFloat-32."""


@dataclass(frozen=True)
class Place:
    """Everything that bit-identical continuation depends on besides the state itself."""

    device: str
    torch: str
    threads: int


def choose(wanted: str, precision: Precision = "float32") -> torch.device:
    """Turn `auto` into CUDA, then Apple's MPS (which knows no float64), then the CPU.

    Any other device is taken at its word; JobError if this machine has none, or none that knows the precision.
    """
    device = _chosen(wanted, precision)
    if precision == "tf32" and not (
        device.type == "cuda" and torch.cuda.get_device_capability(device) >= AMPERE
    ):
        raise JobError(NO_TF32)
    return device


def _chosen(wanted: str, precision: Precision) -> torch.device:
    cards = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available() and precision != "float64",
    }
    if wanted == "auto":
        return torch.device(next((name for name, is_there in cards.items() if is_there), "cpu"))
    device = torch.device(wanted)
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    if not cards.get(device.type, True) or (device.index or 0) >= count:
        raise JobError(
            f"There is no device `{wanted}` here for {precision}. `auto` takes the best there is."
        )
    return device


def settle(device: torch.device) -> Place:
    """Make this process compute the same bits every time, and say what that holds for."""
    if torch.get_num_threads() != THREADS:
        torch.set_num_threads(THREADS)
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for
        if device.index is not None:
            torch.cuda.set_device(device)  # generators and recordings are those of the card in use
        be_exact()
    # What `use_deterministic_algorithms` does, without the compiler of torch, which takes seconds to load.
    torch.set_deterministic_debug_mode("error")
    # Filling each new tensor before it is written would only cost time.
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return Place(device=device.type, torch=str(torch.__version__), threads=THREADS)


def free_memory(device: torch.device) -> int | None:
    """Count the bytes that runs may still take on an NVIDIA card; None elsewhere, where other bounds hold."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free + idle


def reseed(device: torch.device, seed: int) -> None:
    """Start the generator that layers draw from (dropout knows no other) at `seed`."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
