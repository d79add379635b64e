"""T-15: every answer carries the headers that keep a browser from harm."""

from pathlib import Path

import pytest

from neurarium.api.settings import Shut
from tests.backend.api.house import EVIL, House, build, filled, routes

DOCUMENT = (
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "worker-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
)  # fmt: skip


def answers(house: House) -> list[tuple[str, dict[str, str]]]:
    """Ask everything once, as a script, as nobody and as a foreign page."""
    found = []
    for method, path in routes(house.app):
        if method == "WEBSOCKET":
            continue
        for client in (house.client(), house.client(None)):
            for headers in ({}, {"Origin": EVIL}):
                answer = client.request(method, filled(path), headers=headers)
                found.append((f"{method} {path} {answer.status_code}", dict(answer.headers)))
    return found


@pytest.mark.slow
def test_every_answer_is_guarded(house: House) -> None:
    for name, headers in answers(house):
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["referrer-policy"] == "no-referrer", name
        assert headers["cross-origin-resource-policy"] == "same-origin", name
        assert headers["cross-origin-opener-policy"] == "same-origin", name
        assert headers["x-frame-options"] == "DENY", name
        assert "frame-ancestors 'none'" in headers["content-security-policy"], name
        assert "default-src 'none'" in headers["content-security-policy"], name
        assert "unsafe" not in headers["content-security-policy"], name
        assert "server" not in headers, name
        if "/api/" in name:
            assert headers["cache-control"] == "no-store", name


def test_the_page_has_the_policy_of_a_document(house: House) -> None:
    policy = house.client(None).get("/").headers["content-security-policy"]
    parts = policy.split("; ")
    assert set(DOCUMENT) < set(parts)
    assert "connect-src 'self' ws://127.0.0.1:8000" in parts
    assert "img-src 'self' blob: data:" in parts
    assert "http:" not in policy.replace("ws://127.0.0.1:8000", "")
    assert "*" not in policy


def test_with_the_door_open_they_would_not_be_there(tmp_path: Path) -> None:
    answer = build(tmp_path, Shut(headers=False)).client().get("/healthz")
    assert "x-content-type-options" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/presets", "/nowhere"])
def test_each_answer_has_its_own_request_id(house: House, path: str) -> None:
    first, second = (house.client().get(path).headers["x-request-id"] for _ in range(2))
    assert first != second
