"""Publishes a report, its correction, and its retraction: three revisions of one incident.

Needs: pip install confluent-kafka, and a broker. Nothing of Forewarn.
Run:   KAFKA=localhost:9092 TOPIC=incidents python publish.py
"""

import json
import os
import sys
import uuid
from datetime import UTC, datetime

from confluent_kafka import KafkaError, Message, Producer

TOPIC = os.environ.get("TOPIC", "incidents")
SOURCE = "urn:example:mission"  # who you are; the same in all your reports

producer = Producer(
    {
        "bootstrap.servers": os.environ.get("KAFKA", "localhost:9092"),
        # A secured cluster wants security.protocol, sasl.mechanism, sasl.username, sasl.password.
        "acks": "all",  # delivered means that every replica has it
        "enable.idempotence": True,  # tried again, a record is still written once, and in order
        "partitioner": "murmur2_random",  # as Java's clients do: a key has one partition for all
    }
)
refused = []


def delivered(error: KafkaError | None, record: Message) -> None:
    """Told of each record once: before that nobody has promised to keep it."""
    if error is None:
        print(f"delivered at {record.topic()}, {record.partition()}, {record.offset()}")
    else:
        refused.append(record.key())
        print(f"NOT delivered: {error}", file=sys.stderr)


def publish(incident: dict[str, object], *, binary: bool = False) -> None:
    """Send one revision as a CloudEvent: structured, or binary, with its attributes in headers."""
    now = datetime.now(UTC).isoformat()
    key = str(incident["incident_id"])
    event = {"specversion": "1.0", "type": "forewarn.incident.v1", "source": SOURCE, "time": now}
    event["id"] = f"{key}:{incident['revision']}"
    if binary:
        value, headers = json.dumps(incident), {f"ce_{n}": text for n, text in event.items()}
        headers["content-type"] = "application/json"
    else:
        value = json.dumps(event | {"data": incident})
        headers = {"content-type": "application/cloudevents+json; charset=UTF-8"}
    # The key is the incident id, so that all revisions of an incident come in order.
    producer.produce(TOPIC, value, key, headers=list(headers.items()), on_delivery=delivered)
    producer.poll(0)  # lets what has been delivered by now be told


report: dict[str, object] = {
    "incident_id": f"MISSION-{uuid.uuid4()}",
    "revision": 1,
    "status": "reported",
    "occurred": {"start": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:00Z}", "precision": "minute"},
    "place": {"name": "Kok-Tash", "latitude": 39.959, "longitude": 70.5203, "precision": "exact"},
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "summary": "Shots between border guards.",
}
publish(report)
# A correction is the whole report as it now stands, with the next number, and why.
toll = {"low": 2, "best": 2, "high": 2}
why = "Two of the wounded have died."
changed = {"revision": 2, "status": "corrected", "status_reason": why, "fatalities": toll}
publish(report | changed, binary=True)
# A retraction says that there was nothing, and why: all is then as if it had never been reported.
gone = {"incident_id": report["incident_id"], "revision": 3, "status": "retracted"}
publish(gone | {"status_reason": "The shots were an exercise."})

left = producer.flush(30)  # a program that ends before loses what is still on its way
sys.exit(f"{len(refused) + left} not delivered" if refused or left else 0)
