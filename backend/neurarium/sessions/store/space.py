"""Room on the disk: a file that is there to be deleted first, so that a full disk still takes the last words."""

import logging
import os
import shutil
from pathlib import Path

LOGGER = logging.getLogger(__name__)
FILE = "ballast"
BALLAST = 16 * 2**20
SPARE = 16 * 2**20
"""Bytes that must be free besides, before the ballast is put back."""


class Ballast:
    """16 MB in a data folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    @property
    def is_aboard(self) -> bool:
        """Whether it is there: if not, the disk was full and nothing new should begin."""
        return self._file.exists()

    def take(self) -> bool:
        """Put it there if there is room; say whether it is."""
        if self.is_aboard:
            return True
        if shutil.disk_usage(self._file.parent).free < BALLAST + SPARE:
            return False
        temporary = self._file.with_suffix(".tmp")
        try:
            with temporary.open("wb") as file:
                for _ in range(BALLAST // 2**20):
                    file.write(bytes(2**20))
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(self._file)
        except OSError:
            temporary.unlink(missing_ok=True)
            return False
        return True

    def drop(self) -> bool:
        """Make its room free; say whether there was any to make free."""
        if not self.is_aboard:
            return False
        LOGGER.error("the disk is full: the ballast goes")
        self._file.unlink(missing_ok=True)
        return True
