"""Tells the topics as an AsyncAPI 3.0 document: channels, operations, messages, Kafka settings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.draft07 import DEFINITIONS, draft07
from schemas.topics import Topic

VERSION = "0.1.0"
"""That of the build whose contracts these are."""

KAFKA_BINDING = "0.5.0"
STRUCTURED, BINARY = "application/cloudevents+json", "application/json"

_DESCRIPTION = """\
Conflict early warning for land borders. Incident reports come in on the topic `incidents`; alerts
go out on `alerts`; what lies between them is the log from which every state can be rebuilt.

Addresses are those without a deployment's prefix: where `FOREWARN_KAFKA__TOPIC_PREFIX` is set, it
stands before each. The number of partitions is the deployment's too (`FOREWARN_KAFKA__PARTITIONS`),
the same for every topic. Operations are told for the whole service, one for each part of it, or
party outside it, that writes or reads a topic: its tag says which.

Payloads are JSON. Types are those of JSON Schema; a property marked `x-classified` never leaves by
a public feed.
"""


class Clash(ValueError):
    """Two contracts give one name to different definitions."""


def document(topics: Sequence[Topic], examples: Mapping[str, Any]) -> dict[str, Any]:
    """Return the AsyncAPI 3.0.0 document of ``topics``.

    Parameters
    ----------
    examples
        A valid payload of the current version, by the topic's name.

    Raises
    ------
    Clash
        Two contracts define the same name otherwise.
    """
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for topic in topics:
        payload = _payload(topic, schemas)
        messages |= _messages(topic, payload, examples[topic.name])
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Forewarn", "version": VERSION, "description": _DESCRIPTION},
        "defaultContentType": BINARY,
        "servers": {"kafka": _SERVER},
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": dict(operation for topic in topics for operation in _operations(topic)),
        "components": {"messages": messages, "schemas": dict(sorted(schemas.items()))},
    }


_SERVER = {
    "host": "{bootstrap}",
    "protocol": "kafka",
    "description": "Any Apache Kafka cluster, or a broker that speaks its protocol. TLS and SASL "
    "are the deployment's.",
    "variables": {
        "bootstrap": {
            "default": "localhost:9092",
            "description": "What `FOREWARN_KAFKA__BOOTSTRAP_SERVERS` names, host:port.",
        }
    },
}


def _payload(topic: Topic, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a topic's values; its definitions join ``schemas``."""
    whole = draft07(topic.value.json_schema(ref_template=DEFINITIONS))
    for name, definition in whole.pop("$defs", {}).items():
        if schemas.setdefault(name, definition) != definition:
            raise Clash(f"{topic.name}: {name}: another contract defines it otherwise; rename one")
    found: dict[str, Any] = whole
    return found


def _messages(
    topic: Topic, payload: dict[str, Any], example: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the messages of a topic: one, or one for each mode of CloudEvents that is read."""
    told = {"title": f"{topic.name}, version {topic.version}", "summary": topic.what}
    bindings = {"kafka": {"key": _key(topic), "bindingVersion": KAFKA_BINDING}}
    if not topic.modes:
        yield (
            topic.name,
            {
                **told,
                "contentType": BINARY,
                "payload": payload,
                "bindings": bindings,
                "examples": [{"name": "first", "payload": example}],
            },
        )
    for mode in topic.modes:
        body, sent, headers = payload, example, _structured()
        values = {"content-type": STRUCTURED}
        if mode == "binary":
            body, sent, headers = payload["properties"]["data"], example["data"], _binary(payload)
            values = {"content-type": BINARY}
            values |= {f"ce_{k}": v for k, v in example.items() if k not in _NO_HEADER}
        yield (
            f"{topic.name}.{mode}",
            {
                **told,
                "contentType": STRUCTURED if mode == "structured" else BINARY,
                "headers": headers,
                "payload": body,
                "bindings": bindings,
                "examples": [{"name": "first", "headers": values, "payload": sent}],
            },
        )


_NO_HEADER = ("data", "datacontenttype")


def _structured() -> dict[str, Any]:
    """Return the headers of a value that is the whole event."""
    kind = {"type": "string", "pattern": "^application/cloudevents\\+json"}
    return {"type": "object", "properties": {"content-type": kind}}


def _binary(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers that hold an event's attributes (CloudEvents 1.0, Kafka binding, 3.2)."""
    attributes = {k: v for k, v in payload["properties"].items() if k not in _NO_HEADER}
    required = [f"ce_{name}" for name in payload["required"] if name in attributes]
    kind = {"type": "string", "pattern": "^application/json"}
    return {
        "type": "object",
        "properties": {"content-type": kind, **{f"ce_{k}": v for k, v in attributes.items()}},
        "required": required,
    }


def _key(topic: Topic) -> dict[str, Any]:
    return {"type": "string", "description": f"The {topic.key.removeprefix('the ')}, in UTF-8."}


def _names(topic: Topic) -> list[str]:
    return [f"{topic.name}.{mode}" for mode in topic.modes] or [topic.name]


def _channel(topic: Topic) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        name: int(value) if name in _WHOLE_NUMBERS else value
        for name, value in topic.settings.items()
    }
    configuration["cleanup.policy"] = [topic.cleanup]
    found: dict[str, Any] = {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.what[0].upper()}{topic.what[1:]}.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _names(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": configuration,
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }
    if topic.dead_letters is not None:
        found["x-dead-letters"] = topic.dead_letters
    return found


_WHOLE_NUMBERS = ("retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes")


def _operations(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    for action, parties in (("send", topic.written_by), ("receive", topic.read_by)):
        for party in parties:
            yield (
                f"{topic.name}.{action}.{party.replace(' ', '-')}",
                {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{topic.name}"},
                    "title": f"{party}: {action} {topic.name}",
                    "tags": [{"name": party}],
                    "messages": [
                        {"$ref": f"#/channels/{topic.name}/messages/{name}"}
                        for name in _names(topic)
                    ],
                },
            )
