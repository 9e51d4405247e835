"""Seals who reported, before anything is written."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog
from sqlalchemy.exc import DBAPIError

from schemas.incident import IncidentReport
from services.gateway import problems
from services.gateway.parts import Parts
from services.gateway.publishing.reports import Publishable
from services.ledger.database import reason

log = structlog.get_logger(__name__)


async def sealed(parts: Parts, found: Sequence[Publishable]) -> list[Publishable]:
    """Return what is written in place of reports; those that name no source stay as they came.

    Raises
    ------
    Problem
        The keys of seals cannot be read: then nothing may be written.
    """
    named = [n for n, one in enumerate(found) if _names_somebody(one)]
    hidden = list(found)
    if not named:
        return hidden
    incidents = [found[n].event.data for n in named]
    try:
        closed = await asyncio.to_thread(parts.sealing.seal_all, incidents)
    except DBAPIError as error:
        log.warning("sources cannot be sealed; nothing is accepted", reason=reason(error))
        raise problems.unanswered("the gateway's database, which seals sources,") from error
    for n, incident in zip(named, closed, strict=True):
        hidden[n] = found[n] if incident == found[n].event.data else _with(found[n], incident)
    return hidden


def _names_somebody(report: Publishable) -> bool:
    incident = report.event.data
    return isinstance(incident, IncidentReport) and bool(incident.sources or incident.sealed)


def _with(report: Publishable, incident: IncidentReport | object) -> Publishable:
    """Return a report with another incident in its envelope, in the mode in which it came."""
    event = report.event.model_copy(update={"data": incident})
    binary = any(name == "ce_specversion" for name, _ in report.record.headers)
    content = event.data if binary else event
    value = content.model_dump_json(exclude_defaults=True).encode()
    return replace(report, event=event, record=replace(report.record, value=value))
