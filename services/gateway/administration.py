"""What administrators do: read the audit, and erase who reported an incident."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Identifier
from services.gateway import problems
from services.gateway.asking.parameters import Asked
from services.gateway.auditing import Entry
from services.gateway.parts import Given
from services.gateway.problems import Problem
from services.gateway.sealing import NothingSealed
from services.gateway.who import Administrator

router = APIRouter(prefix="/v1", tags=["administration"])

MOST = 1_000
"""Rows of the audit that are told at once."""


class AuditPage(BaseModel):
    """Rows of the audit, the oldest first."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "entries": [
                        {
                            "number": 1,
                            "at": "2021-04-29T12:00:00Z",
                            "request_id": "-",
                            "caller": "duty-officer",
                            "action": "publishIncident",
                            "subject": "MISSION-0421",
                            "outcome": "202",
                        }
                    ],
                    "next_after": 1,
                }
            ]
        },
    )

    entries: tuple[Entry, ...]
    next_after: int | None = Field(
        description="The `after` of the next page; null where these are the last rows."
    )


class AuditAsked(Asked):
    """Which rows."""

    after: int = Field(default=0, ge=0, le=2**63 - 1, description="Rows above this number.")
    limit: int = Field(default=100, ge=1, le=MOST, description="At most so many rows.")


class Erasure(BaseModel):
    """What an erasure did."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"examples": [{"incident_id": "MISSION-0421", "erased": True}]},
    )

    incident_id: str
    erased: bool = Field(description="False where it had been done before: nothing was left.")


@router.get("/audit", operation_id="listAudit", summary="Who changed what")
async def audit(
    parts: Given,
    _caller: Administrator,
    asked: Annotated[AuditAsked, Query()],
) -> AuditPage:
    """Tell who changed what, when, and what came of it."""
    entries = await asyncio.to_thread(parts.audit.page, asked.after, asked.limit)
    more = len(entries) == asked.limit
    return AuditPage(entries=tuple(entries), next_after=entries[-1].number if more else None)


@router.post(
    "/incidents/{incident_id:path}/erase-sources",
    operation_id="eraseSources",
    summary="Erase who reported an incident",
    responses=problems.responses(problems.NOT_FOUND),
)
async def erase_sources(
    parts: Given,
    _caller: Administrator,
    incident_id: Annotated[
        Identifier, Path(description="Whose sources nobody shall know.", examples=["MISSION-0421"])
    ],
) -> Erasure:
    """Discard the key of who reported an incident: for all its revisions, for ever.

    What the reports say of the incident stays, and so does every decision that rests on it.
    """
    try:
        erased = await asyncio.to_thread(parts.sealing.erase, incident_id)
    except NothingSealed as error:
        raise Problem(problems.NOT_FOUND, str(error)) from None
    return Erasure(incident_id=incident_id, erased=erased)
