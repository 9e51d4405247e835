"""Writes what crosses a topic or reaches a webhook as schemas: ``python -m schemas.export``.

``exported/`` is the current state of every contract: JSON Schemas, and the topics as AsyncAPI.
``published/`` keeps what was ever promised (see ``schemas.freeze``): a new version or an additive
change is added to it, and a change that breaks it is refused before anything is written.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from schemas.asyncapi import document
from schemas.dialect import Schema
from schemas.freeze import PUBLISHED, broken, published, unpublished
from schemas.notification import WebhookNotification
from schemas.topics import TOPICS, Topic

FOLDER = Path(__file__).parent / "exported"
EXAMPLES = Path(__file__).parent / "examples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def exported() -> dict[str, str]:
    """Return the text of every exported file by its name."""
    found = {file_of(topic).name: _text(schema_of(topic)) for topic in TOPICS}
    found["topics.json"] = _text(
        [
            {
                "name": t.name,
                "key": t.key,
                "value": file_of(t).name,
                "what": t.what,
                "written_by": t.written_by,
                "read_by": t.read_by,
                "dead_letters": t.dead_letters,
                "settings": t.settings,
            }
            for t in TOPICS
        ]
    )
    found["notification.v1.schema.json"] = _text(
        {"$schema": DIALECT, **WebhookNotification.model_json_schema()}
    )
    found["asyncapi.yaml"] = _yaml(document(TOPICS, {t.name: _read(example_of(t)) for t in TOPICS}))
    return found


def file_of(topic: Topic) -> Path:
    """Return where the JSON Schema of a topic's current contract is written."""
    return FOLDER / f"{topic.name}.v{topic.version}.schema.json"


def example_of(topic: Topic) -> Path:
    """Return the first valid example of a topic's current version, by name."""
    return min((EXAMPLES / topic.name / f"v{topic.version}" / "valid").glob("*.json"))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice, so that no reader must follow anchors; lines stay lines."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name is PyYAML's
        return True


def _lines(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_Plain.add_representer(str, _lines)


def _yaml(content: Any) -> str:
    told: str = yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    return told


def schema_of(topic: Topic) -> Schema:
    """Return the JSON Schema of a topic's current contract."""
    return {"$schema": DIALECT, **topic.value.json_schema()}


def _text(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def publish(folder: Path, topics: Iterable[Topic] = TOPICS) -> None:
    """Add to ``folder`` each schema that is not yet published.

    Raises
    ------
    SystemExit
        A schema breaks what is published: says what, and writes nothing.
    """
    editions = published(folder)
    schemas = [(topic, schema_of(topic)) for topic in topics]
    refused = [line for topic, schema in schemas for line in broken(topic, schema, editions)]
    if refused:
        raise SystemExit("\n".join((*refused, "Nothing is written; see docs/versions.md.")))
    folder.mkdir(exist_ok=True)
    for topic, schema in schemas:
        if name := unpublished(topic, schema, editions):
            (folder / name).write_text(_text(schema), encoding="utf-8")


def main() -> None:
    """Publish, then write every export and remove those of types that are gone."""
    publish(PUBLISHED)
    FOLDER.mkdir(exist_ok=True)
    files = exported()
    for stale in set(FOLDER.iterdir()) - {FOLDER / name for name in files}:
        stale.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
