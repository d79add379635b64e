"""What a worker takes from itself before it touches anybody's run: priority, memory, files, processes."""

import os
import resource
from contextlib import suppress
from pathlib import Path

from neurarium.sessions import limits

NICENESS = 10
NICER = 14
ANALYST = -1
"""Index of the process for long analyses: workers go before it."""
MASK = 0o077
FIRST_TO_GO = "500"
"""When the machine's memory is short, the kernel ends workers before the web process."""
SHARE_OF_MACHINE = 0.5


def confine(*, cpu: bool, index: int = 0) -> None:
    """Give up what training needs not. `cpu`: no card is used; a card's driver maps far more than it takes.

    The number of processes is left alone: the kernel counts all those of the user together.
    """
    os.nice(max(0, (NICER if index == ANALYST else NICENESS) - os.nice(0)))
    os.umask(MASK)
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, limits.FILE_BYTES)
    _bound(resource.RLIMIT_NOFILE, limits.FILES_OPEN)
    if cpu:
        space = _address_space()
        if space:
            _bound(resource.RLIMIT_AS, space + memory())


def memory() -> int:
    """Bytes that a worker may take besides what torch itself takes."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(int(limits.WORKER_BYTES), int(machine * SHARE_OF_MACHINE))


def _address_space() -> int:
    """Bytes of address space in use; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[0]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _bound(kind: int, value: int) -> None:
    """Lower a limit for good."""
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
