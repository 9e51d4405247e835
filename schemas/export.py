"""Writes what crosses a topic as JSON Schema: ``python -m schemas.export``."""

import json
from pathlib import Path
from typing import Any

from schemas.topics import TOPICS, Topic

FOLDER = Path(__file__).parent / "exported"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def exported() -> dict[str, str]:
    """Return the text of every exported file by its name."""
    found = {_file(topic): _schema(topic.value) for topic in TOPICS}
    found["topics.json"] = _text(
        [
            {
                "name": t.name,
                "key": t.key,
                "value": _file(t),
                "what": t.what,
                "written_by": t.written_by,
                "read_by": t.read_by,
                "dead_letters": t.dead_letters,
                "settings": t.settings,
            }
            for t in TOPICS
        ]
    )
    return found


def _file(topic: Topic) -> str:
    return f"{topic.name}.v{topic.version}.schema.json"


def _schema(adapter: Any) -> str:
    return _text({"$schema": DIALECT, **adapter.json_schema()})


def _text(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every file and remove those of types that are gone."""
    FOLDER.mkdir(exist_ok=True)
    files = exported()
    for stale in set(FOLDER.iterdir()) - {FOLDER / name for name in files}:
        stale.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
