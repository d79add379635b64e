"""A slip of shared memory on which a worker notes whose turn it is, to be read when it has died."""

import mmap
import os

SIZE = 64
"""Bytes of the longest name of a run."""


class Slip:
    """The same few bytes in both processes."""

    def __init__(self, descriptor: int) -> None:
        """Map the file behind a descriptor, and close that."""
        os.ftruncate(descriptor, SIZE)
        self._memory = mmap.mmap(descriptor, SIZE)
        os.close(descriptor)

    def write(self, run: str) -> None:
        """Note whose turn begins; an empty name when it is nobody's."""
        self._memory[:] = run.encode()[:SIZE].ljust(SIZE, b"\0")

    def read(self) -> str:
        """Say whose turn it is, or was."""
        return self._memory[:].rstrip(b"\0").decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
