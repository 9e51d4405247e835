"""What ``forewarn trace`` shows: the way of an incident, with times and offsets."""

import json
from dataclasses import asdict

from rich.table import Table

from services.faults import Fault
from services.ledger import database
from services.ledger.way import Passage, way
from services.settings import Settings
from services.terminal import Terminal


class Untold(Fault):
    """The read model knows no such incident."""


def show(settings: Settings, incident_id: str, console: Terminal, *, as_json: bool) -> None:
    """Show the way of an incident.

    Raises
    ------
    LedgerUnavailable, Untold
        There is no read model, or it has no report of the incident.
    """
    engine = database.connect(database.url(settings), create=False)
    try:
        found = way(engine, incident_id)
    finally:
        engine.dispose()
    if not found:
        msg = (
            f"incident {incident_id!r} is not in the read model; see whether the ledger runs and "
            "has caught up (forewarn ledger status), and whether it was rejected (forewarn "
            "rejected list)"
        )
        raise Untold(msg)
    if as_json:
        for one in found:
            console.out(json.dumps(_plain(one)), highlight=False)
        return
    table = Table("recorded (UTC)", "stage", "topic [partition] offset", "what", box=None)
    for one in found:
        moment = f"{one.recorded_at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
        table.add_row(moment, one.stage, _place(one), one.what)
    console.print(table, highlight=False)


def _place(one: Passage) -> str:
    at = one.record
    return f"{at.topic} [{at.partition}] {at.offset}" if at else ""


def _plain(one: Passage) -> dict[str, object]:
    found = asdict(one) | {"recorded_at": one.recorded_at.isoformat()}
    return found | {"record": one.record.model_dump() if one.record else None}
