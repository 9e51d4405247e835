"""What ``forewarn publish`` does: reads, checks, sends, and says where to look next."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas.incident import IncidentReport
from schemas.topics import INCIDENTS
from services import clients, topics
from services.publish.read import Sendable, read
from services.reach import program
from services.records import milliseconds
from services.settings import Kafka, Settings
from services.terminal import Terminal

OLD = timedelta(days=14)
"""How old a report may be before it is said that alerts are about now; the model's horizon."""


def given(file: Path) -> list[Sendable]:
    """Return the checked reports of a file; ``-`` is standard input.

    Raises
    ------
    NotPublished
        One of them would be rejected.
    """
    if str(file) == "-":
        return read(sys.stdin.buffer.read(), "standard input")
    return read(file.read_bytes(), str(file))


async def publish(settings: Settings, reports: Sequence[Sendable], console: Terminal) -> None:
    """Send ``reports`` in their order; return when every replica has them all."""
    kafka = settings.kafka
    await topics.ensure(kafka)
    async with clients.producer(kafka, max_request_size=INCIDENTS.max_message_bytes) as producer:
        sent = [
            await producer.send(
                topics.name(INCIDENTS, kafka),
                key=report.key,
                value=report.value,
                timestamp_ms=milliseconds(datetime.now(UTC)),
            )
            for report in reports
        ]
        for acknowledged in sent:
            await acknowledged
    _say(reports, kafka, console)


def _say(reports: Sequence[Sendable], kafka: Kafka, console: Terminal) -> None:
    name = topics.name(INCIDENTS, kafka)
    lines = [f"published {len(reports)} to {name!r} at {kafka.bootstrap_servers}"]
    for report in reports:
        if report.ignored:
            fields = ", ".join(report.ignored)
            lines.append(
                f"{report.event.data.incident_id}: unknown fields have no effect: {fields}"
            )
    if old := [r for r in reports if _is_old(r, datetime.now(UTC))]:
        lines.append(
            f"{len(old)} occurred more than {OLD.days} days ago: they are kept and counted, but "
            "alerts are about now"
        )
    lines.append(f"see what comes of it: {program()} topics tail alerts")
    lines.append(f"if nothing does:      {program()} rejected list --all")
    console.say("\n".join(lines))


def _is_old(report: Sendable, now: datetime) -> bool:
    incident = report.event.data
    return isinstance(incident, IncidentReport) and incident.occurred.start < now - OLD
