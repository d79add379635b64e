"""The page's clock marks the snapshots that the service takes."""

import re
from pathlib import Path

from neurarium.sessions import timeline

TICKS = (Path(__file__).parents[1] / "frontend/src/panels/clock/ticks.ts").read_text()


def test_page_and_service_space_snapshots_alike() -> None:
    early = re.search(r"EARLY = \[([\d, ]+)\]", TICKS)
    spacing = re.search(r"SPACING = (\d+)", TICKS)
    assert early is not None
    assert spacing is not None
    assert tuple(map(int, early[1].split(","))) == timeline.EARLY
    assert int(spacing[1]) == timeline.SPACING
