"""What the name of a checkpoint's file says."""

import re
from typing import NamedTuple

NAME = re.compile(r"(\d{10})-(\d{6})-(\d{4})\.safetensors")


class Place(NamedTuple):
    """What a file's name says."""

    step: int
    journal: int
    attempt: int

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.step:010d}-{self.journal:06d}-{self.attempt:04d}.safetensors"

    @staticmethod
    def parse(name: str) -> "Place | None":
        """Read a name; None if it is none of ours."""
        found = NAME.fullmatch(name)
        return None if found is None else Place(*(int(part) for part in found.groups()))
