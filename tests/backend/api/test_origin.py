"""T-02 and T-04: pages of other origins can neither open the socket nor change anything."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from neurarium.api.doors.access import PRINCIPAL
from neurarium.api.settings import Shut
from tests.backend.api.house import EVIL, HERE, House, build, filled, socket

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")
FOREIGN = {
    "other host": EVIL,
    "other port": "http://127.0.0.1:8001",
    "no port": "http://127.0.0.1",
    "other scheme": "https://127.0.0.1:8000",
    "null": "null",
    "empty": "",
    "suffix": f"{HERE}.evil.example",
    "prefix": "http://evil.example127.0.0.1:8000",
    "user": f"http://127.0.0.1:8000@{EVIL.removeprefix('https://')}",
    "path": f"{HERE}/",
    "other name of this computer": "http://localhost:8000",
    "punycode": "http://xn--lcalhost-23a:8000",
    "space": f"{HERE} {EVIL}",
    "list": f"{HERE}, {EVIL}",
}


def is_open(client: TestClient, headers: dict[str, str]) -> bool:
    """Try to open the socket."""
    try:
        with socket(client, **headers):
            return True
    except WebSocketDenialResponse as refused:
        return refused.status_code not in (401, 403)


@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("who", ["cookie", "bearer", "both", "nobody"])
def test_no_foreign_page_opens_the_socket(house: House, origin: str, who: str) -> None:
    client = house.client(None if who in ("cookie", "nobody") else "a" * 64)
    headers = {"Origin": origin} | ({"Cookie": house.cookie()} if who in ("cookie", "both") else {})
    assert not is_open(client, headers)


@pytest.mark.parametrize(
    ("who", "origin", "opens"),
    [
        ("cookie", HERE, True),
        ("cookie", HERE.upper().replace("HTTP", "http"), True),
        ("bearer", HERE, True),
        ("both", HERE, True),
        ("bearer", None, True),
        ("cookie", None, False),
        ("both", None, False),
        ("nobody", None, False),
        ("nobody", HERE, False),
    ],
)
def test_the_own_page_and_scripts_open_it(
    house: House, who: str, origin: str | None, opens: bool
) -> None:
    client = house.client("a" * 64 if who in ("bearer", "both") else None)
    headers = {"Cookie": house.cookie()} if who in ("cookie", "both") else {}
    headers |= {} if origin is None else {"Origin": origin}
    assert is_open(client, headers) is opens


def test_with_the_door_open_a_foreign_page_would_open_it(tmp_path: Path) -> None:
    house = build(tmp_path, Shut(origin=False))
    assert is_open(house.client(None), {"Origin": EVIL, "Cookie": house.cookie()})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path", sorted({path for _, path in PRINCIPAL} | {"/", "/healthz", "/nowhere"})
)
def test_a_foreign_page_with_the_cookie_is_refused_whatever_it_asks(
    house: House, method: str, path: str
) -> None:
    client = house.client(None)
    answer = client.request(
        method, filled(path), headers={"Origin": EVIL, "Cookie": house.cookie()}
    )
    assert answer.status_code == 403
    assert method == "HEAD" or answer.json()["code"] == "foreign-origin"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "FOO"])
def test_a_request_that_changes_something_and_hides_its_origin_is_refused(
    house: House, method: str
) -> None:
    answer = house.client(None).request(method, "/api/v1/runs", headers={"Cookie": house.cookie()})
    assert answer.status_code == 403


def test_with_the_door_open_a_foreign_page_would_be_heard(tmp_path: Path) -> None:
    house = build(tmp_path, Shut(origin=False))
    headers = {"Origin": EVIL, "Cookie": house.cookie(), "Content-Type": "application/json"}
    graph = b'{"inputs":{"x":{"axes":["D"],"shape":[2]}},"nodes":[],"outputs":{"y":"x"}}'
    assert (
        house.client(None).post("/api/v1/inspect", content=graph, headers=headers).status_code
        == 200
    )


def test_no_answer_lets_another_origin_read_it(house: House) -> None:
    for method in METHODS:
        answer = house.client().request(method, "/api/v1/presets", headers={"Origin": EVIL})
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_own_page_is_heard(house: House) -> None:
    assert house.page().get("/api/v1/runs").json()["total"] == 0


@pytest.mark.slow
def test_reading_changes_nothing(house: House) -> None:
    client = house.client()
    before = client.get("/api/v1/runs").json()
    for method, path in PRINCIPAL:
        if method in ("GET", "HEAD"):
            client.request(method, filled(path))
    assert client.get("/api/v1/runs").json() == before
