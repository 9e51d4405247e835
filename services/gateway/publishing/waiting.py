"""Tells what became of a report, at once or as soon as it counts."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from models.domain import durations
from schemas.base import RecordRef
from services.gateway import problems
from services.gateway.asking.parameters import Asked, IncidentId
from services.gateway.parts import Given, Parts
from services.gateway.problems import Problem
from services.gateway.publishing import progress
from services.gateway.publishing.progress import Progress, Stage
from services.gateway.who import Reader

router = APIRouter(tags=["publish"])

LOOK_EVERY_S = 0.1
"""How often the read model is looked at while somebody waits [s]."""

WAITING = 100
"""Most clients that wait at once; more are answered at once, since each look costs others time."""

_waiting: set[object] = set()

_WAIT = r"^[0-9]{1,6}(\.[0-9]{1,3})? ?(s|seconds?|m|min|minutes?|h|hours?)?$"

_Incident = Annotated[IncidentId, Path(description="The incident, as its publisher names it.")]


class StatusAsked(Asked):
    """What is waited for."""

    wait: str | None = Field(
        default=None,
        pattern=_WAIT,
        description="How long to wait until it counts or is refused; at most what GET /v1/limits "
        "says. Seconds, unless it names its unit.",
        examples=["5s"],
    )
    record: str | None = Field(
        default=None,
        pattern=r"^incidents:[0-9]{1,9}:[0-9]{1,18}$",
        description="The record to wait for, as it was answered: topic:partition:offset; else the "
        "last one.",
        examples=["incidents:0:42"],
    )


class IncidentStatus(BaseModel):
    """What became of an incident's reports."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "incident_id": "MISSION-0421",
                    "settled": True,
                    "revisions": [
                        {
                            "revision": 1,
                            "status": "reported",
                            "stage": "folded",
                            "record": {"topic": "incidents", "partition": 1, "offset": 42},
                            "received_at": "2021-04-28T13:00:00Z",
                            "segments": [
                                {
                                    "segment_id": "KGZ-TJK-050-02",
                                    "kind": "assert",
                                    "observation": {
                                        "topic": "observations",
                                        "partition": 3,
                                        "offset": 134,
                                    },
                                    "folded": True,
                                }
                            ],
                            "reason": None,
                            "detail": None,
                        }
                    ],
                }
            ]
        },
    )

    incident_id: str
    settled: bool = Field(description="What was waited for counts, or is refused.")
    revisions: tuple[Progress, ...] = Field(description="In the order in which they were received.")


@router.get(
    "/v1/incidents/{incident_id:path}/status",
    operation_id="getIncidentStatus",
    summary="What became of an incident's reports",
    responses=problems.responses(
        problems.BAD_REQUEST, problems.NOT_FOUND, problems.INVALID, problems.READ_MODEL_AWAY
    ),
)
async def status(
    incident_id: _Incident,
    parts: Given,
    _caller: Reader,
    asked: Annotated[StatusAsked, Query()],
) -> IncidentStatus:
    """Tell how far each revision has come: received, located, folded, or why it was refused."""
    wait = _seconds(asked.wait, parts)
    wanted = _ref(asked.record) or _sent(parts, incident_id)
    with _room() as room:
        told, settled = await _looked(parts, incident_id, wanted, wait if room else 0.0)
    told = told + _on_its_way(parts, incident_id, told)
    if not told:
        detail = (
            f"incident_id: {incident_id!r} is not known; a report that was accepted a moment ago "
            "is known shortly: ask with ?wait=5s; one that was written to Kafka and could not be "
            "read stands among the rejected"
        )
        raise Problem(problems.NOT_FOUND, detail)
    return IncidentStatus(incident_id=incident_id, settled=settled, revisions=told)


@contextmanager
def _room() -> Iterator[bool]:
    """Tell whether one more may wait, and count it as long as the context lasts."""
    me = object()
    if len(_waiting) < WAITING:
        _waiting.add(me)
    try:
        yield me in _waiting
    finally:
        _waiting.discard(me)


async def _looked(
    parts: Parts, incident_id: str, wanted: RecordRef | None, wait: float
) -> tuple[tuple[Progress, ...], bool]:
    """Return what is known of an incident once it is settled, or after a time [s]; and whether."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait
    while True:
        told = await asyncio.to_thread(progress.of, parts.ledger, incident_id)
        settled, left = _settled(told, wanted), deadline - clock()
        if settled or left <= 0:
            return told, settled
        await asyncio.sleep(min(LOOK_EVERY_S, left))


def _settled(told: tuple[Progress, ...], wanted: RecordRef | None) -> bool:
    """Tell whether what is waited for, else all that is there, has come as far as it will."""
    if wanted is None:
        return bool(told) and all(one.stage.final for one in told)
    return any(one.record == wanted and one.stage.final for one in told)


def _sent(parts: Parts, incident_id: str) -> RecordRef | None:
    """Return the last record of an incident that this gateway has written lately."""
    found = parts.recent.of(incident_id, parts.clock().timestamp())
    written = [record for sent in found.values() if (record := sent.record) is not None]
    return max(written, key=lambda ref: (ref.partition, ref.offset), default=None)


def _on_its_way(parts: Parts, incident_id: str, told: tuple[Progress, ...]) -> tuple[Progress, ...]:
    """Return what this gateway has written and the read model does not have yet."""
    there = {one.record for one in told}
    found = parts.recent.of(incident_id, parts.clock().timestamp())
    return tuple(
        Progress(
            revision=revision,
            status=sent.status,
            stage=Stage.RECEIVED,
            record=record,
            received_at=datetime.fromtimestamp(sent.at, UTC),
        )
        for revision, sent in sorted(found.items())
        if (record := sent.record) is not None and record not in there
    )


def _seconds(wait: str | None, parts: Parts) -> float:
    """Return how long to wait [s]."""
    if wait is None:
        return 0.0
    longest = parts.settings.gateway.longest_wait
    plain = re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", wait)
    span = timedelta(seconds=float(wait)) if plain else durations.read(wait)
    if span is None or not timedelta(0) <= span <= longest:
        detail = (
            f"wait: found {wait[:200]!r}; expected a span of at most {longest.total_seconds():g} "
            "seconds, e.g. 5s or 5"
        )
        raise Problem(problems.BAD_REQUEST, detail)
    return span.total_seconds()


def _ref(record: str | None) -> RecordRef | None:
    if record is None:
        return None
    topic, partition, offset = record.split(":")
    return RecordRef(topic=topic, partition=int(partition), offset=int(offset))
