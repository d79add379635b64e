"""What holds for all tests: one thread for the products of matrices, as in a worker, and who shares a process.

Products of matrices are small here: more threads make them no faster, and where cores are shared many times slower. It
has to be said before NumPy and torch are loaded, and is passed on to processes that tests start.

Where tests run in several processes, the tests of a file stay together, as they share what they set up, and so do all
tests with a browser: one browser at a time.
"""

import os
from pathlib import Path

import pytest

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

BROWSER = Path(__file__).parent / "e2e"


@pytest.hookimpl(tryfirst=True)  # before the processes read who belongs together
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        together = "browser" if item.path.is_relative_to(BROWSER) else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))
