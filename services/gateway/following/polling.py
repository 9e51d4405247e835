"""``GET /v1/alerts/feed``: alerts a page at a time, for readers that ask now and then."""

import asyncio
import re
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.event import AlertEvent
from services.gateway import conditional, problems
from services.gateway.following import sameness
from services.gateway.following.entries import shown
from services.gateway.following.examples import ID, SILENCED
from services.gateway.following.feed import Feed, Followed
from services.gateway.following.filters import Wanted
from services.gateway.following.pages import Gone, Page
from services.gateway.following.places import known
from services.gateway.following.position import Position
from services.gateway.following.starting import Begins, begin, gone
from services.gateway.parts import Given
from services.gateway.who import Reader

router = APIRouter(tags=["follow"])

LONGEST_WAIT_S = 30
"""Longest wait for an alert that a client may ask for [s]."""

WAITING = 200
"""Most clients that wait at once; more are answered at once."""

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])")


class FeedQuery(Begins):
    """What a page may be asked for."""

    after: str | None = Field(
        default=None,
        description="The id of the page before, or of an event of the stream.",
        examples=[ID],
    )
    limit: int = Field(default=100, ge=1, le=500, description="Most alerts of the page.")


class FeedPage(BaseModel):
    """Some alerts, and where to go on."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"examples": [{"alerts": [SILENCED], "next": ID, "more": False}]},
    )

    alerts: tuple[AlertEvent, ...] = Field(description="In order by segment.")
    next: str = Field(description="What to ask for as `after`; the same when nothing came.")
    more: bool = Field(description="Whether there may be more now.")


@router.get(
    "/v1/alerts/feed",
    operation_id="pollAlerts",
    summary="Alerts since the last time, a page at a time",
    response_model=FeedPage,
    responses={
        **conditional.SAME,
        **problems.responses(
            problems.BAD_REQUEST, problems.OTHER_LOG, problems.GAP, problems.READ_MODEL_AWAY
        ),
    },
)
async def poll(
    request: Request,
    parts: Given,
    feed: Followed,
    _reader: Reader,
    query: Annotated[FeedQuery, Query()],
    prefer: Annotated[
        str | None,
        Header(
            description=f"How long to wait for an alert, at most {LONGEST_WAIT_S} s (RFC 7240).",
            examples=["wait=20"],
        ),
    ] = None,
    _held: conditional.Held = None,
) -> Response:
    """Ask for the alerts after an id, a page at a time, each exactly once."""
    known(parts, query)
    position = await begin(feed, parts.ledger, "after", query.after, query)
    wanted = Wanted.by(query)
    try:
        page = await _waited(feed, position, wanted, query.limit, _wait(prefer))
    except Gone as found:
        raise gone(feed, "after", query.after or "", found.kept) from None
    after = feed.codec.encode(page.after)
    etag = conditional.tag([repr((position, wanted, query.limit, after)).encode()], weak=True)
    body = await asyncio.to_thread(_body, page, after)
    return sameness.answer(request, body, "application/json", etag)


def _body(page: Page, after: str) -> bytes:
    alerts = [orjson.Fragment(shown(one.value).model_dump_json()) for one in page.alerts]
    return orjson.dumps({"alerts": alerts, "next": after, "more": page.more})


def _wait(prefer: str | None) -> float:
    """Return how long a client is willing to wait for an alert [s]."""
    found = _WAIT.search(prefer or "")
    return min(float(found[1]), LONGEST_WAIT_S) if found else 0.0


async def _waited(feed: Feed, position: Position, wanted: Wanted, limit: int, wait: float) -> Page:
    """Return the page after a position; when it is empty, wait for the next alert first."""
    page = await feed.page(position, wanted, limit)
    if page.alerts or not wait or len(feed.waiting) >= WAITING:
        return page
    with feed.waiter() as woken:
        try:
            async with asyncio.timeout(wait):
                while not page.alerts and not feed.ended:
                    woken.clear()
                    page = await feed.page(page.after, wanted, limit)
                    if not page.alerts and not page.more:
                        await woken.wait()
        except TimeoutError:
            pass
    return page
