"""R-16: a request that is sent again under its key is answered again, not done again."""

import asyncio
from typing import Any

import pytest

from neurarium.api.doors import idempotency
from neurarium.api.doors.idempotency import Answers
from neurarium.api.doors.principal import Principal
from neurarium.api.problems import Refusal


class Counter:
    """An application that counts how often it is called."""

    def __init__(self, status: int = 201, pause: float = 0) -> None:
        self.calls = 0
        self.status = status
        self.pause = pause

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        await asyncio.sleep(self.pause)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": str(self.calls).encode()})


async def ask(
    answers: Answers,
    app: Counter,
    key: str | None = "k",
    body: bytes = b"{}",
    owner: str | None = "local",
    path: str = "/runs",
) -> bytes:
    """Send one request; return the body of its answer."""
    headers = [] if key is None else [(b"idempotency-key", key.encode("latin-1"))]
    principal = None if owner is None else Principal(owner, "script")
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": headers,
        "state": {"principal": principal},
    }
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        raise AssertionError("nobody reads on")

    await answers.once(app, scope, body, receive, send)
    return b"".join(message.get("body", b"") for message in said)


async def test_the_same_request_is_answered_again() -> None:
    answers, app = Answers(), Counter()
    assert [await ask(answers, app) for _ in range(3)] == [b"1", b"1", b"1"]
    assert app.calls == 1


async def test_other_keys_owners_and_paths_are_other_requests() -> None:
    answers, app = Answers(), Counter()
    await ask(answers, app)
    for facts in (
        {"key": "other"},
        {"owner": "somebody-else"},
        {"path": "/elsewhere"},
        {"key": None},
        {"owner": None},
    ):
        calls = app.calls
        await ask(answers, app, **facts)
        assert app.calls == calls + 1


async def test_the_key_of_another_request_is_refused() -> None:
    answers, app = Answers(), Counter()
    await ask(answers, app)
    with pytest.raises(Refusal) as refused:
        await ask(answers, app, body=b'{"a":1}')
    assert refused.value.code == "key-reused"


async def test_a_request_under_way_is_not_done_twice() -> None:
    answers, app = Answers(), Counter(pause=0.05)
    first = asyncio.create_task(ask(answers, app))
    await asyncio.sleep(0.01)
    with pytest.raises(Refusal) as refused:
        await ask(answers, app)
    assert refused.value.code == "in-progress"
    assert await first == b"1"


@pytest.mark.parametrize("status", [404, 409, 500, 503])
async def test_what_was_not_done_may_be_tried_again(status: int) -> None:
    answers, app = Answers(), Counter(status)
    assert [await ask(answers, app) for _ in range(2)] == [b"1", b"2"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "é", "\x7f"])
async def test_keys_are_short_and_plain(key: str) -> None:
    with pytest.raises(Refusal) as refused:
        await ask(Answers(), Counter(), key)
    assert refused.value.code == "idempotency-key"


async def test_the_oldest_answer_goes_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idempotency, "MAXIMUM_KEPT", 3)
    answers, app = Answers(), Counter()
    for key in "abcd":
        await ask(answers, app, key)
    assert await ask(answers, app, "d") == b"4"
    assert await ask(answers, app, "a") == b"5"
