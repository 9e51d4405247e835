"""Each record becomes one row with its bytes, and none stops the ledger."""

import orjson
import pytest
from sqlalchemy import select

from schemas.command import LinkCommand
from schemas.observation import CommandObservation
from schemas.rejection import RejectReason
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED, Topic
from services import records
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.rows import event, row
from services.ledger.store import Store
from tests.builders import KOK_TASH, NOON, SEGMENT, at, report, retraction
from tests.ledger.builders import BORDER, Tape, alert


def made(tape: Tape) -> dict[str, object]:
    found = row(tape.records[-1])
    assert found is not None
    return {**found.values, "table": found.table.name}


def test_a_report_is_found_by_what_it_says() -> None:
    tape = Tape()
    tape.incident(report(start=at(-1)), at(3))
    found = made(tape)
    assert (found["table"], found["partition"], found["offset"]) == ("incidents", 0, 0)
    assert (found["incident_id"], found["revision"], found["status"]) == ("I-1", 1, "reported")
    assert (found["recorded_at"], found["occurred_start"]) == (at(3), at(-1))
    assert found["occurred_end"] == at(-1)
    assert (found["latitude"], found["longitude"]) == KOK_TASH
    assert found["value"] == tape.records[0].value


def test_a_withdrawal_has_no_place() -> None:
    tape = Tape()
    tape.incident(retraction())
    assert made(tape)["place_name"] is None


def test_a_binary_event_is_whole_again_from_its_row() -> None:
    tape, data = Tape(), report()
    names = {"specversion": "1.0", "id": "é", "source": "urn:x", "type": "forewarn.incident.v1"}
    headers = [(f"ce_{n}", v.encode()) for n, v in names.items()]
    headers += [("ce_time", NOON.isoformat().encode()), ("other", b"\x00\xff")]
    tape.add(INCIDENTS, data, key=b"I-1", headers=tuple(headers))
    kept = row(tape.records[-1])
    assert kept is not None
    again = event("I-1", kept.values["value"], kept.values["headers"])
    assert (again.id, again.data) == ("é", data)


def test_observations_name_their_incident_and_cause() -> None:
    tape = Tape()
    first = tape.report(report(), at(1))
    assert made(tape) | {"value": b""} == made(tape) | {
        "segment_id": SEGMENT, "kind": "assert", "incident_id": "I-1", "value": b"",
        "cause_topic": "incidents", "cause_partition": 0, "cause_offset": 0,
        "recorded_at": at(1), "traffic": "actual",
    }  # fmt: skip
    tape.report(retraction(), at(2), replaces=first)
    assert (made(tape)["kind"], made(tape)["cause_offset"]) == ("retract", 1)
    tape.tick(at(3))
    assert (made(tape)["kind"], made(tape)["incident_id"]) == ("tick", None)
    assert made(tape)["cause_topic"] is None


COMMAND = LinkCommand(
    segment_id=SEGMENT, author="Officer", kind="link", day=NOON.date(), incident_id="I-1",
    corroborates="I-2",
)  # fmt: skip


def test_a_command_stands_as_sent_and_as_observed() -> None:
    tape = Tape()
    cause = tape.command(COMMAND, at(4))
    sent = made(tape)
    assert (sent["table"], sent["kind"], sent["recorded_at"]) == ("commands", "link", at(4))
    assert (sent["incident_id"], sent["corroborates"]) == ("I-1", "I-2")
    there = {"segment_id": SEGMENT, "traffic": "actual", "recorded_at": at(4)}
    tape.add(OBSERVATIONS, CommandObservation(**there, cause=cause, command=COMMAND))
    assert (made(tape)["kind"], made(tape)["cause_topic"]) == ("command", "commands")


def test_assessments_alerts_and_rejections_are_found_by_what_they_say() -> None:
    tape = Tape()
    tape.assess(at(1))
    found = made(tape)
    assert (found["level"], found["model_version"]) == ("watch", "m-1")
    chances = [found[n] for n in ("escalation_14d", "fatal_7d", "fatal_14d")]
    assert (chances, found["observation_offset"]) == ([0.1, 0.2, 0.3], 0)
    tape.alert(alert(3, at(2)))
    found = made(tape)
    assert (found["alert_id"], found["sequence"], found["border_id"]) == ("A-1", 3, BORDER)
    assert (found["opened_at"], found["recorded_at"]) == (NOON, at(2))
    assert (found["transition"], found["previous_level"]) == ("raised", "normal")
    tape.reject(tape.incident(report(), at(3)), RejectReason.TOO_FAR, at(3))
    found = made(tape)
    assert (found["reason"], found["source_topic"]) == ("too-far", "incidents")
    assert (found["source_offset"], found["recorded_at"]) == (0, at(3))


def test_a_report_that_cannot_be_read_leaves_no_row_but_counts_as_read(store: Store) -> None:
    tape = Tape()
    for value in (b"", b"not json", b"{}", b"\xff\x00"):
        tape.add(INCIDENTS, value)
    tape.feed(store)
    assert sum(store.counts().values()) == 0
    assert store.offsets() == {(INCIDENTS.name, 0): 4}


@pytest.mark.parametrize("topic", [REJECTED, OBSERVATIONS, COMMANDS, ASSESSMENTS, ALERTS])
def test_what_cannot_be_read_of_another_topic_is_kept_and_stops_nothing(
    store: Store, topic: Topic
) -> None:
    tape = Tape()
    for value in (b"", b"not json", b'{"a": "\\u0000"}', b"\x00\xff"):
        tape.add(topic, value)
    tape.feed(store)
    assert store.counts()["unreadable"] == 4
    with reading(store._engine) as connection:
        kept = connection.scalars(select(tables.unreadable.c.value)).all()
    assert sorted(kept) == sorted(r.value or b"" for r in tape.records)


def test_a_text_or_number_that_a_database_cannot_hold_stops_nothing(store: Store) -> None:
    tape = Tape()
    place = report().place.model_copy(update={"name": "Kok\x00Tash"})
    tape.incident(report(place=place))
    content = orjson.loads(records.alert(alert()).value)
    content["data"]["sequence"] = "HUGE"
    tape.add(ALERTS, orjson.dumps(content).replace(b'"HUGE"', str(2**63).encode()))
    tape.feed(store)
    assert (store.counts()["incidents"], store.counts()["unreadable"]) == (1, 1)


def test_every_topic_that_the_ledger_is_said_to_read_has_a_table() -> None:
    from schemas.topics import TOPICS

    assert {t.name for t in TOPICS if "ledger" in t.read_by} == set(tables.OF_TOPIC)
