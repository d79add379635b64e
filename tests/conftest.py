"""What holds for all tests: one thread for matrix products, as in a worker, no clock, and who shares a process.

Products of matrices are small here: more threads make them no faster, and where cores are shared many times slower. It
has to be said before NumPy and torch are loaded, and is passed on to processes that tests start.

Where tests run in several processes, the tests of a file stay together, as they share what they set up, and so do
tests with a browser: one browser for two cores. These come first, as they take the longest. There is a process more
than cores, as tests wait half of their time for servers that they started.

What Python has compiled is kept, also where the shell says otherwise (many images of containers do): else every server
and worker that a test starts compiles all of Neurarium again, and every process of pytest all tests.
"""

import gc
import os
import sys
from collections.abc import Generator
from zlib import crc32

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long one example takes says nothing where others work beside it.
hypothesis.settings.register_profile("neurarium", deadline=None)
hypothesis.settings.load_profile("neurarium")

BROWSER = "tests/e2e/"
CORES = os.cpu_count() or 1
MOST_PROCESSES = 12


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process all tests of a file, or all those of the files that share a browser."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if not file.startswith(BROWSER):
            return file
        return f"{BROWSER}{crc32(file.encode()) % max(1, CORES // 2)}"


def pytest_xdist_auto_num_workers() -> int:
    return min(CORES + 1, MOST_PROCESSES)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.nodeid.startswith(BROWSER), reverse=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave the thousands of tests, which all stay, out of every search for garbage: each would take a second more."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
