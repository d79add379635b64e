"""What holds for all tests: one thread for the products of matrices, as in a worker.

They are small here: more threads make them no faster, and where cores are shared many times slower. It has to be said
before NumPy and torch are loaded, and is passed on to processes that tests start.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
