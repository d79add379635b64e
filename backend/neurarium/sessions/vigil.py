"""Telling a hung worker from a busy one: by what it says, and by whether it uses the processor meanwhile.

A step may take minutes, and then the loop says nothing; but the processor's time goes on. A process
that is stopped or waits for itself uses none. One that is kept from the processor by others wants
to run, which the kernel tells.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from neurarium.sessions import limits

STEPS = 3.0
"""How many of its own steps a worker may be silent for, besides."""
LOOK = 0.5
"""Seconds between two looks at a worker."""
LATE = 2.0
"""Looks that come later than this prove nothing: it was the watcher who slept."""
RUNNABLE = "R"


@dataclass(frozen=True)
class Look:
    """What the kernel tells of a process."""

    state: str
    seconds: float
    """Of the processor, used so far."""


class Vigil:
    """The watch over one worker, in seconds of a clock that only goes forward."""

    def __init__(self, now: float) -> None:
        self.step = 0.0
        """Seconds of a typical step of its slowest run."""
        self._heard = now
        self._lively = now
        self._looked = now
        self._used = 0.0

    def heard(self, now: float) -> None:
        """It has said something."""
        self._heard = self._lively = now

    def judge(self, now: float, look: Look | None) -> str | None:
        """Say in what way it is hung, or None. Without a look, only what it says counts."""
        if now - self._looked > LATE:
            self.heard(now)
        self._looked = now
        if look is not None and (look.state == RUNNABLE or look.seconds > self._used):
            self._lively, self._used = now, look.seconds
        idle, silent = now - self._lively, now - self._heard
        patience = limits.HUNG_SECONDS if look is not None else limits.BUSY_SECONDS
        if idle > patience + STEPS * self.step:
            return f"no sign of life for {idle:.0f} seconds"
        if silent > limits.BUSY_SECONDS + STEPS * self.step:
            return f"one step has taken {silent:.0f} seconds"
        return None


def look_at(pid: int) -> Look | None:
    """Ask the kernel; None where it does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    ticks = int(fields[11]) + int(fields[12])
    return Look(fields[0], ticks / os.sysconf("SC_CLK_TCK"))
