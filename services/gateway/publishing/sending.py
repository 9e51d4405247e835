"""Sends a report, a further revision or a retraction, for a route or for the console."""

from typing import Any

import orjson

from models.domain.intake import Refusal
from services.gateway import problems
from services.gateway.parts import Parts
from services.gateway.problems import Problem
from services.gateway.publishing import known, reports, revising
from services.gateway.publishing.hiding import sealed
from services.gateway.publishing.known import Revisions
from services.gateway.publishing.reports import Publishable
from services.gateway.publishing.submitting import Accepted, refused, submit


def judged(parts: Parts, content: dict[str, Any], caller: str) -> Publishable:
    """Return the report that ``content`` is, from a caller of that name.

    Raises
    ------
    Problem
        A worker would reject it.
    """
    found = reports.line(orjson.dumps(content), reports.source_of(caller), parts.clock())
    if isinstance(found, Refusal):
        raise refused(found)
    return found


async def published(parts: Parts, report: Publishable) -> Accepted:
    """Return where a report stands, once every replica has it; see ``submit``."""
    there = await known.by_ledger(parts, [report.place[0]])
    (hidden,) = await sealed(parts, [report])
    return await submit(parts, hidden, there.get(report.place[0], {}))


async def revised(
    parts: Parts, incident_id: str, content: dict[str, Any], caller: str, if_match: str | None
) -> Accepted:
    """Return where a further revision stands, whose number may follow from ``if_match``.

    Raises
    ------
    Problem
        Somebody was faster, it is no report, or see ``submit``.
    """
    there = await known.of(parts, incident_id)
    number = revising.number(content.get("revision"), if_match, incident_id, there)
    return await _next(parts, {**content, "revision": number}, caller, there)


async def retracted(
    parts: Parts, incident_id: str, said: dict[str, Any], caller: str, if_match: str | None
) -> Accepted:
    """Return where the retraction of an incident stands: ``said`` has its reason.

    Raises
    ------
    Problem
        There is no such incident, somebody was faster, or see ``submit``.
    """
    there = await known.of(parts, incident_id)
    if not there:
        detail = (
            f"incident_id: {incident_id!r} is not known; expected a published one; GET "
            "/v1/incidents/{id}/status tells what became of a report"
        )
        raise Problem(problems.NOT_FOUND, detail)
    content = {
        "incident_id": incident_id,
        "revision": revising.number(said.get("revision"), if_match, incident_id, there),
        "traffic": there[max(there)].traffic.value,
        "status": "retracted",
        "status_reason": said.get("reason"),
    }
    return await _next(parts, content, caller, there)


async def _next(parts: Parts, content: dict[str, Any], caller: str, there: Revisions) -> Accepted:
    found = judged(parts, content, caller)
    revision = found.place[1]
    if revision < max(there, default=0) and revision not in there:
        current = max(there)
        detail = (
            f"revision: {revision} is older than the current one of {found.place[0]!r}, "
            f"{current}; look at that, then send what changed as revision {current + 1}"
        )
        raise Problem(problems.CONFLICT, detail)
    (hidden,) = await sealed(parts, [found])
    return await submit(parts, hidden, there)
