"""An application in this process, without workers: two owners with tokens, and a page with a cookie."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from neurarium.api.app import create_app
from neurarium.api.failures import Words
from neurarium.api.settings import Settings, Shut

HERE = "http://127.0.0.1:8000"
TOKEN = "a" * 64
OTHER_TOKEN = "b" * 64
EVIL = "https://evil.example"


@dataclass
class House:
    """The application, and ways to speak with it."""

    app: FastAPI

    def client(
        self, token: str | None = TOKEN, base: str = HERE, peer: str = "127.0.0.1"
    ) -> TestClient:
        """Speak as a script, or with `token=None` as nobody."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return TestClient(
            self.app, base, raise_server_exceptions=True, headers=headers, client=(peer, 50000)
        )

    def cookie(self) -> str:
        """Sign a page in, and return its cookie as a header."""
        return f"neurarium_8000={self.app.state.principals.sign_in()}"

    def page(self) -> TestClient:
        """Speak as the page does: with a cookie, and an origin on everything but reading."""
        client = self.client(None)
        client.headers["Cookie"] = self.cookie()
        client.headers["Origin"] = HERE
        return client


@cache
def words() -> Words:
    """What may be said of a refusal: the same in every application, and long to find out."""
    whole: Words = create_app(Settings(data=Path("unused"))).state.words()
    return whole


def build(folder: Path, doors: Shut = Shut(), **settings: Any) -> House:  # noqa: B008 - frozen
    """Put an application together; `doors` opens some of them, to see what they are good for."""
    app = create_app(Settings(data=folder, doors=doors, workers=1, **settings))
    app.state.words = words
    app.state.principals.add_token(TOKEN)
    app.state.principals.add_token(OTHER_TOKEN, "somebody-else")
    return House(app)


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Walk through everything that the application can answer, mounts and sockets included."""
    pending: list[Any] = list(app.routes)
    while pending:
        route = pending.pop()
        inner = getattr(route, "routes", None)
        if inner:
            pending.extend(inner)
        elif getattr(route, "methods", None):
            yield from ((method, route.path) for method in sorted(route.methods))
        elif hasattr(route, "path"):
            yield ("WEBSOCKET", route.path)
        else:
            raise AssertionError(f"{route} can be asked, and nobody knows what")


def filled(path: str) -> str:
    """Write something in place of each name in a path."""
    return re.sub(r"\{\w+\}", "abcd1234", path)


@contextmanager
def socket(client: TestClient, path: str = "/api/v1/live", **headers: str) -> Iterator[Any]:
    """Open the live socket."""
    address = str(client.base_url).replace("http", "ws", 1).rstrip("/") + path
    with client.websocket_connect(address, headers=headers) as opened:
        yield opened
