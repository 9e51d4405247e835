"""A ledger that holds the demonstration's case twice, as actual traffic and as an exercise."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL

from schemas.command import AcknowledgeCommand, SilenceCommand
from schemas.delivery import AlertRef, Delivery, DeliveryOutcome
from schemas.event import IncidentEvent
from schemas.incident import IncidentReport, Traffic
from schemas.topics import ALERTS, COMMANDS, DELIVERIES
from schemas.versions import decode
from services.composition import engine
from services.ledger import database
from services.ledger.store import Store
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from tests.ledger.builders import Tape

WITNESS = "Ms A. Witness"
OFFICER = "duty officer"


async def tape(settings: Settings) -> Tape:
    """Return the log of the case, with a silence, an acknowledgement and deliveries."""
    log = Tape()
    memory = MemoryLog(engine(settings), 1, log.take, at_once=256)
    path = case()
    for traffic in (Traffic.ACTUAL, Traffic.EXERCISE):
        told = [_as(event, traffic) for event in events(path, read(path))]
        await drive(told, memory)
    for record in [r for r in log.records if r.ref.topic == ALERTS.name][:20]:
        alert = decode(ALERTS, record.value or b"").data
        tried = Delivery(
            notification_id=f"n-{record.ref.offset}", receiver="desk", channel="webhook",
            traffic=alert.traffic, alerts=(AlertRef(alert_id=alert.alert_id, sequence=1),),
            attempt=1, outcome=DeliveryOutcome.DELIVERED, recorded_at=alert.recorded_at,
        )  # fmt: skip
        log.add(DELIVERIES, tried, alert.recorded_at)
        said = {"segment_id": alert.segment_id, "traffic": alert.traffic, "author": OFFICER}
        ours = AcknowledgeCommand(kind="acknowledge", alert_id=alert.alert_id, **said)
        log.add(COMMANDS, ours, alert.recorded_at)
        ends = alert.recorded_at + timedelta(days=40_000)
        quiet = SilenceCommand(
            kind="silence", silence_id="S-1", starts=alert.recorded_at, ends=ends, **said
        )
        log.add(COMMANDS, quiet, alert.recorded_at)
    return log


async def fill(settings: Settings, where: URL) -> None:
    """Make and fill the ledger at ``where``."""
    log = await tape(settings)
    opened = database.connect(where)
    try:
        log.feed(Store(opened))
    finally:
        opened.dispose()


def _as(event: IncidentEvent, traffic: Traffic) -> IncidentEvent:
    """Return the event as of other traffic, with a witness that nobody may see."""
    told = event.data.incident_id
    changes = {"traffic": traffic, "incident_id": told if traffic == "actual" else f"X-{told}"}
    data = event.data.model_copy(update=changes)
    if isinstance(data, IncidentReport) and data.sources:
        source = data.sources[0].model_copy(update={"name": WITNESS})
        data = data.model_copy(update={"sources": (source, *data.sources[1:])})
    if isinstance(data, IncidentReport) and data.corroborates and traffic != "actual":
        data = data.model_copy(update={"corroborates": f"X-{data.corroborates}"})
    return event.model_copy(update={"data": data, "id": f"{data.incident_id}:{data.revision}"})


def copied(template: Path, folder: Path) -> None:
    """Put a copy of a filled SQLite ledger where settings look for it."""
    (folder / "ledger.sqlite").write_bytes(template.read_bytes())
