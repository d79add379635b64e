"""T-09: a run is its owner's. For everybody else it does not exist, on no route and in no message."""

from typing import Any

import pytest

from neurarium.clock import CLOCK
from neurarium.sessions.errors import Refused
from neurarium.sessions.ledger import Ledger
from neurarium.sessions.session import Session
from neurarium.training.job import Job
from tests.backend.api.house import OTHER_TOKEN, TOKEN, House, socket

RUN = "planted1"
GRAPH = {"inputs": {"x": {"axes": ["D"], "shape": [2]}}, "nodes": [], "outputs": {"y": "x"}}
ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "", None),
    ("PATCH", "", {"optimizer.lr": 0.1}),
    ("POST", "/play", {}),
    ("POST", "/pause", {}),
    ("POST", "/step", {}),
    ("POST", "/rewind", {"step": 0}),
    ("POST", "/fork", {}),
    ("GET", "/metrics", None),
    ("GET", f"/difference?other={RUN}", None),
    ("GET", "/probe/weight", None),
    ("POST", "/predict", {"inputs": {"x": [[0, 0]]}}),
    ("POST", "/generate", {"text": "a word"}),
    ("GET", "/export/job", None),
    ("GET", "/export/safetensors", None),
    ("GET", "/export/pytorch", None),
    ("GET", "/export/notebook", None),
    ("GET", "/export/onnx", None),
    ("PATCH", "", {"take": {"run": RUN}}),
    ("POST", "/weights", None),
    ("GET", "/source", None),
    ("POST", "/graph/plan", GRAPH),
    ("GET", "/graph/scalars", None),
    ("GET", "/graph", None),
    ("DELETE", "", None),
)
MESSAGES: tuple[dict[str, Any], ...] = (
    {"type": "watch", "run": RUN},
    {"type": "watch", "run": RUN, "resume": {"epoch": "x", "seq": 1}},
    {"type": "subscribe", "subscription": 1, "run": RUN, "probe": {"kind": "weight"}},
    {"type": "subscribe", "subscription": 1, "run": RUN, "probe": {"kind": "weight"}, "step": 0},
    {"type": "command", "cmd_id": "c", "run": RUN, "command": {"kind": "pause"}},
)


class NoWorker:
    """Stands where a worker would be: whatever gets this far was let through."""

    is_ready = False

    async def ask(self, *_: object, **__: object) -> Any:
        raise Refused("probe-failed", "This went through.")

    def note(self, *_: object) -> None:
        """Hear nothing."""


class NoAnalyst:
    """The same, where the process for analyses would be."""

    async def capture(self, *_: object) -> Any:
        raise Refused("probe-failed", "This went through.")


@pytest.fixture
def planted(house: House) -> House:
    """An application with one run of the local owner."""
    table = house.app.state.sessions
    table.analyst = NoAnalyst()
    job = Job.model_validate(house.client().get("/api/v1/presets/mlp-circles").json()["job"])
    link: Any = NoWorker()
    session = Session(RUN, "local", job, table, Ledger(None, CLOCK), CLOCK)
    session.link = link
    session.device = "cpu"
    table._sessions[RUN] = session
    return house


@pytest.mark.parametrize(("method", "verb", "body"), ROUTES)
def test_routes(planted: House, method: str, verb: str, body: Any) -> None:
    path = f"/api/v1/runs/{RUN}{verb}"
    stranger = planted.client(OTHER_TOKEN).request(method, path, json=body)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not-found")
    owner = planted.client(TOKEN).request(method, path, json=body)
    assert owner.status_code != 404


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_messages(planted: House, message: dict[str, Any]) -> None:
    codes = {}
    for token in (OTHER_TOKEN, TOKEN):
        with socket(planted.client(token)) as opened:
            opened.send_json({"type": "hello", "v": 1})
            opened.receive_json()
            opened.send_json(message)
            opened.send_json({"type": "watch", "run": "nobody"})
            codes[token] = answer(opened)
    assert codes[OTHER_TOKEN] == "not-found"
    assert codes[TOKEN] != "not-found"


def answer(opened: Any) -> str:
    """Read the first answer: the code of a refusal, or what it is; the last watch is refused in any case."""
    message = opened.receive_json()
    if message["type"] == "refused" and message["run"] == "nobody":
        return "done"
    return str(message.get("code", message["type"]))


def test_lists(planted: House) -> None:
    totals = [
        planted.client(token).get("/api/v1/runs").json()["total"] for token in (TOKEN, OTHER_TOKEN)
    ]
    assert totals == [1, 0]


def test_page_and_script_share(planted: House) -> None:
    assert planted.page().get(f"/api/v1/runs/{RUN}").status_code == 200


def test_a_shared_run_is_seen_by_all_and_deleted_by_nobody(planted: House) -> None:
    session = planted.app.state.sessions._sessions[RUN]
    session.shared, session.owner = True, ""
    for token in (TOKEN, OTHER_TOKEN):
        client = planted.client(token)
        assert client.get(f"/api/v1/runs/{RUN}").json()["shared"]
        for method, verb, body in (
            ("DELETE", "", None),
            ("POST", "/play", {}),
            ("PATCH", "", {"steps": 5}),
        ):
            answered = client.request(method, f"/api/v1/runs/{RUN}{verb}", json=body)
            assert (answered.status_code, answered.json()["code"]) == (403, "shared-run")
