"""How exceptions of the rooms below, and of the web framework, become problems."""

from collections.abc import Iterable, Mapping
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
CALLED = {"extra_forbidden": "unknown_field", "union_tag_invalid": "unknown_kind"}
"""Clearer names for some kinds of error."""
HANDLED = (
    Refusal,
    NotFound,
    Refused,
    Unavailable,
    RequestValidationError,
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


def located(error: ValidationError, source: str, document: Any, skip: int = 0) -> Exception:
    """Say where a model's errors are: in which part of a request, and in which document. `skip` drops tags in front."""
    found = error.errors(include_url=False)
    return RequestValidationError(
        [{**one, "loc": (source, *one["loc"][skip:])} for one in found], body=document
    )


def path(error: Mapping[str, Any], document: Any) -> list[int | str]:
    """Find where an error is in a document. The tags that pydantic mixes into its places are left out."""
    found: list[int | str] = []
    current = document
    for part in error["loc"][1:]:
        if holds(current, part):
            current = current[part]
        elif error["type"] != "missing" or part != error["loc"][-1]:
            continue
        found.append(part)
    return found


def holds(value: Any, part: int | str) -> bool:
    """Say whether a list or object has this entry."""
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


class Words:
    """The words of our own in a schema document: to repeat them tells nothing about who sent them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.known = frozenset(texts(document)) | frozenset(CODES)

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
            case RequestValidationError():
                found = error.errors()[:MAXIMUM_ERRORS]
                return Refusal(
                    "invalid", errors=[self.field_error(one, error.body) for one in found]
                )
            case HTTPException():
                code = BY_STATUS.get(error.status_code, "malformed-request")
                return Refusal(code, headers=error.headers)
            case _:
                raise error

    def field_error(self, error: Mapping[str, Any], document: Any) -> FieldError:
        """Describe one field that a model refused."""
        kind: str = error["type"]
        message: str = error["msg"]
        if kind == "extra_forbidden":
            message = "There is no such field here."
        elif kind == "union_tag_invalid":
            message = f"The kinds are: {error['ctx']['expected_tags']}."
        elif kind in OWN:
            message = redact(message.partition(", ")[2], texts(error.get("input")), self.known)
        return FieldError(
            pointer=self.pointer(error, document), code=CALLED.get(kind, kind), detail=message
        )

    def pointer(self, error: Mapping[str, Any], document: Any) -> str:
        """Write where in a request something is; a name that the sender chose is a `*`."""
        source, *parts = error["loc"]
        if source != "body":
            return f"?{parts[0]}" if parts and parts[0] in self.known else "?"
        found = path(error, document)
        if error["type"] == "extra_forbidden":
            found = found[:-1]
        known = (part if isinstance(part, int) or part in self.known else "*" for part in found)
        return "".join(f"/{part}" for part in known)
