"""``GET /v1/alerts.atom`` and ``.cap``: the latest alerts for feed readers and CAP aggregators."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from models.cap.message import Publisher, message, reference
from schemas.alert import Alert
from services.gateway import conditional, problems
from services.gateway.asking.parameters import AlertId
from services.gateway.following import atom, sameness
from services.gateway.following.examples import PLACE, RAISED
from services.gateway.following.filters import Asked, Wanted
from services.gateway.following.latest import BEFORE, history, latest
from services.gateway.following.places import known
from services.gateway.following.sameness import HeldSince
from services.gateway.parts import Given, Parts
from services.gateway.problems import Problem
from services.gateway.who import Reader

router = APIRouter(tags=["follow"])

ENTRIES = 100
"""Entries of a feed, and of each page of what came before."""

Kind = Literal["atom", "cap"]
Responses = dict[int | str, dict[str, Any]]


def _gives(media_type: str, what: str, shown: bytes) -> Responses:
    told = {"schema": {"type": "string"}, "example": shown.decode()}
    return {200: {"content": {media_type: told}, "description": what}, **conditional.SAME}


_ALERT = Alert.model_validate(RAISED["data"])
_ROOT = "https://forewarn.example.org/"


def _shown(kind: Kind) -> bytes:
    """Return a feed of one entry."""
    own = f"{_ROOT}v1/alerts.{kind}"
    return atom.written(atom.Feed(kind, "", own, f"{own}?before={PLACE}", _ROOT), [_ALERT])


class LatestQuery(Asked):
    """What a feed may be asked for."""

    before: str | None = Field(
        default=None,
        pattern=BEFORE,
        description="The entries before these: see the link `next`.",
        examples=[PLACE],
    )


@router.get(
    "/v1/alerts.atom",
    operation_id="listAlertsAsAtom",
    summary="The latest alerts as an Atom feed",
    response_class=Response,
    responses={
        **_gives(atom.MEDIA_TYPE, "Atom (RFC 4287)", _shown("atom")),
        **problems.responses(problems.BAD_REQUEST, problems.READ_MODEL_AWAY),
    },
)
async def as_atom(
    request: Request,
    parts: Given,
    _reader: Reader,
    query: Annotated[LatestQuery, Query()],
    _held: conditional.Held = None,
    _since: HeldSince = None,
) -> Response:
    """Give the latest alerts as an Atom feed, an entry for each transition."""
    return await _feed(request, parts, query, "atom")


@router.get(
    "/v1/alerts.cap",
    operation_id="listAlertsAsCap",
    summary="The latest alerts as a feed of CAP messages",
    response_class=Response,
    responses={
        **_gives(atom.MEDIA_TYPE, "Atom (RFC 4287)", _shown("cap")),
        **problems.responses(problems.BAD_REQUEST, problems.READ_MODEL_AWAY),
    },
)
async def as_cap(
    request: Request,
    parts: Given,
    _reader: Reader,
    query: Annotated[LatestQuery, Query()],
    _held: conditional.Held = None,
    _since: HeldSince = None,
) -> Response:
    """Give an Atom feed whose entries lead to the CAP 1.2 messages of the latest alerts."""
    return await _feed(request, parts, query, "cap")


@router.get(
    "/v1/alerts/{alert_id:path}/{sequence}.cap",
    operation_id="getAlertAsCap",
    summary="One transition of an alert as a CAP message",
    response_class=Response,
    responses={
        **_gives(
            atom.CAP_TYPE,
            "CAP 1.2 (OASIS 2010)",
            message(_ALERT, Publisher("forewarn@example.org"), {}, []),
        ),
        **problems.responses(problems.NOT_FOUND, problems.READ_MODEL_AWAY),
    },
)
async def cap(
    request: Request,
    parts: Given,
    _reader: Reader,
    alert_id: Annotated[AlertId, Path(description="The alert, as alerts list it.")],
    sequence: Annotated[
        int,
        Path(ge=1, lt=2**63, description="Which of its transitions, from 1 on.", examples=[1]),
    ],
    _held: conditional.Held = None,
    _since: HeldSince = None,
) -> Response:
    """Give one transition of an alert as a CAP 1.2 message, whose status is its traffic's."""
    told = await asyncio.to_thread(history, parts.ledger, alert_id, sequence)
    if not told:
        detail = f"no transition {sequence} of an alert {alert_id!r} is known; see /v1/alerts.cap"
        raise Problem(problems.NOT_FOUND, detail)
    *earlier, alert = told
    publisher = Publisher(parts.settings.gateway.cap_sender)
    xml = message(alert, publisher, parts.segments, [reference(one) for one in earlier])
    etag = conditional.tag([xml])
    return sameness.answer(request, xml, atom.CAP_TYPE, etag, alert.recorded_at)


async def _feed(request: Request, parts: Parts, query: LatestQuery, kind: Kind) -> Response:
    known(parts, query)
    wanted = Wanted.by(query)
    found = await asyncio.to_thread(latest, parts.ledger, wanted, ENTRIES, query.before)
    own = request.url
    before = own.include_query_params(before=found.before) if found.before else None
    # All pages are of one feed (RFC 5005, section 3).
    name = own.remove_query_params("before").query
    feed = atom.Feed(kind, name, str(own), str(before) if before else None, str(request.base_url))
    xml = atom.written(feed, found.alerts)
    etag = conditional.tag([xml])
    return sameness.answer(request, xml, atom.MEDIA_TYPE, etag, atom.changed(found.alerts))
