"""Writes ``docs/topics.md`` from the table of topics: ``python -m services.topics_page``."""

from pathlib import Path

from schemas import export
from schemas.topics import TOPICS, Topic
from services.rights import USERS, Operation, rights

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "topics.md"

_HEAD = """\
# Topics

Every topic of the log, from the table in [schemas/topics.py](../schemas/topics.py). The same for
programs is [asyncapi.yaml](../schemas/exported/asyncapi.yaml) (AsyncAPI 3.0), which a gateway
serves at `/asyncapi`. Why the log is enough is told in [The log is the truth](truth.md), how a
contract changes in [Versions](versions.md), and how to publish and follow without Kafka in
[Publishing](publishing.md) and [Following the alerts](following.md).

A topic's name is preceded by `FOREWARN_KAFKA__TOPIC_PREFIX`, where that is set. Every topic has
`FOREWARN_KAFKA__PARTITIONS` partitions and `FOREWARN_KAFKA__REPLICATION_FACTOR` replicas
([Settings](settings.md)). A record's partition follows from its key, so that the records of one key
come in order.

## What stands in it

"""

_WHO = """\
## Who writes and reads it

Each party has a user of its own on a cluster that asks who one is: [Securing Kafka](security.md)
has their rights. A replay and the demonstration write and read as whoever starts them. What the
workers keep in tables stands in topics of their own, named after their group,
`FOREWARN_WORKER__GROUP`.

"""

_KEPT = """\
## How it is kept

What is kept for ever is deleted neither by age nor by size. A record that cannot be read or placed
goes to the topic of dead letters, with its bytes and the reason: [Dead letters](dead-letters.md).

"""


def page() -> str:
    """Return the page: what stands in each topic, who uses it, and how it is kept."""
    what = "| topic | version | a record is | key | value | example |\n|---|---|---|---|---|---|\n"
    who = "| topic | written by | read by |\n|---|---|---|\n"
    kept = "| topic | records | a record's size at most | its time | dead letters |\n"
    kept += "|---|---|---|---|---|\n"
    parts = (
        _HEAD + what + "".join(map(_what, TOPICS)),
        _WHO + who + "".join(map(_who, TOPICS)),
        _KEPT + kept + "".join(map(_kept, TOPICS)),
    )
    return "\n".join(parts)


def _what(topic: Topic) -> str:
    schema, example = _link(export.file_of(topic)), _link(export.example_of(topic))
    about = f"{topic.version} | {topic.what} | {topic.key}"
    return f"| `{topic.name}` | {about} | {schema} | {example} |\n"


def _link(path: Path) -> str:
    return f"[{path.name}](../{path.relative_to(ROOT)})"


def _who(topic: Topic) -> str:
    writers = _may(topic, "Write", topic.written_by)
    return f"| `{topic.name}` | {writers} | {_may(topic, 'Read', topic.read_by)} |\n"


def _may(topic: Topic, operation: Operation, others: tuple[str, ...]) -> str:
    """Return who may do so on a cluster, and who does so as whoever starts it."""
    users = [
        party
        for party in USERS
        for right in rights(party)
        if right.name == topic.name and operation in right.operations
    ]
    return ", ".join(dict.fromkeys((*users, *others)))


def _kept(topic: Topic) -> str:
    settings = topic.settings
    records = "kept for ever" if settings.get("retention.ms") == "-1" else topic.cleanup
    size = f"{topic.max_message_bytes // 2**20} MiB"
    ahead = settings.get("message.timestamp.after.max.ms")
    time = f"at most {int(ahead) // 60_000} minutes ahead of the broker's clock" if ahead else "any"
    letters = f"`{topic.dead_letters}`" if topic.dead_letters else "none"
    return f"| `{topic.name}` | {records} | {size} | {time} | {letters} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
