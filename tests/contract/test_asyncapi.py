"""The AsyncAPI document is valid, says what the table of topics says, and nothing less strictly."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from pydantic import BaseModel, TypeAdapter

from models.domain import intake
from schemas import asyncapi
from schemas.asyncapi import Clash, document
from schemas.dialect import UnknownKeyword
from schemas.draft07 import draft07
from schemas.export import FOLDER
from schemas.topics import INCIDENTS, TOPICS, Topic
from tests.contract.examples import examples, version_of_folder

HERE = Path(__file__).parent
OFFICIAL = json.loads((HERE / "asyncapi" / "3.0.0-without-id.json").read_text())


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text())
    return found


def faults(content: Any) -> list[str]:
    return [error.message for error in Draft7Validator(OFFICIAL).iter_errors(content)]


def test_the_document_is_valid_by_the_schema_of_asyncapi_3(told: dict[str, Any]) -> None:
    Draft7Validator.check_schema(OFFICIAL)
    assert faults(told) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("asyncapi",), "2.6.0"),
        (("servers", "kafka", "protocol"), None),
        (("channels", "alerts", "adress"), "alerts"),
        (("channels", "alerts", "bindings", "kafka", "bindingVersion"), "0.9.9"),
        (("operations", "alerts.send.risk-worker", "action"), "publish"),
        (("components", "messages", "alerts.structured", "payload", "type"), "thing"),
        (("components", "schemas", "Alert", "discriminator"), {"propertyName": "kind"}),
        (("components", "messages", "commands", "examples", 0, "playload"), {}),
    ],
)
def test_the_schema_of_asyncapi_would_see_a_mistake(
    told: dict[str, Any], path: tuple[Any, ...], value: Any
) -> None:
    spoilt = json.loads(json.dumps(told))
    at = spoilt
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert faults(spoilt)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for nested in node.values():
            yield from references(nested)
    elif isinstance(node, list):
        for nested in node:
            yield from references(nested)


def test_every_reference_leads_somewhere_inside_the_document(told: dict[str, Any]) -> None:
    for reference in set(references(told)):
        at = told
        for step in reference.removeprefix("#/").split("/"):
            assert step in at, reference
            at = at[step]


def test_every_topic_is_a_channel_with_its_settings(told: dict[str, Any]) -> None:
    assert set(told["channels"]) == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        channel = told["channels"][topic.name]
        binding = channel["bindings"]["kafka"]
        assert (channel["address"], binding["topic"]) == (topic.name, topic.name)
        settings = binding["topicConfiguration"]
        assert settings.pop("cleanup.policy") == [topic.cleanup]
        expected = {k: v for k, v in topic.settings.items() if k != "cleanup.policy"}
        assert {name: str(value) for name, value in settings.items()} == expected
        assert channel.get("x-dead-letters") == topic.dead_letters


def test_every_writer_and_reader_has_its_operation_and_no_other(told: dict[str, Any]) -> None:
    found = {
        (o["action"], o["channel"]["$ref"].removeprefix("#/channels/"), o["tags"][0]["name"])
        for o in told["operations"].values()
    }
    expected = {("send", t.name, party) for t in TOPICS for party in t.written_by}
    expected |= {("receive", t.name, party) for t in TOPICS for party in t.read_by}
    assert found == expected
    assert len(told["operations"]) == len(expected)


def test_a_topic_has_modes_of_cloudevents_only_where_its_values_are_events() -> None:
    for topic in TOPICS:
        assert bool(topic.modes) == (topic.event_type is not None)


def validator(told: dict[str, Any], part: Any) -> Draft7Validator:
    return Draft7Validator({**part, "components": told["components"]})


def message(told: dict[str, Any], topic: Topic) -> Any:
    name = f"{topic.name}.structured" if topic.modes else topic.name
    return told["components"]["messages"][name]


@pytest.mark.parametrize(("topic", "path"), examples("valid"))
def test_the_payload_takes_every_valid_example(
    told: dict[str, Any], topic: Any, path: Path
) -> None:
    if version_of_folder(path) == topic.version:
        content = json.loads(path.read_text())
        validator(told, message(told, topic)["payload"]).validate(content)


@pytest.mark.parametrize(("topic", "path"), examples("valid"))
def test_the_payload_is_as_strict_as_the_schema_it_is_made_from(
    told: dict[str, Any], topic: Any, path: Path
) -> None:
    """Each field of a valid example is spoilt in turn: both schemas must agree on each result."""
    before = Draft202012Validator(topic.value.json_schema())
    after = validator(told, message(told, topic)["payload"])
    for spoilt in spoilings(json.loads(path.read_text())):
        assert before.is_valid(spoilt) == after.is_valid(spoilt), spoilt


WRONG: tuple[Any, ...] = (None, -1, "no such word", [], [1, 2, 3], {})


def spoilings(content: Any) -> Iterator[Any]:
    """Yield a payload with each of its fields left out, and set to what is rarely right."""
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        rest = {k: v for k, v in content.items() if k != key}
        yield rest
        for wrong in WRONG:
            yield {**rest, key: wrong}
        if isinstance(value, list) and value:
            yield {**rest, key: [*value, *value, *value]}
            for wrong in WRONG:
                yield {**rest, key: [wrong, *value[1:]]}
            for nested in spoilings(value[0]):
                yield {**rest, key: [nested, *value[1:]]}
        for nested in spoilings(value):
            yield {**rest, key: nested}
    yield {**content, "no_such_field": 1}


def test_each_message_has_an_example_that_fits_its_payload_and_headers(
    told: dict[str, Any],
) -> None:
    for name, one in told["components"]["messages"].items():
        (example,) = one["examples"]
        validator(told, one["payload"]).validate(example["payload"])
        assert ("headers" in one) == ("headers" in example), name
        if "headers" in one:
            validator(told, one["headers"]).validate(example["headers"])
            assert example["headers"]["content-type"] == one["contentType"]


@pytest.mark.parametrize("mode", INCIDENTS.modes)
def test_the_worker_reads_the_example_of_either_mode(told: dict[str, Any], mode: str) -> None:
    (example,) = told["components"]["messages"][f"incidents.{mode}"]["examples"]
    headers = {name: value.encode() for name, value in example["headers"].items()}
    event = example["payload"] if mode == "binary" else example["payload"]["data"]
    key = event["incident_id"].encode()
    found = intake.read(key, json.dumps(example["payload"]).encode(), headers)
    assert isinstance(found, intake.Report), found
    assert found.event.data.incident_id.encode() == key


@pytest.mark.parametrize("left_out", ["ce_id", "ce_source", "ce_type", "ce_time"])
def test_a_header_that_the_worker_needs_is_required(told: dict[str, Any], left_out: str) -> None:
    one = told["components"]["messages"]["incidents.binary"]
    headers = dict(one["examples"][0]["headers"])
    del headers[left_out]
    assert not validator(told, one["headers"]).is_valid(headers)


def test_classified_fields_are_marked(told: dict[str, Any]) -> None:
    source = told["components"]["schemas"]["Source"]["properties"]
    assert source["name"]["x-classified"] is True
    assert source["url"]["x-classified"] is True


def test_the_version_is_that_of_the_build() -> None:
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["project"]
    assert project["version"] == asyncapi.VERSION


def test_two_contracts_may_not_give_one_name_to_different_things() -> None:
    def topic(name: str, kind: type) -> Topic:
        inner = type("Inner", (BaseModel,), {"__annotations__": {"x": kind}})
        outer = type(name, (BaseModel,), {"__annotations__": {"inner": inner}})
        return Topic(name, "key", TypeAdapter(outer), "what", 1, "delete", ("a",), ("b",))

    one, other = topic("one", int), topic("other", str)
    with pytest.raises(Clash, match="Inner"):
        document([one, other], {"one": {}, "other": {}})


def test_a_keyword_without_an_equal_in_draft_07_is_refused() -> None:
    with pytest.raises(UnknownKeyword, match="unevaluatedProperties"):
        draft07({"type": "object", "unevaluatedProperties": False})
