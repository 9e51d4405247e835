"""Chooses the media type of an answer by what the client accepts (RFC 9110, section 12.5.1)."""

from fastapi import Request

from services.gateway import problems
from services.gateway.problems import Problem


def chosen(request: Request, *offered: str) -> str:
    """Return which of the media types offered the client likes best; of equals the first.

    Raises
    ------
    Problem
        It accepts none.
    """
    accept = ",".join(request.headers.getlist("accept")).strip()
    if not accept:
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    best = max(offered, key=lambda media: _liking(media, ranges))
    if _liking(best, ranges) <= 0:
        detail = f"Accept: found {accept[:100]!r}; expected one of: {', '.join(offered)}"
        raise Problem(problems.NOT_ACCEPTABLE, detail)
    return best


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return media, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return media, 0.0


def _liking(media: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality that the most specific range gives a media type."""
    for wanted in (media, f"{media.split('/')[0]}/*", "*/*"):
        found = [quality for name, quality in ranges if name == wanted]
        if found:
            return max(found)
    return 0.0
