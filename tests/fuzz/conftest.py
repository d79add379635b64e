"""A real server that is attacked, and a run in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.api.service import Service, service


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Attacks take long, all together."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real server of its own: what comes of the attacks stays in it."""
    with service(tmp_path_factory.mktemp("attacked")) as running:
        yield running
