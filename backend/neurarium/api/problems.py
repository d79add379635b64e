"""Errors as RFC 9457 problems, from one catalogue of codes. What was sent is not repeated, but for unknown words."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from neurarium_models.problem import Problem as NetworkProblem

Responses = dict[int | str, dict[str, Any]]
"""Descriptions of answers by status, as FastAPI takes them."""
MAXIMUM_ERRORS = 20
MEDIA_TYPE = "application/problem+json"


class Code(NamedTuple):
    """One kind of problem: its HTTP status, what it is called, and a sentence that says what to do."""

    status: int
    title: str
    help: str


CODES = {
    "malformed-json": Code(400, "Not JSON", "Send one JSON document in UTF-8 with finite numbers."),
    "malformed-request": Code(400, "Malformed request", "Something in the request is not HTTP."),
    "idempotency-key": Code(
        400, "Unusable key", "An Idempotency-Key has 1 to 128 plain characters."
    ),
    "not-signed-in": Code(
        401,
        "Not signed in",
        "Open the page on this computer, or send the token of the data folder as a bearer token.",
    ),
    "foreign-origin": Code(403, "Foreign origin", "Only pages of this server may ask this."),
    "shared-run": Code(403, "A shared run", "This run belongs to everybody. Fork it to change it."),
    "not-found": Code(404, "Not found", "There is nothing here, or it is not yours."),
    "method-not-allowed": Code(405, "Method not allowed", "The header Allow names what is."),
    "not-acceptable": Code(
        406, "Not acceptable", "The documentation lists the formats of this answer."
    ),
    "timeout": Code(408, "Too slow", "The whole request has to arrive within ten seconds."),
    "command-refused": Code(409, "Command refused", "This cannot be done to the run as it is now."),
    "run-finished": Code(
        409, "Finished", "The run has taken all its steps. Give it more, or fork it."
    ),
    "run-failed": Code(
        409, "Failed", "The run has ended with a fault. Fork it from an earlier step."
    ),
    "cmd-id-reused": Code(409, "Command id used before", "Another command had this id."),
    "in-progress": Code(
        409, "In progress", "The same request is being carried out. Wait for its answer."
    ),
    "too-large": Code(413, "Too large", "A body has at most 256 KiB."),
    "not-json": Code(
        415,
        "Not JSON",
        "Send the body as application/json, a file as application/octet-stream, not compressed.",
    ),
    "unknown-host": Code(421, "Unknown host", "This server does not answer under that name."),
    "invalid": Code(
        422, "Invalid", "Some fields are not what they should be; `errors` names them."
    ),
    "json-limit": Code(
        422, "Beyond a limit", "The JSON document is deeper, longer or larger than allowed."
    ),
    "unfit-network": Code(
        422, "The network does not work", "`problems` names the nodes and says why."
    ),
    "job-refused": Code(
        422, "The job does not work", "Its parts do not fit together, or not this server."
    ),
    "file-refused": Code(
        422, "The file is not read", "The sentence says what in it is not as it should be."
    ),
    "probe-refused": Code(422, "Nothing to see", "This probe has no answer here."),
    "check-refused": Code(
        422, "Nothing to check", "The sentence says which gradient cannot be checked."
    ),
    "probe-failed": Code(422, "Nothing to see", "This probe could not be computed here."),
    "no-such-step": Code(
        422, "No such step", "`snapshots` of the run lists the past steps that are kept."
    ),
    "inputs-refused": Code(422, "Inputs do not fit", "`inspect` says what the network takes."),
    "words-unknown": Code(
        422, "Unknown words", "The network knows the words of its data only; `errors` names others."
    ),
    "no-device": Code(422, "No such device", "`auto` takes the best that there is."),
    "key-reused": Code(
        422, "Key used before", "This Idempotency-Key came with another request before."
    ),
    "busy": Code(429, "Busy", "There is too much going on at once. Try again in a moment."),
    "too-many-runs": Code(429, "Too many runs", "Delete some of your runs first."),
    "internal": Code(
        500, "Something broke", "This is our fault. The log has it under this request id."
    ),
    "worker-failed": Code(500, "A worker failed", "This is our fault. The log says more."),
    "not-installed": Code(
        501, "Not installed", "A package that this takes is missing on the server."
    ),
    "storage-full": Code(
        507, "No room left", "The server's disk is full. Delete runs that you no longer need."
    ),
    "unavailable": Code(503, "Not ready", "The workers are still starting. Try again in a moment."),
}
"""Every code that an answer can carry."""


class FieldError(BaseModel):
    """One field that is not what it should be."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    pointer: str = Field(
        description="JSON Pointer into the body, `?name` for the query. `*` stands for a name of your own."
    )
    code: str = Field(description="What is wrong: `missing`, `greater_than`, `unknown_field`, ...")
    detail: str = Field(description="A sentence.")


class ProblemDetails(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str = Field(description="`urn:neurarium:problem:` and the code.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="`urn:neurarium:request:` and the request id.")
    code: str = Field(description="One of the catalogue's codes.")
    request_id: str = Field(description="The log tells more under this id.")
    errors: list[FieldError] | None = Field(default=None, max_length=MAXIMUM_ERRORS)
    problems: list[NetworkProblem] | None = Field(
        default=None,
        max_length=MAXIMUM_ERRORS,
        description="What is wrong with a network, by node.",
    )
    limit: float | None = Field(default=None, description="The bound that was broken.")
    actual: float | None = Field(default=None, description="What it would have been.")


class Refusal(Exception):  # noqa: N818 - an answer, named as the door says it
    """A request is answered by a problem."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        problems: Sequence[NetworkProblem] = (),
        limit: float | None = None,
        actual: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code if code in CODES else "command-refused"
        self.detail = detail or CODES[self.code].help
        self.errors = list(errors)[:MAXIMUM_ERRORS]
        self.problems = list(problems)[:MAXIMUM_ERRORS]
        self.limit = limit
        self.actual = actual
        self.headers = dict(headers or {})


def answer(refusal: Refusal, request_id: str) -> Response:
    """Write a refusal as a response."""
    code = CODES[refusal.code]
    body = ProblemDetails(
        type=f"urn:neurarium:problem:{refusal.code}",
        title=code.title,
        status=code.status,
        detail=refusal.detail,
        instance=f"urn:neurarium:request:{request_id}",
        code=refusal.code,
        request_id=request_id,
        errors=refusal.errors or None,
        problems=refusal.problems or None,
        limit=refusal.limit,
        actual=refusal.actual,
    )
    headers = refusal.headers
    if code.status in (429, 503):
        # With jitter, so that those who wait do not all come back at once.
        headers = {"Retry-After": str(random.randint(1, 3))} | headers
    if code.status == 401:
        headers = {"WWW-Authenticate": "Bearer"} | headers
    content = body.model_dump_json(exclude_none=True)
    return Response(content, code.status, headers, MEDIA_TYPE)


def formats(*media_types: str) -> Responses:
    """Describe an answer that may also have other formats than JSON."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": dict.fromkeys(media_types, binary)}}


def documented(*codes: str) -> Responses:
    """Describe problems for OpenAPI: those that every route has, and some of its own."""
    everywhere = (
        "malformed-request", "not-signed-in", "foreign-origin", "method-not-allowed", "unknown-host",
        "invalid", "internal",
    )  # fmt: skip
    responses: Responses = {}
    for name in (*everywhere, *codes):
        status = CODES[name].status
        words = CODES[name].title
        if status in responses:
            words = f"{responses[status]['description']}; {words}"
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
        responses[status] = {"description": words, "content": content}
    return responses


BODY = ("malformed-json", "timeout", "too-large", "not-json", "json-limit")
"""What every route with a body may answer."""


def redact(sentence: str, sent: Iterable[str], vocabulary: frozenset[str]) -> str:
    """Blank whatever a sentence repeats of the texts that were sent; words of our own are no secret."""
    for text in sorted(set(sent) - vocabulary, key=len, reverse=True):
        if len(text) > 2:
            sentence = sentence.replace(text, "…")
    return sentence


def texts(document: Any) -> Iterable[str]:
    """Walk through all texts of a JSON document, keys and values."""
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
