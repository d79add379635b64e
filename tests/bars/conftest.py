"""One warm server and one table for all bars."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.api.service import Service, service
from tests.bars.table import Table
from tests.e2e.script import Script
from tests.e2e.service import service as fresh_service

RESULTS = Path(__file__).parents[2] / "bars-results"


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    """The table, written when all is measured, whatever has failed."""
    table = Table()
    yield table
    table.write(RESULTS)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real server, warmed up by one run."""
    with service(tmp_path_factory.mktemp("bars")) as running:
        client = running.client()
        run = client.create("mlp-circles")["id"]
        client.play(run)
        while client.run(run)["state"] == "running":
            pass
        client.delete(run)
        yield running


@pytest.fixture
def script() -> Iterator[Script]:
    """A fresh server, seen by a script beside the page."""
    with fresh_service() as running:
        made = Script(running)
        yield made
        made.http.close()
