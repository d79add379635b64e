"""R-15, T-25 and T-30: problems name a code from the catalogue, and never repeat what was sent."""

import json
from pathlib import Path
from typing import Any

import pytest

from neurarium.api.failures import Words
from neurarium.api.problems import CODES, MAXIMUM_ERRORS, Refusal, redact
from neurarium.sessions.errors import NotFound, Refused, Unavailable
from tests.backend.api.house import House, build

CANARY = "zqxcanaryzqx"
GRAPH: dict[str, Any] = {
    "inputs": {"x": {"axes": ["D"], "shape": [2]}},
    "nodes": [{"id": "a", "layer": {"kind": "Linear", "out_features": 3}, "inputs": ["x"]}],
    "outputs": {"y": "a"},
}


def spoiled(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Copy the graph with some values replaced, each at a path like `nodes.0.id`."""
    copy: Any = json.loads(json.dumps(GRAPH))
    for path, value in changes:
        *steps, last = path.split(".")
        place = copy
        for step in steps:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = value
    return dict(copy)


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (spoiled(("nodes.0.layer.kind", CANARY)), "/nodes/0/layer", "unknown_kind"),
        (
            spoiled(("nodes.0.layer.out_features", CANARY)),
            "/nodes/0/layer/out_features",
            "int_parsing",
        ),
        (
            spoiled(("nodes.0.layer.out_features", 0)),
            "/nodes/0/layer/out_features",
            "greater_than_equal",
        ),
        (spoiled(("nodes.0.layer.zqxcanaryzqx", 1)), "/nodes/0/layer", "unknown_field"),
        (spoiled((CANARY, {"deep": CANARY})), "", "unknown_field"),
        (
            spoiled(("inputs.zqxcanaryzqx", {"axes": [CANARY], "shape": [1]})),
            "/inputs/*/axes/0",
            None,
        ),
        (
            spoiled(("inputs", {CANARY: {"axes": ["D", "H"], "shape": [1]}})),
            "/inputs/*",
            "value_error",
        ),
        (
            spoiled(("nodes.0.id", f"<script>{CANARY}</script>")),
            "/nodes/0/id",
            "string_pattern_mismatch",
        ),
        ([CANARY], "", None),
        (CANARY, "", None),
    ],
)
def test_a_refused_document_says_where_and_why_and_repeats_nothing(
    house: House, document: Any, pointer: str, code: str | None
) -> None:
    answer = house.client().post("/api/v1/inspect", json=document)
    assert answer.status_code == 422
    problem = answer.json()
    assert CANARY not in answer.text
    assert problem["code"] == "invalid"
    errors = {error["pointer"]: error["code"] for error in problem["errors"]}
    assert pointer in errors
    assert code is None or errors[pointer] == code
    assert all(error["detail"] for error in problem["errors"])


@pytest.mark.parametrize(
    "path",
    [
        f"/{CANARY}",
        f"/api/v1/runs/{CANARY}",
        f"/api/v1/runs/{CANARY}/probe/{CANARY}?node={CANARY}",
        f"/api/v1/presets/{CANARY}",
        f"/api/v1/runs?limit={CANARY}",
        f"/api/v1/runs?{CANARY}=1",
        f"/api/v1/runs/abcd/export/{CANARY}",
    ],
)
def test_addresses_are_not_repeated(house: House, path: str) -> None:
    answer = house.client().get(path)
    assert answer.status_code in (404, 422)
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"preset": CANARY},
        {"preset": "mlp-circles", CANARY: 1},
        {"preset": "mlp-circles", "overrides": {"optimizer.zqxcanaryzqx": CANARY}},
        {"preset": "mlp-circles", "optimizer": {"kind": CANARY}},
        {"preset": "mlp-circles", "title": CANARY * 20},
        {"graph": spoiled(("nodes.0.inputs", [CANARY])), "dataset": CANARY},
    ],
)
def test_jobs_are_not_repeated(house: House, body: dict[str, Any]) -> None:
    answer = house.client().post("/api/v1/runs", json=body)
    assert answer.status_code == 422
    assert CANARY not in answer.text


def test_a_problem_has_all_its_parts(house: House) -> None:
    answer = house.client().get("/nowhere")
    problem = answer.json()
    request = answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem == {
        "type": "urn:neurarium:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": CODES["not-found"].help,
        "instance": f"urn:neurarium:request:{request}",
        "code": "not-found",
        "request_id": request,
    }


def test_errors_are_listed_up_to_a_number(house: House) -> None:
    document = spoiled(("nodes", [{"id": 1}] * 100))
    problem = house.client().post("/api/v1/inspect", json=document).json()
    assert len(problem["errors"]) == MAXIMUM_ERRORS


def test_a_fault_of_ours_tells_nothing_but_a_request_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = build(tmp_path)

    def fail(*_: object) -> None:
        raise RuntimeError(f"{CANARY} in table runs; {__file__}")

    house.app.state.sessions.list = fail
    answer = house.client().get("/api/v1/runs")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    for secret in (CANARY, "table", ".py", "Error", "Traceback"):
        assert secret not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["request_id"] in caplog.text
    assert CANARY in caplog.text


def test_what_rooms_below_say_is_said_without_what_was_sent(house: House) -> None:
    words: Words = house.app.state.words()
    sent = [CANARY, "optimizer", "7", "hidden1"]
    refusal = words.refusal(
        Refused("busy", f"No {CANARY} for optimizer 7 of hidden1.", limit=5, actual=7.5), sent
    )
    assert (refusal.code, refusal.detail) == ("busy", "No … for optimizer 7 of ….")
    assert (refusal.limit, refusal.actual) == (5, 7.5)
    assert words.refusal(NotFound("x")).code == "not-found"
    assert words.refusal(Unavailable("Wait.")).code == "unavailable"
    assert words.refusal(Refused("never-heard-of", "No.")).code == "command-refused"
    with pytest.raises(KeyError):
        words.refusal(KeyError("x"))


def test_longer_texts_are_blanked_before_their_parts() -> None:
    assert redact("secret and secretive", ["secret", "secretive"], frozenset()) == "… and …"
    assert redact("a is b", ["a", "b"], frozenset()) == "a is b"


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_title_and_a_sentence(code: str) -> None:
    status, title, words = CODES[code]
    assert 400 <= status < 600
    assert title
    assert words.endswith(".")
    assert Refusal(code).detail == words


def test_waiting_is_asked_for_with_some_jitter(house: House) -> None:
    waits = {house.client().get("/readyz").headers["retry-after"] for _ in range(40)}
    assert waits == {"1", "2", "3"}
