"""The whole interface as one OpenAPI document, the socket's messages included: `python -m neurarium.api.schema`.

The page's types are made from it.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from neurarium.api.messages import ClientMessage, ServerMessage
from neurarium.api.problems import ProblemDetails

REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the document of an application."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    add_models(document["components"]["schemas"])
    return document


def add_models(models: dict[str, Any]) -> None:
    """Add what no route mentions: the messages of the socket, and problems."""
    adapters = {
        "ClientMessage": TypeAdapter(ClientMessage),
        "ServerMessage": TypeAdapter(ServerMessage),
        "ProblemDetails": TypeAdapter(ProblemDetails),
    }
    schemas, definitions = TypeAdapter.json_schemas(
        [(name, "validation", adapter) for name, adapter in adapters.items()],
        ref_template=REFERENCE,
    )
    for name, model in definitions.get("$defs", {}).items():
        models.setdefault(name, model)
    for (name, _), model in schemas.items():
        models.setdefault(name, model)


def main() -> None:
    """Print the document."""
    from neurarium.api.app import create_app
    from neurarium.api.settings import Settings

    app = create_app(Settings(data=Path("unused")))
    json.dump(app.openapi(), sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
