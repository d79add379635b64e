"""The hostile corpus over the socket: each document ends in a documented close code or a refusal, at once."""

import asyncio
import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from neurarium.api.closing import CLOSES
from neurarium.api.strict_json import JSONError, parse
from tests.backend.api.line import Line, line
from tests.backend.api.service import Service
from tests.fuzz import corpus

PATIENCE = 5.0
PER_SECOND = 40
"""Messages a second of one attacker that are still heard."""


@pytest.fixture(scope="module")
def run(server: Service) -> str:
    """A run that trains while it is attacked."""
    client = server.client()
    name: str = client.create("mlp-circles", {"steps": 10_000_000})["id"]
    client.play(name, pace=200)
    return name


async def closed_with(server: Service, message: str | bytes) -> int | None:
    """Say hello and one thing more: with which code the server closes, or None if it does not within a moment."""
    async with line(server) as page:
        start = time.perf_counter()
        try:
            await page.connection.send(message)
            await page.say({"type": "watch", "run": "nobody"})
            while (await page.hear())["type"] != "refused":
                pass
        except ConnectionClosed:
            pass
        assert time.perf_counter() - start < PATIENCE
        return page.connection.close_code


async def test_documents_that_are_none(server: Service) -> None:
    odd = {}
    for name, body in corpus.raw_bodies().items():
        try:
            message: str | bytes = body.decode()
        except UnicodeDecodeError:
            message = body
        code = await closed_with(server, message)
        if code not in CLOSES or code == 1011:
            odd[name] = code
    assert not odd


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["change", "weight", "point", "play", "step", "rewind"])
async def test_odd_commands_are_refused_or_done(server: Service, run: str, kind: str) -> None:
    fields = {
        "weight": "value",
        "point": "point",
        "play": "pace",
        "step": "count",
        "rewind": "step",
    }
    bodies: list[Any] = [{"changes": body} for body in corpus.changes().values()]
    if kind in fields:
        bodies = [{name: odd} for name in (fields[kind], "unit") for odd in corpus.INTEGERS]
    documents = [
        {"type": "command", "cmd_id": f"{kind}-{i}", "run": run, "command": {"kind": kind} | body}
        for i, body in enumerate(bodies)
    ]
    for document in documents:
        if beyond(document):
            assert await closed_with(server, json.dumps(document)) == 4500
    await every_one_is_answered(
        server, [document for document in documents if not beyond(document)]
    )
    server.client().play(run, pace=200)


@pytest.mark.slow
async def test_odd_subscriptions_are_refused_or_shown(server: Service, run: str) -> None:
    documents: list[dict[str, Any]] = []
    for kind in ("weight", "boundary", "unit", "value", "history", "hard", "contrib"):
        for field in ("node", "example", "unit", "size", "count", "nonsense"):
            for number in corpus.INTEGERS:
                documents.append(
                    {"type": "subscribe", "subscription": len(documents) % 60, "run": run, "step": 0,
                     "probe": {"kind": kind, field: number}}
                )  # fmt: skip
    await every_one_is_answered(
        server, [document for document in documents if not beyond(document)][::3]
    )


def beyond(document: Any) -> bool:
    """Say whether a document is more than JSON of ours may be."""
    try:
        parse(json.dumps(document))
    except JSONError:
        return True
    return False


async def every_one_is_answered(server: Service, documents: list[dict[str, Any]]) -> None:
    """Send each at a pace that is heard; each is answered within a second, and the line goes on."""
    async with line(server) as page:
        for document in documents:
            start = time.perf_counter()
            await page.say(document)
            await answer(page, document)
            spent = time.perf_counter() - start
            assert spent < PATIENCE, document
            await asyncio.sleep(max(0.0, 1 / PER_SECOND - spent))


async def answer(page: Line, document: dict[str, Any]) -> None:
    """Read on to what answers a document."""
    name = "cmd_id" if document["type"] == "command" else "subscription"
    while True:
        message = await page.hear()
        if message["type"] == "frame":
            await page.say({"type": "drawn", "subscription": message["subscription"]})
        if message["type"] in ("ack", "refused", "frame") and message.get(name) == document[name]:
            return


def test_nobody_was_harmed(server: Service, run: str) -> None:
    assert server.client().ready()
    assert server.client().run(run)["state"] in ("running", "paused", "diverged")
    log = (server.folder / "log").read_text()
    assert "is replaced" not in log
    assert "Traceback" not in log
