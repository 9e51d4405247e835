"""The way of an incident: every record that it led to, and none of another's."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.delivery import AlertRef, Delivery, DeliveryOutcome
from schemas.incident import Traffic
from schemas.rejection import RejectReason
from schemas.topics import DELIVERIES, OBSERVATIONS
from services.ledger import database, tracing
from services.ledger.store import Store
from services.ledger.tracing import Untold
from services.ledger.way import way
from services.settings import Settings
from services.terminal import Terminal
from tests.builders import at, ref, report
from tests.ledger.builders import Tape, alert


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return database.connect(database.url(Settings(data_dir=tmp_path)))


def delivered(sequence: int, notification: str) -> Delivery:
    return Delivery(
        notification_id=notification, receiver="duty", channel="webhook", traffic=Traffic.ACTUAL,
        alerts=(AlertRef(alert_id="A-1", sequence=sequence),), attempt=1,
        outcome=DeliveryOutcome.DELIVERED, recorded_at=at(2),
    )  # fmt: skip


def filled(engine: Engine) -> Tape:
    """Two incidents: the first raises an alert and is delivered, the second one escalates it."""
    tape = Tape()
    tape.report(report(incident_id="I-1"), at(0))
    tape.report(report(incident_id="I-2"), at(1))
    for number, transition in enumerate((Transition.RAISED, Transition.ESCALATED)):
        seen = ref(number, topic=OBSERVATIONS.name)
        tape.alert(alert(number + 1, at(number), transition=transition, cause=seen))
        tape.assess(at(number), observation=seen, level=Level.WATCH)
        tape.add(DELIVERIES, delivered(number + 1, f"N-{number + 1}"), at(2))
    # At the same moment on the same segment, but of something else.
    elsewhere = ref(7, topic=OBSERVATIONS.name)
    tape.alert(alert(1, at(0), alert_id="A-2", cause=elsewhere))
    late = report(incident_id="I-1").model_copy(update={"revision": 2, "status": "confirmed"})
    tape.reject(tape.incident(late, at(3)), RejectReason.REVISION_CONFLICT, at(3))
    tape.feed(Store(engine))
    return tape


def test_the_way_leads_from_the_report_to_what_was_delivered_of_it(engine: Engine) -> None:
    filled(engine)
    stages = [(p.stage, p.recorded_at) for p in way(engine, "I-1")]
    assert stages == [
        ("reported", at(0)),
        ("located", at(0)),
        ("assessed", at(0)),
        ("alerted", at(0)),
        ("delivered", at(2)),
        ("reported", at(3)),
        ("rejected", at(3)),
    ]
    what = {p.stage: p.what for p in way(engine, "I-1")}
    assert what["rejected"] == "revision-conflict"
    assert what["alerted"] == "raised, watch: A-1:1"
    assert what["delivered"] == "delivered to duty by webhook, attempt 1: N-1"


def test_each_record_is_named_by_its_place(engine: Engine) -> None:
    filled(engine)
    places = {p.stage: p.record for p in way(engine, "I-2")}
    assert places["reported"] == ref(1, topic="incidents")
    assert places["located"] == ref(1, topic="observations")
    assert places["alerted"] == ref(1, topic="alerts")
    assert places["delivered"] is None


def test_what_it_shows_can_be_read_by_programs(engine: Engine, tmp_path: Path) -> None:
    filled(engine)
    screen = io.StringIO()
    settings = Settings(data_dir=tmp_path)
    tracing.show(settings, "I-2", Terminal(file=screen, width=60), as_json=True)
    lines = [json.loads(line) for line in screen.getvalue().splitlines()]
    assert [line["stage"] for line in lines] == [
        "reported", "located", "assessed", "alerted", "delivered"
    ]  # fmt: skip
    assert lines[0]["record"] == {"topic": "incidents", "partition": 0, "offset": 1}
    assert lines[-1]["record"] is None
    assert lines[0]["recorded_at"] == (at(0) + timedelta(hours=1)).isoformat()


def test_an_incident_that_is_not_there_is_told_with_what_to_do(
    engine: Engine, tmp_path: Path
) -> None:
    filled(engine)
    with pytest.raises(Untold, match=r"'I-9' is not in the read model; .*forewarn ledger status"):
        tracing.show(Settings(data_dir=tmp_path), "I-9", Terminal(), as_json=False)
