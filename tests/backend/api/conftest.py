"""What tests of the web room share."""

from pathlib import Path

import pytest

from tests.backend.api.house import House, build


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An application with all doors shut."""
    return build(tmp_path)
