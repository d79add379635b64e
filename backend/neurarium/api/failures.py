"""How exceptions of the rooms below, and of the web framework, become problems."""

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from neurarium.api.problems import CODES, MAXIMUM_ERRORS, FieldError, Refusal, answer, redact, texts
from neurarium.sessions.errors import NotFound, Refused, Unavailable

BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    400: "malformed-request",
    406: "not-acceptable",
}
OWN = frozenset({"value_error", "assertion_error"})
"""Kinds of error whose sentence is written by a model, which may name what it was given."""
HANDLED = (
    Refusal,
    NotFound,
    Refused,
    Unavailable,
    RequestValidationError,
    ValidationError,
    HTTPException,
)


async def handle(request: Request, error: Exception) -> Response:
    """Answer an exception that a route let out."""
    sent = [*texts(request.scope["state"]["document"]), *request.query_params.values()]
    sent += [*request.query_params, *map(str, request.path_params.values())]
    refusal = request.app.state.words().refusal(error, sent)
    return answer(refusal, request.scope["state"]["request_id"])


def number(value: object) -> float | None:
    """Take a number for a problem; anything else is none."""
    return value if isinstance(value, int | float) else None


class Words:
    """The words of our own in a schema document: to repeat them tells nothing about who sent them."""

    def __init__(self, document: dict[str, Any]) -> None:
        models = document["components"]["schemas"]
        self.known = frozenset(texts(document)) | frozenset(CODES)
        self.tags = frozenset(models)
        """Names of models and kinds, which pydantic mixes into its places."""
        for model in models.values():
            properties = model.get("properties", {})
            self.tags |= {properties.get(name, {}).get("const", "") for name in ("kind", "type")}

    def refusal(self, error: Exception, sent: Iterable[str] = ()) -> Refusal:
        """Find the problem that says what an exception means; anything unknown is raised again."""
        match error:
            case Refusal():
                return error
            case NotFound():
                return Refusal("not-found")
            case Refused():
                sentence = redact(str(error), sent, self.known)
                limit, actual = (number(error.values.get(name)) for name in ("limit", "actual"))
                return Refusal(error.code, sentence, limit=limit, actual=actual)
            case Unavailable():
                return Refusal("unavailable", redact(str(error), sent, self.known))
            case RequestValidationError() | ValidationError():
                return Refusal("invalid", errors=self.field_errors(error.errors()))
            case HTTPException():
                code = BY_STATUS.get(error.status_code, "malformed-request")
                return Refusal(code, headers=error.headers)
            case _:
                raise error

    def field_errors(self, found: Sequence[Any]) -> list[FieldError]:
        """Describe what models refused: where and why, in words that repeat nothing."""
        return [self.field_error(error) for error in found[:MAXIMUM_ERRORS]]

    def field_error(self, error: dict[str, Any]) -> FieldError:
        """Describe one field that a model refused."""
        kind: str = error["type"]
        place: tuple[int | str, ...] = error["loc"]
        if kind == "extra_forbidden":
            place, kind, message = place[:-1], "unknown_field", "There is no such field here."
        elif kind == "union_tag_invalid":
            kind, message = "unknown_kind", f"The kinds are: {error['ctx']['expected_tags']}."
        elif kind in OWN:
            message = error["msg"].partition(", ")[2]
            message = redact(message, texts(error.get("input")), self.known)
        else:
            message = error["msg"]
        return FieldError(pointer=self.pointer(place), code=kind, detail=message)

    def pointer(self, place: Sequence[int | str]) -> str:
        """Write where in a request something is; a name that the sender chose is a `*`."""
        source, *parts = place or ("body",)
        if source != "body":
            return f"?{parts[0]}" if source == "query" and parts and parts[0] in self.known else "?"
        known = (part if isinstance(part, int) or part in self.known else "*" for part in parts)
        return "".join(f"/{part}" for part in known if part not in self.tags)
