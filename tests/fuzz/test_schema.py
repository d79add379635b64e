"""Machine-made requests from the OpenAPI document: every answer is one that the document names, and never a 5xx."""

import contextlib
import itertools
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from neurarium.api.app import create_app
from neurarium.api.settings import Settings
from neurarium.client import ProblemError
from tests.backend.api.service import Service

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
PATIENCE = 60
EXAMPLES = 12
"""Requests to each operation; seeded, so that each run sends the same."""
COSTLY = {
    "POST /api/v1/graph/difference": 3,
    "POST /api/v1/graph/source/write": 6,
    "POST /api/v1/inspect": 6,
    "POST /api/v1/runs/{run}/graph/plan": 6,
    "GET /api/v1/runs/{run}/throughput": 6,
}
"""Fewer where networks are made up, which takes seconds and is the same everywhere, or where answers take seconds."""
MANY = 100
"""By `make bars`."""
APP = create_app(Settings(data=Path("unused")))
LABELS = sorted(
    f"{method} {route.path}"
    for route in APP.routes
    if isinstance(route, APIRoute) and route.include_in_schema
    for method in route.methods or ()
)


@cache
def operations() -> dict[str, Any]:
    """List all operations by method and path: only where they are asked, as the document takes seconds."""
    schema = schemathesis.openapi.from_dict(APP.openapi())
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    return {operation.label: operation for operation in found}


@pytest.mark.slow
def test_every_operation_of_the_document_is_asked() -> None:
    assert set(LABELS) == set(operations())


@pytest.mark.slow
@pytest.mark.parametrize("examples", [EXAMPLES, pytest.param(MANY, marks=pytest.mark.bars)])
@pytest.mark.parametrize("label", LABELS)
def test_answers_are_as_documented(server: Service, label: str, examples: int) -> None:
    run = server.client().create("mlp-circles")["id"]
    real = {"run": run, "preset": "mlp-xor", "probe": "value"}
    asked = itertools.count()

    @seed(1)
    @settings(
        max_examples=COSTLY.get(label, EXAMPLES) if examples == EXAMPLES else examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations()[label].as_strategy())
    def ask(case: Any) -> None:
        # Machine-made names find nothing: two of three requests go where there is something.
        if next(asked) % 3:
            case.path_parameters = {
                name: real.get(name, value) for name, value in case.path_parameters.items()
            }
        response = case.call(base_url=server.url, headers=server.headers, timeout=PATIENCE)
        case.validate_response(response, checks=CHECKS)

    ask()
    with contextlib.suppress(ProblemError):
        server.client().delete(run)


def test_nobody_was_harmed(server: Service) -> None:
    assert server.client().ready()
    assert "is replaced" not in (server.folder / "log").read_text()
