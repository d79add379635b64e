"""`neurarium.Client`: what the page can do, for scripts and notebooks.

    with Client() as client:
        run = client.create("mlp-circles", {"optimizer.lr": 0.1})
        client.play(run["id"])
        for event in client.follow(run["id"]): ...

Answers are the JSON documents of the REST interface; the interface's own description is `client.openapi()`.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx
import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from neurarium.api.folder import data_folder, read_token
from neurarium.api.messages import PROTOCOL

Document = dict[str, Any]
Export = Literal["safetensors", "job", "pytorch", "notebook", "onnx"]
READ_SECONDS = 1.0
"""How often the server is told what has arrived."""


class ProblemError(RuntimeError):
    """The server has refused: `problem` is its RFC 9457 document."""

    def __init__(self, problem: Document) -> None:
        super().__init__(f"{problem.get('title', 'Refused')}: {problem.get('detail', '')}")
        self.problem = problem

    @property
    def code(self) -> str:
        """One of the catalogue's codes."""
        return str(self.problem.get("code", ""))


class Client:
    """A server, spoken to with the token from its data folder."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        token: str | None = None,
        data: str | Path | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.url = url.rstrip("/")
        self.token = token or read_token(data_folder(data)) or ""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # --- what there is ---

    def ready(self) -> bool:
        """Say whether the server can train."""
        return self._http.get("/readyz").status_code == 200

    def openapi(self) -> Document:
        """Read the description of the whole interface."""
        return self._json("GET", "/openapi.json")

    def catalogue(self) -> Document:
        """Read every shelf, with settings and help."""
        return self._json("GET", "/catalogue")

    def presets(self) -> list[Document]:
        """List the ready-made networks and jobs."""
        items: list[Document] = self._json("GET", "/presets")["items"]
        return items

    def preset(self, name: str) -> Document:
        """Read one preset."""
        return self._json("GET", f"/presets/{quote(name, safe='')}")

    def inspect(self, graph: Document) -> Document:
        """Say shapes, parameters and operations of a network."""
        return self._json("POST", "/inspect", graph)

    def compare(self, before: Document, after: Document) -> Document:
        """Say in what two networks differ, node by node and in numbers."""
        return self._json("POST", "/graph/difference", {"before": before, "after": after})

    # --- runs ---

    def runs(self, offset: int = 0, limit: int = 50) -> list[Document]:
        """List the own runs, newest first."""
        items: list[Document] = self._json(
            "GET", "/runs", params={"offset": offset, "limit": limit}
        )["items"]
        return items

    def create(self, job: Document | str, overrides: Document | None = None) -> Document:
        """Make a run of a job, or of a preset with changes; it waits for `play`."""
        if isinstance(job, str):
            job = {"preset": job, "overrides": overrides or {}}
        elif overrides:
            raise ValueError("Only a preset takes overrides: change the job itself.")
        return self._json("POST", "/runs", job)

    def run(self, run: str) -> Document:
        """Read a run."""
        return self._json("GET", self._path(run))

    def delete(self, run: str) -> None:
        """Delete a run."""
        self._request("DELETE", self._path(run))

    def play(self, run: str, pace: float | None = None) -> Document:
        """Train on, at most `pace` steps a second."""
        return self._json("POST", self._path(run, "play"), {"pace": pace})

    def pause(self, run: str) -> Document:
        """Stop after the step being taken."""
        return self._json("POST", self._path(run, "pause"), {})

    def step(
        self,
        run: str,
        unit: Literal["operation", "example", "minibatch", "epoch"] = "minibatch",
        count: int = 1,
    ) -> Document:
        """Take some steps, then pause. Operation by operation, a negative `count` goes back within the next step."""
        return self._json("POST", self._path(run, "step"), {"unit": unit, "count": count})

    def rewind(self, run: str, step: int) -> Document:
        """Go back to a past step."""
        return self._json("POST", self._path(run, "rewind"), {"step": step})

    def fork(self, run: str, step: int | None = None) -> Document:
        """Make a run that begins where this one is, or was."""
        return self._json("POST", self._path(run, "fork"), {"step": step})

    def change(self, run: str, changes: Document) -> Document:
        """Change a run while it trains: `{"optimizer.lr": 0.1}`; answers the run and the effects."""
        return self._json("PATCH", self._path(run), changes)

    # --- what it does and knows ---

    def metrics(self, run: str, *curves: str) -> dict[str, Document]:
        """Read complete curves by name."""
        whole: dict[str, Document] = {}
        after: int | None = -1
        while after is not None:
            params = {"curve": list(curves), "after": after, "limit": 20_000}
            page = self._json("GET", self._path(run, "metrics"), params=params)
            for curve in page["curves"]:
                known = whole.setdefault(curve["name"], {"steps": [], "counts": [], "values": []})
                for part in known:
                    known[part] += curve[part]
            after = page["next"]
        return whole

    def probe(self, run: str, kind: str, **settings: Any) -> Document:
        """Look into a run, now or at a past `step`; numbers are true values in nested lists."""
        params = {name: value for name, value in settings.items() if value is not None}
        return self._json("GET", self._path(run, f"probe/{quote(kind, safe='')}"), params=params)

    def graph(self, run: str, extent: Literal["example", "minibatch"] = "minibatch") -> Document:
        """Capture the computational graph of its next step, forward and back; the first time takes seconds."""
        return self._json("GET", self._path(run, "graph"), params={"extent": extent})

    def plan(self, run: str, graph: Document) -> Document:
        """Say what a run would keep if it went on with another network."""
        return self._json("POST", self._path(run, "graph/plan"), graph)

    def scalars(self, run: str) -> Document:
        """Write out a small network number by number."""
        return self._json("GET", self._path(run, "graph/scalars"))

    def difference(self, run: str, other: str) -> Document:
        """Say in which settings another run's job differs."""
        return self._json("GET", self._path(run, "difference"), params={"other": other})

    def throughput(self, run: str) -> Document:
        """Measure how many examples a second it learns from, by the size of the batch."""
        return self._json("GET", self._path(run, "throughput"))

    def sweep(self, run: str, key: str, values: list[float], **more: Any) -> Document:
        """Train copies that differ in one number (`optimizer.lr`); `steps` and `start` say how far and from where."""
        return self._json("POST", self._path(run, "sweep"), {"key": key, "values": values, **more})

    def ablations(self, run: str) -> Document:
        """List what can be done otherwise in it, one thing at a time, and the runs in which that was tried."""
        return self._json("GET", self._path(run, "ablations"))

    def ablate(self, run: str, ablation: Document, steps: int | None = None) -> Document:
        """Train a run that differs in one thing (`{"kind": "CausalMask"}`) up to `steps`, or as far as this one is."""
        return self._json(
            "POST", self._path(run, "ablations"), {"ablation": ablation, "steps": steps}
        )

    def predict(self, run: str, **inputs: list[Any]) -> Document:
        """Use the network: for each of its inputs a list of examples."""
        outputs: Document = self._json("POST", self._path(run, "predict"), {"inputs": inputs})[
            "outputs"
        ]
        return outputs

    def generate(self, run: str, **wish: Any) -> Document:
        """Let it say words for a `text`, an `example`, a `scene` or `inputs`; for the rest see the route."""
        return self._json("POST", self._path(run, "generate"), wish)

    def export(self, run: str, kind: Export) -> bytes:
        """Download the weights, the job, the network as ONNX, or all of the run as PyTorch (a file or a notebook)."""
        return self._request("GET", self._path(run, f"export/{kind}")).content

    def take_weights(self, run: str, file: bytes, *, partial: bool = False) -> Document:
        """Give a run the weights of a file, safetensors or ONNX: what was `taken`, and `notes` on the rest."""
        params = {"partial": partial}
        taken: Document = self._send(self._path(run, "weights"), file, params=params).json()
        return taken

    def graph_of_onnx(self, file: bytes) -> Document:
        """Read a network from an ONNX file: `graph`, and its `job` where the file is ours."""
        read: Document = self._send("/graph/onnx", file).json()
        return read

    def source(self, run: str) -> Document:
        """Write its network as PyTorch: `text`, and for each line its `nodes`."""
        return self._json("GET", self._path(run, "source"))

    def graph_of_source(self, text: str) -> Document:
        """Read a network from PyTorch source: `graph`, or `problems` with line and column."""
        return self._json("POST", "/graph/source", {"text": text})

    def source_of_graph(self, graph: Document, name: str = "") -> Document:
        """Write any network as PyTorch: `text`, and for each line its `nodes`."""
        return self._json("POST", "/graph/source/write", {"graph": graph, "name": name})

    def loop(self, run: str) -> Document:
        """Write how a run is trained as PyTorch: `text`, and for each line the `entries` of its job."""
        return self._json("GET", self._path(run, "source/loop"))

    def follow(self, run: str) -> Iterator[Document]:
        """Follow a run's log over the socket: metrics and events, from the first on, as they come."""
        address = self.url.replace("http", "ws", 1) + "/api/v1/live"
        headers = {"Authorization": f"Bearer {self.token}"}
        with connect(
            address, additional_headers=headers, compression=None, max_size=None
        ) as socket:
            for message in ({"type": "hello", "v": PROTOCOL}, {"type": "watch", "run": run}):
                socket.send(json.dumps(message))
            yield from _messages(socket, run)

    def _path(self, run: str, verb: str = "") -> str:
        return f"/runs/{quote(run, safe='')}" + (f"/{verb}" if verb else "")

    def _json(
        self, method: str, path: str, body: Document | None = None, params: Document | None = None
    ) -> Document:
        answer: Document = self._request(method, path, body, params).json()
        return answer

    def _send(self, path: str, file: bytes, params: Document | None = None) -> httpx.Response:
        headers = {"Content-Type": "application/octet-stream"}
        response = self._http.post(f"/api/v1{path}", content=file, params=params, headers=headers)
        if response.is_error:
            raise ProblemError(problem_of(response))
        return response

    def _request(
        self, method: str, path: str, body: Document | None = None, params: Document | None = None
    ) -> httpx.Response:
        response = self._http.request(method, f"/api/v1{path}", json=body, params=params)
        if response.is_error:
            raise ProblemError(problem_of(response))
        return response


def _messages(socket: ClientConnection, run: str) -> Iterator[Document]:
    """Read what comes over a socket, and tell the server now and then that it has arrived."""
    arrived = told = 0
    due = time.monotonic() + READ_SECONDS
    while True:
        try:
            raw = socket.recv(timeout=max(0.0, due - time.monotonic()))
        except ConnectionClosed:
            return
        except TimeoutError:
            due = time.monotonic() + READ_SECONDS
            if arrived > told:
                told = arrived
                socket.send(json.dumps({"type": "read", "run": run, "seq": told}))
            continue
        message: Document = json.loads(raw) if isinstance(raw, str) else msgspec.msgpack.decode(raw)
        if message["type"] == "refused":
            raise ProblemError(message)
        arrived = max(arrived, message.get("seq", 0))
        yield message


def problem_of(response: httpx.Response) -> Document:
    """Read a problem, or make one of an answer that is none."""
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        problem: Document = response.json()
        return problem
    return {
        "title": f"HTTP {response.status_code}",
        "status": response.status_code,
        "detail": response.text[:200],
    }
