"""Which of several formats an answer has: the one that the request likes best."""

from starlette.requests import Request

from neurarium.api.problems import Refusal


def chosen(request: Request, offered: tuple[str, ...]) -> str:
    """Pick the format that `Accept` prefers, the first offered one if it has no preference, or raise Refusal."""
    header = request.headers.get("accept", "*/*") or "*/*"
    wishes = [wish(part) for part in header.split(",")]
    best = max(offered, key=lambda media_type: quality(media_type, wishes))
    if quality(best, wishes) <= 0:
        raise Refusal("not-acceptable")
    return best


def wish(part: str) -> tuple[str, float]:
    """Read `text/csv;q=0.5`."""
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    try:
        return media_type, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return media_type, 0.0


def quality(media_type: str, wishes: list[tuple[str, float]]) -> float:
    """Say how much a format is liked: the most exact wish counts."""
    patterns = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    for pattern in patterns:
        found = [value for wished, value in wishes if wished == pattern]
        if found:
            return max(found)
    return 0.0
