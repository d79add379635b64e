"""The whole interface as one OpenAPI document, the socket's messages included: `python -m neurarium.api.schema`.

The page's types are made from it.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from neurarium.api.messages import ClientMessage, ServerMessage
from neurarium.api.problems import ProblemDetails

MODELS = "#/components/schemas/"
SHELVES = {
    "layers": "Layer",
    "datasets": "Dataset",
    "tasks": "Task",
    "losses": "Loss",
    "optimizers": "Optimizer",
    "regularisers": "Regulariser",
    "schedules": "Schedule",
    "probes": "Probe",
    "initialisations": "Init",
}
"""What is added to the name of a shelf's entry when something else has that name, too."""

beside = APIRouter()
"""Routes that exist in the document only: they bring in models that no real route speaks of."""


@beside.post("/messages", response_model=ServerMessage)
async def messages(message: ClientMessage) -> None:
    """Stand for the socket."""


@beside.post("/problems")
async def problems() -> ProblemDetails:  # type: ignore[empty-body]
    """Stand for every answer that is a problem."""


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the document of an application."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=[*app.routes, *beside.routes],
        separate_input_output_schemas=False,
    )
    socket = document["paths"].pop("/messages")["post"]
    document["paths"].pop("/problems")
    models = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        models.pop(name, None)
    models["ClientMessage"] = socket["requestBody"]["content"]["application/json"]["schema"]
    models["ServerMessage"] = socket["responses"]["200"]["content"]["application/json"]["schema"]
    return renamed(document)


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    """Shorten the names of models that stand with their modules, as another one has the same name."""
    models = document["components"]["schemas"]
    names = {name: short(name) for name in models}
    document["components"]["schemas"] = {names[name]: model for name, model in models.items()}
    pending: list[Any] = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, str) and item.startswith(MODELS):
                    value[key] = MODELS + names.get(
                        item.removeprefix(MODELS), item.removeprefix(MODELS)
                    )
            pending.extend(value.values())
    return document


def short(name: str) -> str:
    """Write `neurarium__probes__batch__Batch` as `BatchProbe`, and what is on no shelf by its plain name."""
    *module, plain = name.split("__")
    return plain + next((SHELVES[part] for part in module if part in SHELVES), "")


def main() -> None:
    """Print the document."""
    from neurarium.api.app import create_app
    from neurarium.api.settings import Settings

    app = create_app(Settings(data=Path("unused")))
    json.dump(app.openapi(), sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
