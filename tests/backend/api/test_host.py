"""T-03: the server answers to names of this computer alone."""

from pathlib import Path

import pytest
from starlette.testclient import WebSocketDenialResponse

from neurarium.api.doors.host import own_names
from neurarium.api.settings import Shut
from tests.backend.api.house import House, build, socket

CLASSES = ("/", "/b/abcd", "/assets/none.js", "/healthz", "/readyz", "/api/v1/presets", "/nowhere")
"""One address of each class of route."""
FOREIGN = (
    "rebind.evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.0.2.7",
    "[2001:db8::1]:8000",
    "localhost:8000@evil.example",
    "localhost, evil.example",
    "local\thost",
    "127.0.0.1:80:80",
    "[::1",
    "",
)


@pytest.mark.parametrize("path", CLASSES)
@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_421_everywhere(house: House, path: str, host: str) -> None:
    answer = house.client().get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["code"] == "unknown-host"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:8000"]
)
def test_names_of_this_computer_are_answered(house: House, host: str) -> None:
    assert house.client().get("/healthz", headers={"Host": host}).status_code == 200


def test_every_own_name_and_configured_ones_are_answered(tmp_path: Path) -> None:
    client = build(tmp_path, names=frozenset({"Lab.example"})).client()
    for name in own_names(["Lab.example"]):
        host = f"[{name}]" if ":" in name else name
        assert client.get("/healthz", headers={"Host": f"{host}:8000"}).status_code == 200


def test_the_address_that_a_connection_came_to_is_answered(house: House) -> None:
    # As when the server listens at 0.0.0.0 and a card has the address 192.0.2.7.
    assert house.client(base="http://192.0.2.7:8000").get("/healthz").status_code == 200


def test_a_socket_needs_a_name_of_this_computer_too(house: House) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        socket(house.client(), Host="rebind.evil.example"),
    ):
        pass
    assert refused.value.status_code == 421


def test_with_the_door_open_a_foreign_name_would_be_answered(tmp_path: Path) -> None:
    client = build(tmp_path, Shut(host=False)).client()
    for host in ("rebind.evil.example", "192.0.2.7"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    with socket(client, Host="rebind.evil.example"):
        pass
