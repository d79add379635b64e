"""T-19 and T-25: what a body may be."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from neurarium.api.doors import body
from neurarium.api.doors.body import MAXIMUM_BODY, take_body
from neurarium.api.problems import Refusal
from neurarium.api.settings import Shut
from tests.backend.api.house import House, build

JSON = "application/json"


@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/json; charset=utf-16", "application/jsonp", "application/json, text/plain", "text/json"],
)  # fmt: skip
def test_bodies_are_json_and_say_so(house: House, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = house.client().post("/api/v1/inspect", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "not-json")


@pytest.mark.parametrize(
    "kind", [JSON, "Application/JSON", f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"']
)
def test_json_by_any_spelling_is_read(house: House, kind: str) -> None:
    answer = house.client().post("/api/v1/inspect", content=b"{}", headers={"Content-Type": kind})
    assert answer.json()["code"] == "invalid"


def test_a_compressed_body_is_not_unpacked(house: House) -> None:
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    assert (
        house.client().post("/api/v1/inspect", content=b"\x1f\x8b", headers=headers).status_code
        == 415
    )


def test_a_body_of_256_kib_is_read_and_one_byte_more_is_not(house: House) -> None:
    client, headers = house.client(), {"Content-Type": JSON}
    assert (
        client.post(
            "/api/v1/inspect", content=b"{}".ljust(MAXIMUM_BODY), headers=headers
        ).status_code
        == 422
    )
    answer = client.post("/api/v1/inspect", content=b"{}".ljust(MAXIMUM_BODY + 1), headers=headers)
    assert (answer.status_code, answer.json()["limit"]) == (413, MAXIMUM_BODY)


def test_a_body_of_unknown_length_is_counted(house: House) -> None:
    chunks = (b" " * 65536 for _ in range(5))
    answer = house.client().post("/api/v1/inspect", content=chunks, headers={"Content-Type": JSON})
    assert answer.status_code == 413


def test_malformed_json_is_400(house: House) -> None:
    answer = house.client().post(
        "/api/v1/inspect", content=b'{"a": NaN}', headers={"Content-Type": JSON}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json")


def test_with_the_door_open_they_would_go_further(tmp_path: Path) -> None:
    client = build(tmp_path, Shut(body=False)).client()
    answer = client.post("/api/v1/inspect", content=b"[" * 300_000, headers={"Content-Type": JSON})
    assert answer.status_code not in (413, 415)
    answer = client.post("/api/v1/inspect", json={"__proto__": 1})
    assert answer.json()["code"] == "invalid"


def request(*messages: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """Read the body of a request that arrives in these messages."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    given = {"content-type": JSON} | (headers or {})
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    return take_body({"type": "http", "headers": raw}, receive)


async def test_a_body_in_pieces_is_put_together() -> None:
    pieces = (
        {"type": "http.request", "body": part, "more_body": part != b"1]"}
        for part in (b"[", b"", b"1]")
    )
    assert await request(*pieces) == (b"[1]", [1])


async def test_a_body_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "TIMEOUT", 0.05)
    with pytest.raises(Refusal) as refused:
        await request({"type": "http.request", "body": b"[", "more_body": True})
    assert refused.value.code == "timeout"


async def test_no_body_is_none() -> None:
    assert await request({"type": "http.request"}, headers={"content-type": ""}) == (b"", None)
