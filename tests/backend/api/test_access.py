"""T-01: what is not in the table does not exist, and what is not public needs a principal."""

from pathlib import Path

import pytest
from starlette.testclient import WebSocketDenialResponse

from neurarium.api.doors.access import PRINCIPAL, PUBLIC, Table
from neurarium.api.settings import Shut
from tests.backend.api.house import House, build, filled, routes, socket


def missing(house: House) -> list[tuple[str, str]]:
    """List routes that the table does not know."""
    table = Table()
    found = [(method, path, table.entries.get(path)) for method, path in routes(house.app)]
    return [
        (method, path) for method, path, entry in found if not entry or method not in entry.methods
    ]


def test_every_route_is_in_the_table_and_nothing_else_is(house: House) -> None:
    assert not missing(house)
    assert set(routes(house.app)) == set(PUBLIC) | set(PRINCIPAL)


def test_a_route_that_nobody_wrote_into_the_table_is_seen_and_does_not_answer(house: House) -> None:
    @house.app.get("/api/v1/forgotten")
    async def forgotten() -> dict[str, str]:
        return {"secret": "open"}

    assert missing(house) == [("GET", "/api/v1/forgotten")]
    assert house.client().get("/api/v1/forgotten").status_code == 404


def test_with_the_table_open_the_forgotten_route_would_answer_anybody(tmp_path: Path) -> None:
    house = build(tmp_path, Shut(table=False))

    @house.app.get("/api/v1/forgotten")
    async def forgotten() -> dict[str, str]:
        return {"secret": "open"}

    assert house.client(None).get("/api/v1/forgotten").json() == {"secret": "open"}


def test_public_are_the_page_its_files_and_health_alone() -> None:
    assert {path for _, path in PUBLIC if not path.startswith("/api")} == {
        path for _, path in PUBLIC
    }
    assert all(path.startswith("/api/v1/") for _, path in PRINCIPAL)


@pytest.mark.parametrize(
    ("method", "path"), [entry for entry in PRINCIPAL if entry[0] != "WEBSOCKET"]
)
def test_nobody_gets_401_everywhere(house: House, method: str, path: str) -> None:
    answer = house.client(None).request(method, filled(path))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    if method != "HEAD":
        assert answer.json()["code"] == "not-signed-in"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path"), [entry for entry in PRINCIPAL if entry[0] != "WEBSOCKET"]
)
def test_with_the_door_open_nobody_would_get_further(
    tmp_path: Path, method: str, path: str
) -> None:
    client = build(tmp_path, Shut(principal=False)).client(None)
    client = client.__class__(client.app, str(client.base_url), raise_server_exceptions=False)
    assert client.request(method, filled(path)).status_code != 401


def test_nobody_is_refused_a_socket_before_it_is_accepted(house: House) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused, socket(house.client(None)):
        pass
    assert refused.value.status_code == 401
    assert refused.value.json()["code"] == "not-signed-in"


def test_a_wrong_method_is_405_and_names_the_right_ones(house: House) -> None:
    answer = house.client().put("/api/v1/runs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert house.client().request("FOO", "/api/v1/runs").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1",
        "/api/v1/runs/",
        "/api/v1/runs//",
        "/b/",
        "/b/a/b",
        "/assets/",
        "/assets/../token",
        "/docs/",
    ],
)
def test_paths_beside_the_table_do_not_exist(house: House, path: str) -> None:
    assert house.client().get(path).status_code == 404


def test_a_socket_path_cannot_be_fetched_and_no_route_be_opened_as_a_socket(house: House) -> None:
    assert house.client().get("/api/v1/live").status_code == 405
    for path in ("/api/v1/runs", "/api/v1/nowhere"):
        with pytest.raises(WebSocketDenialResponse), socket(house.client(), path):
            pass
