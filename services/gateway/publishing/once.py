"""Answers a request that comes again under its Idempotency-Key as it was answered at first."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from email.utils import format_datetime
from typing import Annotated, Any

import orjson
import structlog
from fastapi import Header, Request
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError

from services.gateway import problems
from services.gateway.parts import Parts
from services.gateway.problems import Problem
from services.gateway.publishing import repeats
from services.gateway.publishing.repeats import Found, Repeats, State
from services.gateway.publishing.submitting import Accepted, location
from services.ledger.database import reason

log = structlog.get_logger(__name__)

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="A quoted string that names this request, e.g. a UUID. The same again with the "
        "same content is answered as at first, until the time in the response header "
        "Idempotency-Expires; how long that is, GET /v1/limits says.",
        examples=['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
    ),
]


def accepted(told: Accepted) -> Response:
    """Return the response that says where a report stands."""
    where = {"Location": location(told.incident_id)}
    return Response(told.model_dump_json(), 202, where, "application/json")


async def once(
    parts: Parts,
    caller: str,
    request: Request,
    body: bytes,
    header: str | None,
    answer: Callable[[], Awaitable[Response]],
) -> Response:
    """Return the answer to a request; under an Idempotency-Key that is known, the one it had.

    Parameters
    ----------
    header
        The Idempotency-Key as it came, or None.

    Raises
    ------
    Problem
        The key is malformed (400), in hand (409), or was used with another request (422).
    """
    if header is None:
        return await answer()
    key = repeats.key_in(header)
    if key is None:
        detail = (
            f"Idempotency-Key: found {header[:200]!r}; expected a quoted string of 1 to 255 "
            'printable ASCII characters, e.g. "8e03978e-40d5-43e8-bc93-6894a57f9324"'
        )
        raise Problem(problems.BAD_REQUEST, detail)
    kept = Repeats(parts.own, parts.settings.gateway.repeats_for)
    media = request.headers.get("content-type", "")
    print_ = repeats.fingerprint(
        request.method, request.url.path, media, body, *_told_beside(request)
    )
    found = await asyncio.to_thread(kept.begin, caller, key, print_, parts.clock())
    if found.state is not State.NEW:
        return _again(found)
    try:
        response = await answer()
    except BaseException:
        await _settled(kept.release, caller, key, print_)
        raise
    response.headers["Idempotency-Expires"] = format_datetime(found.expires_at, usegmt=True)
    if not await _settled(kept.keep, caller, key, print_, _packed(response), found.expires_at):
        del response.headers["Idempotency-Expires"]
    return response


def _told_beside(request: Request) -> Iterable[str]:
    """Yield what headers say of the report beside its body: which revision it replaces, whose."""
    for name, value in sorted(request.headers.items()):
        if name == "if-match" or name.startswith("ce-"):
            yield f"{name}: {value}"


async def _settled(work: Callable[..., None], *what: Any) -> bool:
    """Do what settles a key; tell whether the database took it.

    Where it does not, what became of the report is told all the same: it stands in the log, or does
    not, whatever becomes of the key, which stays in hand for a minute.
    """
    try:
        await asyncio.shield(asyncio.to_thread(work, *what))
    except DBAPIError as error:
        log.warning("an Idempotency-Key cannot be settled", reason=reason(error))
        return False
    return True


def _again(found: Found) -> Response:
    if found.state is State.OTHER:
        detail = (
            "Idempotency-Key: it was used with another request until "
            f"{found.expires_at.isoformat()}; expected the same content, or a key of its own"
        )
        raise Problem(problems.INVALID, detail)
    if found.response is None:
        detail = "Idempotency-Key: the first request under it is still in hand; try again"
        raise Problem(problems.CONFLICT, detail, headers={"Retry-After": "1"})
    status, headers, body = orjson.loads(found.response)
    told = {**headers, "Idempotency-Replayed": "true"}
    return Response(body, status, told, "application/json")


def _packed(response: Response) -> bytes:
    kept = {
        name: value
        for name, value in response.headers.items()
        if name in ("location", "idempotency-expires")
    }
    return orjson.dumps([response.status_code, kept, bytes(response.body).decode()])
