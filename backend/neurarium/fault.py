"""Named places where a test may end this process, as a crash would: between any two things that it does.

    NEURARIUM_FAULT=checkpoint.written neurarium serve      # dies at the first one
    NEURARIUM_FAULT=checkpoint.written:7 neurarium serve    # at the seventh

Without this variable, nothing here does anything.
"""

import os
import signal
from collections import Counter

PASSED: Counter[str] = Counter()
"""How often each place was passed."""
ARMED, _, TIMES = os.environ.get("NEURARIUM_FAULT", "").partition(":")


def fault(place: str) -> None:
    """Die here if a test has armed this place."""
    if place != ARMED:
        return
    PASSED[place] += 1
    if PASSED[place] == int(TIMES or 1):
        os.kill(os.getpid(), signal.SIGKILL)
