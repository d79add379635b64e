"""Machine-made requests from the OpenAPI document: every answer is one that the document names, and never a 5xx."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.backend.api.service import Service

EXAMPLES = 12
"""Requests to each operation; seeded, so that each run sends the same."""


@pytest.fixture(scope="module")
def schema(server: Service) -> Any:
    document = httpx.get(f"{server.url}/api/v1/openapi.json", headers=server.headers).json()
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=server.url)
    return loaded


lazy = schemathesis.pytest.from_fixture("schema")


@lazy.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented(case: Any, server: Service) -> None:
    response = case.call(headers=server.headers)
    case.validate_response(
        response,
        checks=(
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ),
    )


def test_nobody_was_harmed(server: Service) -> None:
    assert server.client().ready()
    assert "is replaced" not in (server.folder / "log").read_text()
