"""R-01, R-10 and R-14: the rules of the socket, without workers. What flows over it is in test_stream.py."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession

from neurarium.api import closing, lines, live
from neurarium.api.closing import CLOSES
from neurarium.api.messages import PROTOCOL
from neurarium.api.settings import Shut
from tests.backend.api.house import House, build, socket

HELLO = {"type": "hello", "v": PROTOCOL}
CANARY = "zqx canary"


def say(opened: WebSocketTestSession, *messages: Any) -> None:
    for message in messages:
        opened.send_text(message if isinstance(message, str) else json.dumps(message))


def end(opened: WebSocketTestSession) -> tuple[int, str]:
    """Read until the server closes."""
    while (message := opened.receive())["type"] != "websocket.close":
        pass
    return message["code"], message.get("reason") or ""


def test_hello_is_welcomed(house: House) -> None:
    with socket(house.client()) as opened:
        say(opened, HELLO | {"build": ""})
        assert opened.receive_json() == {
            "type": "welcome", "v": PROTOCOL, "build": house.app.state.pages.build, "device": "cpu",
            "storage": "open",
        }  # fmt: skip


@pytest.mark.parametrize(
    "hello", [{"v": PROTOCOL + 1}, {"v": 0}, {"v": PROTOCOL, "build": "another"}]
)
def test_another_version_is_told_to_reload(house: House, hello: dict[str, Any]) -> None:
    house.app.state.pages.files["index.html"] = (
        house.app.state.pages.files.get("index.html") or FAKE
    )
    with socket(house.client()) as opened:
        say(opened, {"type": "hello"} | hello)
        assert end(opened)[0] == closing.MISMATCH.code


class FAKE:
    content = b'<script type="module" src="/assets/index-abc123.js"></script>'


def test_a_page_that_says_nothing_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert live.HELLO_SECONDS == 5
    monkeypatch.setattr(live, "HELLO_SECONDS", 0.05)
    with socket(house.client()) as opened:
        assert end(opened)[0] == closing.SLOW.code


BROKEN_FIRST: tuple[Any, ...] = (
    {"type": "watch", "run": "abcd"},
    {"type": "command", "cmd_id": "1", "run": "abcd", "command": {"kind": "pause"}},
    {"v": 1},
    {"type": "hello"},
    {"type": "hello", "v": "x"},
    {"type": "hello", "v": 1, "extra": 1},
    [],
    "hello",
    "",
    "null",
)


@pytest.mark.parametrize("first", BROKEN_FIRST, ids=str)
def test_anything_but_hello_first_is_closed(house: House, first: Any) -> None:
    with socket(house.client()) as opened:
        say(opened, first)
        assert end(opened)[0] == closing.PROTOCOL.code


BROKEN: tuple[Any, ...] = (
    HELLO,
    "{",
    "NaN",
    '{"type": "read", "run": "abcd", "seq": NaN}',
    '{"type": "read", "run": "abcd", "seq": 1e999}',
    '{"type":"\\ud800"}',
    "[" * 1000,
    '{"__proto__": {}}',
    {"type": "nonsense"},
    {"type": "watch", "run": "ABCD"},
    {"type": "watch", "run": "abcd", "extra": 1},
    {"type": "watch", "run": "abcd", "resume": {"epoch": "x" * 33, "seq": 0}},
    {"type": "read", "run": "abcd", "seq": -1},
    {"type": "read", "run": "abcd", "seq": 2**53 + 1},
    {"type": "drawn", "subscription": 2**31 + 1},
    {"type": "drawn", "subscription": 1.5},
    {"type": "unsubscribe"},
    {"type": "subscribe", "subscription": -1, "run": "abcd", "probe": {"kind": "weight"}},
    {"type": "command", "cmd_id": "no spaces", "run": "abcd", "command": {"kind": "pause"}},
    {"type": "command", "run": "abcd", "command": {"kind": "pause"}},
    {"type": "welcome", "v": 1, "build": "", "device": "cpu"},
)


@pytest.mark.parametrize("message", BROKEN, ids=str)
def test_what_is_no_message_is_closed(house: House, message: Any) -> None:
    with socket(house.client()) as opened:
        say(opened, HELLO, message)
        assert end(opened)[0] == closing.PROTOCOL.code


def test_bytes_are_no_message(house: House) -> None:
    with socket(house.client()) as opened:
        say(opened, HELLO)
        opened.send_bytes(b"{}")
        assert end(opened)[0] == closing.PROTOCOL.code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (
            {"type": "command", "cmd_id": "c1", "run": "abcd", "command": {"kind": "pause"}},
            "not-found",
        ),
        (
            {"type": "command", "cmd_id": "c1", "run": "abcd", "command": {"kind": CANARY}},
            "invalid",
        ),
        (
            {
                "type": "command",
                "cmd_id": "c1",
                "run": "abcd",
                "command": {"kind": "play", "pace": -1},
            },
            "invalid",
        ),
        (
            {"type": "command", "cmd_id": "c1", "run": CANARY, "command": {"kind": "pause"}},
            "invalid",
        ),
        (
            {"type": "subscribe", "subscription": 7, "run": "abcd", "probe": {"kind": "weight"}},
            "not-found",
        ),
        (
            {"type": "subscribe", "subscription": 7, "run": "abcd", "probe": {"kind": CANARY}},
            "invalid",
        ),
        (
            {
                "type": "subscribe",
                "subscription": 7,
                "run": "abcd",
                "probe": {"kind": "weight", CANARY[:3]: 1},
            },
            "invalid",
        ),
        ({"type": "watch", "run": "abcd"}, "not-found"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_the_line_goes_on(
    house: House, message: dict[str, Any], code: str
) -> None:
    with socket(house.client()) as opened:
        say(opened, HELLO)
        opened.receive_json()
        for _ in range(2):
            say(opened, message)
            refused = opened.receive_json()
            assert (refused["type"], refused["code"]) == ("refused", code)
            assert refused["cmd_id"] == message.get("cmd_id")
            assert refused["subscription"] == message.get("subscription")
            assert refused["detail"]
            assert CANARY not in json.dumps(refused)


def test_some_messages_mean_nothing_and_do_no_harm(house: House) -> None:
    with socket(house.client()) as opened:
        say(
            opened,
            HELLO,
            {"type": "unwatch", "run": "abcd"},
            {"type": "read", "run": "abcd", "seq": 5},
            {"type": "drawn", "subscription": 5},
            {"type": "unsubscribe", "subscription": 5},
            {"type": "watch", "run": "abcd"},
        )
        assert opened.receive_json()["type"] == "welcome"
        assert opened.receive_json()["type"] == "refused"


def test_who_speaks_too_fast_is_closed_and_told_when_to_come_back(house: House) -> None:
    with socket(house.client()) as opened, socket(house.client()) as neighbour:
        say(opened, HELLO, *[{"type": "drawn", "subscription": 1}] * 200)
        assert end(opened) == (closing.RATE.code, "retry_ms=5000")
        say(neighbour, HELLO)
        assert neighbour.receive_json()["type"] == "welcome"


def test_with_the_door_open_it_would_be_heard_for_ever(tmp_path: Path) -> None:
    with socket(build(tmp_path, Shut(rate=False)).client()) as opened:
        say(
            opened,
            HELLO,
            *[{"type": "drawn", "subscription": 1}] * 500,
            {"type": "watch", "run": "abcd"},
        )
        assert [opened.receive_json()["type"] for _ in range(2)] == ["welcome", "refused"]


def test_a_burst_is_heard(house: House) -> None:
    with socket(house.client()) as opened:
        say(
            opened,
            HELLO,
            *[{"type": "drawn", "subscription": 1}] * 90,
            {"type": "watch", "run": "abcd"},
        )
        assert [opened.receive_json()["type"] for _ in range(2)] == ["welcome", "refused"]


def test_too_many_sockets_are_told_to_come_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAXIMUM_LINES_OF_ONE", 2)
    monkeypatch.setattr(lines, "MAXIMUM_LINES", 3)
    client, other = house.client(), house.client("b" * 64)
    with socket(client) as first, socket(client), socket(other):
        for who in (client, other):
            with socket(who) as third:
                assert end(third)[0] == closing.LATER.code
        say(first, HELLO)
        assert first.receive_json()["type"] == "welcome"
    with socket(client) as again:
        say(again, HELLO)
        assert again.receive_json()["type"] == "welcome"


def test_the_heart_beats(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert live.HEARTBEAT_SECONDS == 5
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.02)
    with socket(house.client()) as opened:
        say(opened, HELLO)
        kinds = [opened.receive_json()["type"] for _ in range(3)]
        assert kinds == ["welcome", "heartbeat", "heartbeat"]


def test_a_page_is_told_at_once_that_the_disk_is_full_and_that_it_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 1e9)  # only a change is told
    ledger = house.app.state.sessions._ledger
    with socket(house.client()) as opened:
        say(opened, HELLO)
        assert opened.receive_json()["storage"] == "open"
        for is_full, told in ((True, "full"), (False, "open")):
            ledger.is_full = is_full
            message = opened.receive_json()
            assert (message["type"], message["storage"]) == ("heartbeat", told)


def test_a_fault_of_ours_closes_with_1011(house: House) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a planted fault")

    with socket(house.client()) as opened:
        house.app.state.sessions.get = fail
        say(opened, HELLO, {"type": "watch", "run": "abcd"})
        assert end(opened)[0] == closing.FAULT.code


def test_codes_say_whether_to_come_back() -> None:
    for code, close in CLOSES.items():
        assert code == close.code
        assert close.meaning.endswith(".") or "`" in close.meaning
        if code >= 4000:
            assert close.reconnect is (code < 4500)
