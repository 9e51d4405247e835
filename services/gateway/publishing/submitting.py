"""Sends a report to the log once, and says where it stands."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from models.domain.intake import Refusal
from schemas.base import RecordRef
from schemas.rejection import RejectReason
from services.gateway import problems
from services.gateway.parts import InDoubt, LogAway, Parts
from services.gateway.problems import Problem
from services.gateway.publishing.known import Revisions
from services.gateway.publishing.reports import Publishable
from services.gateway.recent import Differs

AGAIN = {"Retry-After": "2"}
"""When to try again while the log is away [s]."""


class Accepted(BaseModel):
    """A report that stands in the log, which every replica has."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "incident_id": "MISSION-0421",
                    "revision": 1,
                    "record": {"topic": "incidents", "partition": 1, "offset": 42},
                    "repeated": False,
                    "ignored": [],
                }
            ]
        },
    )

    incident_id: str
    revision: int
    record: RecordRef = Field(description="Where it stands in the log.")
    repeated: bool = Field(
        default=False, description="True where it stood there already: nothing was written again."
    )
    ignored: tuple[str, ...] = Field(
        default=(), description="Fields that this version does not know; they have no effect."
    )


def location(incident_id: str) -> str:
    """Return where the status of an incident is asked for."""
    return f"/v1/incidents/{quote(incident_id, safe='')}/status"


def placed(
    parts: Parts, report: Publishable, known: Revisions
) -> tuple["asyncio.Future[RecordRef]", bool]:
    """Return the place that a report will have or has, and whether it was there already.

    Raises
    ------
    Differs
        The revision is known with other content.
    """
    incident_id, revision = report.place
    there = known.get(revision)
    if there is not None and there.digest != report.digest:
        raise Differs
    if there is not None and there.record is not None:
        place: asyncio.Future[RecordRef] = asyncio.get_running_loop().create_future()
        place.set_result(there.record)
        return place, True
    said = (report.event.data.traffic, report.event.data.status)
    now = parts.clock().timestamp()
    put: Callable[[], asyncio.Future[RecordRef]] = lambda: parts.log.put(report.record)  # noqa: E731
    return parts.recent.send((incident_id, revision), report.digest, said, now, put)


async def submit(parts: Parts, report: Publishable, known: Revisions) -> Accepted:
    """Return where a report stands, once every replica has it.

    A request whose client has hung up goes on all the same, since the report may be written.

    Raises
    ------
    Problem
        It differs from what is known as that revision, the log is away, or nobody can tell.
    """
    incident_id, revision = report.place
    try:
        place, repeated = placed(parts, report, known)
        record = await asyncio.shield(place)
    except Differs:
        raise Problem(problems.CONFLICT, differs(incident_id, revision, known)) from None
    except LogAway as error:
        raise away(error) from error
    except InDoubt as error:
        raise in_doubt(error) from error
    except asyncio.CancelledError:
        # The gateway ends while no broker answers: whoever is still there is told as much.
        raise in_doubt(InDoubt("the gateway ends")) from None
    return Accepted(
        incident_id=incident_id,
        revision=revision,
        record=record,
        repeated=repeated,
        ignored=report.ignored,
    )


def differs(incident_id: str, revision: int, known: Revisions) -> str:
    """Return what is said of a revision whose content is another one than is known."""
    current = max((revision, *known))
    return (
        f"revision: {revision} of incident {incident_id!r} is known with other content; the "
        f"current revision is {current}: send what changed as revision {current + 1}"
    )


def refused(refusal: Refusal) -> Problem:
    """Return the problem of a report that a worker would reject."""
    kinds = {
        RejectReason.TOO_LARGE: problems.TOO_LARGE,
        RejectReason.NOT_JSON: problems.BAD_REQUEST,
    }
    kind = kinds.get(refusal.reason, problems.INVALID)
    return Problem(kind, f"{refusal.reason.value}: {refusal.detail}", refusal.errors)


def away(error: LogAway) -> Problem:
    """Return the problem of a log that does not take a record."""
    detail = f"the log does not answer ({error}); nothing was accepted: send the same again"
    return Problem(problems.LOG_AWAY, detail, headers=AGAIN)


def in_doubt(error: InDoubt) -> Problem:
    """Return the problem of a record of which nobody can tell whether it is written."""
    detail = (
        f"whether it was written cannot be told ({error}); send the same again: a revision counts "
        "once however often it stands in the log"
    )
    return Problem(problems.IN_DOUBT, detail, headers=AGAIN)
