"""The table of all routes and who may use them. What is not in it does not exist."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Access = Literal["public", "principal"]
"""`public`: everybody. `principal`: the owner at the page, or a script with the token."""

PAGES = (
    "/",
    "/b/{run}",
    "/models",
    "/models/{model}",
    "/runs",
    "/compare",
    "/lessons",
    "/lessons/{lesson}",
    "/docs",
    "/settings",
)
"""Addresses of the page; what each shows, the page itself decides."""

PUBLIC = (
    *(("GET", path) for path in PAGES),
    *(("HEAD", path) for path in PAGES),
    ("GET", "/assets/{file}"),
    ("HEAD", "/assets/{file}"),
    ("GET", "/favicon.svg"),
    ("HEAD", "/favicon.svg"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
)

PRINCIPAL = (
    ("GET", "/api/v1/openapi.json"),
    ("HEAD", "/api/v1/openapi.json"),
    ("GET", "/api/v1/catalogue"),
    ("GET", "/api/v1/presets"),
    ("GET", "/api/v1/presets/{preset}"),
    ("POST", "/api/v1/inspect"),
    ("POST", "/api/v1/graph/difference"),
    ("GET", "/api/v1/runs"),
    ("POST", "/api/v1/runs"),
    ("POST", "/api/v1/demo"),
    ("GET", "/api/v1/runs/{run}"),
    ("PATCH", "/api/v1/runs/{run}"),
    ("DELETE", "/api/v1/runs/{run}"),
    ("POST", "/api/v1/runs/{run}/play"),
    ("POST", "/api/v1/runs/{run}/pause"),
    ("POST", "/api/v1/runs/{run}/step"),
    ("POST", "/api/v1/runs/{run}/rewind"),
    ("POST", "/api/v1/runs/{run}/fork"),
    ("GET", "/api/v1/runs/{run}/difference"),
    ("GET", "/api/v1/runs/{run}/ablations"),
    ("POST", "/api/v1/runs/{run}/ablations"),
    ("GET", "/api/v1/runs/{run}/throughput"),
    ("POST", "/api/v1/runs/{run}/check"),
    ("POST", "/api/v1/runs/{run}/sweep"),
    ("GET", "/api/v1/runs/{run}/metrics"),
    ("GET", "/api/v1/runs/{run}/probe/{probe}"),
    ("POST", "/api/v1/runs/{run}/predict"),
    ("POST", "/api/v1/runs/{run}/generate"),
    ("GET", "/api/v1/runs/{run}/export/{kind}"),
    ("GET", "/api/v1/runs/{run}/source"),
    ("GET", "/api/v1/runs/{run}/source/loop"),
    ("POST", "/api/v1/graph/source"),
    ("POST", "/api/v1/graph/source/write"),
    ("POST", "/api/v1/graph/offers"),
    ("POST", "/api/v1/datasets/inspect"),
    ("POST", "/api/v1/runs/{run}/graph/plan"),
    ("GET", "/api/v1/runs/{run}/graph"),
    ("GET", "/api/v1/runs/{run}/graph/scalars"),
    ("POST", "/api/v1/runs/{run}/check"),
    ("POST", "/api/v1/graph/onnx"),
    ("POST", "/api/v1/runs/{run}/weights"),
    ("WEBSOCKET", "/api/v1/live"),
)

FILES = frozenset({"/api/v1/graph/onnx", "/api/v1/runs/{run}/weights"})
"""Where a file may be sent as it is; everywhere else, bodies are small JSON."""


@dataclass(frozen=True)
class Entry:
    """One path of the table: who may use it, by method."""

    pattern: re.Pattern[str]
    methods: dict[str, Access]
    takes_file: bool = False


class Table:
    """Routes by path."""

    def __init__(
        self,
        public: Iterable[tuple[str, str]] = PUBLIC,
        principal: Iterable[tuple[str, str]] = PRINCIPAL,
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self.add("public", public)
        self.add("principal", principal)

    def add(self, access: Access, routes: Iterable[tuple[str, str]]) -> None:
        """Write routes into the table."""
        for method, path in routes:
            entry = self.entries.setdefault(path, Entry(compiled(path), {}, path in FILES))
            entry.methods[method] = access

    def find(self, path: str) -> Entry | None:
        """Find the entry that a path belongs to: a literal one before one with names in it."""
        if path in self.entries and "{" not in path:
            return self.entries[path]
        return next(
            (entry for entry in self.entries.values() if entry.pattern.fullmatch(path)), None
        )


def compiled(path: str) -> re.Pattern[str]:
    """Turn `/runs/{run}` into an expression; a name stands for one part of a path, never for several."""
    parts = re.split(r"\{\w+\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)))
