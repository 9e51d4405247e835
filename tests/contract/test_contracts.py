"""The contracts, held against the exported schemas, the examples and the reference SDK."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event
from jsonschema import Draft202012Validator

from schemas.export import FOLDER, exported
from schemas.freeze import published
from schemas.taxonomy import STEP_WORDS, TYPE_OF, EventType, Step, SubEventType
from schemas.topics import COMMANDS, INCIDENTS, TOPICS, Topic
from tests.contract.examples import examples, version_of_folder


def schema_of(topic: Topic) -> Draft202012Validator:
    file = FOLDER / f"{topic.name}.v{topic.version}.schema.json"
    return Draft202012Validator(json.loads(file.read_text()))


@pytest.mark.parametrize(("topic", "path"), examples("valid"))
def test_a_valid_example_matches_the_published_schema_of_its_version(
    topic: Any, path: Path
) -> None:
    newest = published()[topic.name, version_of_folder(path)][-1]
    Draft202012Validator(newest).validate(json.loads(path.read_text()))


def test_the_exported_schemas_are_those_of_the_code() -> None:
    on_disk = {p.name: p.read_text() for p in FOLDER.iterdir()}
    assert on_disk == exported(), "run: make schemas"


def test_every_exported_schema_is_a_schema() -> None:
    for topic in TOPICS:
        Draft202012Validator.check_schema(schema_of(topic).schema)


def test_every_sub_event_type_has_one_type_and_every_step_words() -> None:
    assert set(TYPE_OF) == set(SubEventType)
    assert set(TYPE_OF.values()) == set(EventType)
    assert set(STEP_WORDS) == set(Step)


def test_topic_names_are_unique_and_dead_letters_lead_to_a_topic() -> None:
    names = [t.name for t in TOPICS]
    assert len(set(names)) == len(names)
    assert {t.dead_letters for t in TOPICS} <= {None, *names}


@pytest.mark.parametrize(
    ("topic", "path"), [e for t in TOPICS if t.event_type for e in examples("valid", f"{t.name}/*")]
)
def test_the_reference_sdk_reads_our_events(topic: Any, path: Path) -> None:
    headers = {"content-type": b"application/cloudevents+json"}
    message = KafkaMessage(headers=headers, key=None, value=path.read_bytes())
    event = from_structured_event(message)
    ours = topic.value.validate_json(path.read_bytes())
    assert (event.get_id(), event.get_source(), event.get_type(), event.get_time()) == (
        ours.id,
        ours.source,
        ours.type,
        ours.time,
    )


@pytest.mark.parametrize("topic", [INCIDENTS, COMMANDS])
def test_what_others_write_has_no_record_time_more_than_an_hour_ahead(topic: Topic) -> None:
    # Brokers differ in what they do unless they are told; a bound on the past would bar replays.
    told = {k: v for k, v in topic.settings.items() if k.startswith("message.timestamp")}
    assert told == {
        "message.timestamp.type": "CreateTime",
        "message.timestamp.after.max.ms": "3600000",
    }
