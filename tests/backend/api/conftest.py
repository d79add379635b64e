"""What tests of the web room share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.api.house import House, build
from tests.backend.api.service import Service, service


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An application with all doors shut."""
    return build(tmp_path)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real server for all tests that only speak with it."""
    with service(tmp_path_factory.mktemp("server")) as running:
        yield running
