"""A real server that is attacked, and a run in it."""

from collections.abc import Iterator

import pytest

from tests.backend.api.service import Service, service


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real server of its own: what comes of the attacks stays in it."""
    with service(tmp_path_factory.mktemp("attacked")) as running:
        yield running
