"""``GET /v1/alerts/stream``: alerts as they come, for readers that stay connected."""

import json
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import Field

from services.gateway import problems
from services.gateway.following.examples import ID, RAISED
from services.gateway.following.feed import Feed, Followed
from services.gateway.following.filters import Wanted
from services.gateway.following.places import known
from services.gateway.following.reader import Reader as Follower
from services.gateway.following.starting import Begins, begin
from services.gateway.following.stream import MEDIA_TYPE, EventStream, Pace
from services.gateway.parts import Given
from services.gateway.problems import Problem
from services.gateway.who import Reader, Scope, may_still

router = APIRouter(tags=["follow"])

AGAIN_S = 10
"""When to come again after being turned away for want of room [s]."""

_EXAMPLE = f"""\
retry: 2140
id: AaS1yT8F1gLC5cA9JfBmHhs0

id: {ID}
event: raised
data: {json.dumps(RAISED)}

"""


class StreamQuery(Begins):
    """What the stream may be asked."""

    last_event_id: str | None = Field(
        default=None,
        description="For clients that cannot set the header Last-Event-ID, which comes first.",
        examples=[ID],
    )


@router.get(
    "/v1/alerts/stream",
    operation_id="streamAlerts",
    summary="Follow the alerts as they come",
    response_class=Response,
    responses={
        200: {
            "description": "Events whose names are transitions, and whose data are the CloudEvents "
            "of the topic `alerts`; beside them `gap` and `gone-slow`.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **problems.responses(
            problems.BAD_REQUEST,
            problems.OTHER_LOG,
            problems.GAP,
            problems.FULL,
            problems.READ_MODEL_AWAY,
        ),
    },
)
async def stream(
    request: Request,
    parts: Given,
    feed: Followed,
    _reader: Reader,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[
        str | None,
        Header(
            description="The id of the last event that was taken: what comes after it is told.",
            examples=[ID],
        ),
    ] = None,
) -> EventStream:
    """Follow the alerts as Server-Sent Events, each exactly once and in order by segment."""
    settings = parts.settings.gateway
    _room(feed, settings.readers)
    known(parts, query)
    if last_event_id:
        position = await begin(feed, parts.ledger, "Last-Event-ID", last_event_id, query)
    else:
        position = await begin(feed, parts.ledger, "last_event_id", query.last_event_id, query)
    pace = Pace(settings.heartbeat.total_seconds(), settings.patience.total_seconds())
    _room(feed, settings.readers)
    follower = Follower(feed, position, Wanted.by(query))
    return EventStream(feed, follower, pace, lambda: may_still(request, Scope.READ))


def _room(feed: Feed, most: int) -> None:
    if len(feed.streams) >= most:
        detail = (
            f"{most} readers are connected, which is the most that one gateway takes; come again "
            "later, ask another gateway, or raise FOREWARN_GATEWAY__READERS"
        )
        raise Problem(problems.FULL, detail, headers={"Retry-After": str(AGAIN_S)})
