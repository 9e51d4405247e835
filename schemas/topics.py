"""The one table of every topic: name, key, model, cleanup, writers, readers, dead letters."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from schemas.assessment import Assessment
from schemas.command import COMMAND
from schemas.delivery import Delivery
from schemas.event import AlertEvent, IncidentEvent
from schemas.observation import OBSERVATION
from schemas.rejection import Rejection

_PRESENT = {"message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": "3600000"}
"""The broker refuses a record time more than an hour ahead; any past is welcome, for replays.

The fold's only clock is record time: one from the future would make all that follows count as of
then. A worker cannot refuse it by its own clock, since a later replay would decide otherwise.
Apache Kafka knows the setting from 3.6 on.
"""

OUTSIDERS = frozenset({"upstream systems", "operators", "anyone"})
"""Those of ``written_by`` and ``read_by`` whose programs are not ours to upgrade."""


@dataclass(frozen=True, eq=False)
class Topic:
    """One topic of the log; two topics are equal only when they are one."""

    name: str
    key: str
    value: TypeAdapter[Any]
    what: str
    version: int
    cleanup: Literal["delete", "compact"]
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    dead_letters: str | None = None
    event_type: str | None = None
    """CloudEvents ``type`` without its version; None where ``schema_version`` says the version."""
    modes: tuple[Literal["structured", "binary"], ...] = ()
    """In which modes of CloudEvents' Kafka binding an event comes; none where a value is none."""
    max_message_bytes: int = 1_048_576
    config: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, str]:
        """Kafka's topic settings; what is not compacted is kept for ever."""
        kept = {"retention.ms": "-1", "retention.bytes": "-1"} if self.cleanup == "delete" else {}
        return {
            "cleanup.policy": self.cleanup,
            "max.message.bytes": str(self.max_message_bytes),
            **kept,
            **self.config,
        }


def _of(model: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(model)


INCIDENTS = Topic(
    name="incidents",
    key="incident id",
    value=_of(IncidentEvent),
    what="one revision of one incident, a CloudEvent in structured or binary mode",
    version=1,
    cleanup="delete",
    # The notifier reports its heartbeats.
    written_by=("upstream systems", "gateway", "importers", "notifier", "replay"),
    read_by=("risk worker", "ledger"),
    dead_letters="incidents.rejected",
    event_type="forewarn.incident",
    modes=("structured", "binary"),
    max_message_bytes=16 * 1_048_576,
    config=_PRESENT,
)
REJECTED = Topic(
    name="incidents.rejected",
    key="the source record's key",
    value=_of(Rejection),
    what="a record that was not folded: original bytes, reason, topic, partition, offset",
    version=1,
    cleanup="delete",
    written_by=("risk worker",),
    read_by=("operators", "ledger"),
    # A rejected record at the limit of `incidents` grows by a third in base64.
    max_message_bytes=24 * 1_048_576,
)
OBSERVATIONS = Topic(
    name="observations",
    key="segment id",
    value=OBSERVATION,
    what="an incident asserted on or retracted from a segment, a command, or a tick",
    version=2,
    cleanup="delete",
    written_by=("risk worker", "replay"),
    read_by=("risk worker", "ledger"),
)
COMMANDS = Topic(
    name="commands",
    key="segment id",
    value=COMMAND,
    what="an operator's word on an alert, a silence, or whether two reports are one event",
    version=1,
    cleanup="delete",
    written_by=("operators", "gateway"),
    read_by=("risk worker", "ledger"),
    dead_letters="incidents.rejected",
    config=_PRESENT,
)
ASSESSMENTS = Topic(
    name="assessments",
    key="segment id",
    value=_of(Assessment),
    what="probability, level, explanation, model version and cause",
    version=1,
    # Kept for ever: what was said at a moment cannot be said again once the model has changed.
    cleanup="delete",
    written_by=("risk worker",),
    read_by=("demo", "ledger"),
)
ALERTS = Topic(
    name="alerts",
    key="segment id",
    value=_of(AlertEvent),
    what="an alert transition, a CloudEvent in structured mode: the notification topic",
    version=1,
    cleanup="delete",
    written_by=("risk worker",),
    read_by=("demo", "ledger", "notifier", "gateway", "anyone"),
    event_type="forewarn.alert",
    modes=("structured",),
)

DELIVERIES = Topic(
    name="deliveries",
    key="notification id",
    value=_of(Delivery),
    what="what came of each attempt to deliver a notification on a channel, or why none was made",
    version=1,
    cleanup="delete",
    written_by=("notifier",),
    read_by=("ledger",),
)

TOPICS: tuple[Topic, ...] = (
    INCIDENTS,
    REJECTED,
    OBSERVATIONS,
    COMMANDS,
    ASSESSMENTS,
    ALERTS,
    DELIVERIES,
)
