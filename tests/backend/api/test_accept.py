"""Which format an answer has."""

import pytest
from starlette.requests import Request

from neurarium.api.accept import chosen
from neurarium.api.problems import Refusal

OFFERED = ("application/json", "text/csv", "image/png")


def asked(accept: str | None) -> Request:
    headers = [] if accept is None else [(b"accept", accept.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV; q=0.4", "text/csv"),
        ("text/*", "text/csv"),
        ("image/*;q=0.5, text/csv;q=0.9", "text/csv"),
        ("application/json;q=0, */*", "text/csv"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("image/png;q=nonsense, text/csv;q=0.1", "text/csv"),
    ],
)
def test_the_best_liked_format_is_taken(accept: str | None, format: str) -> None:
    assert chosen(asked(accept), OFFERED) == format


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "nonsense", "audio/*"])
def test_what_is_not_offered_is_refused(accept: str) -> None:
    with pytest.raises(Refusal) as refused:
        chosen(asked(accept), OFFERED)
    assert refused.value.code == "not-acceptable"
