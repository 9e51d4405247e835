"""The tables of the ledger: one a topic, and how far each partition has been read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    COMMANDS,
    DELIVERIES,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Return a moment as whole microseconds since 1970 (UTC)."""
    return (at - _EPOCH) // _MICROSECOND


def of_micros(number: int) -> datetime:
    """Return the moment of a number of microseconds since 1970.

    Raises
    ------
    OverflowError
        No calendar has it.
    """
    return _EPOCH + number * _MICROSECOND


class Micros(TypeDecorator[datetime]):
    """A moment as whole microseconds since 1970 (UTC).

    Both databases keep and compare whole numbers alike; their own types of time differ in range,
    in precision and in what becomes of the offset.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Return microseconds; a time without an offset is refused, since it names no moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"time: {value.isoformat()} has no offset; give one, e.g. {value.isoformat()}Z"
            raise ValueError(msg)
        return micros(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else of_micros(value)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""How indexes and constraints are named in every database of ours."""

metadata = MetaData(naming_convention=NAMING)


def _place(prefix: str = "", *, key: bool = False, optional: bool = False) -> list[Column[Any]]:
    """Return the columns that say where a record stands in its topic."""
    return [
        Column(
            f"{prefix}{name}", BigInteger, primary_key=key, autoincrement=False, nullable=optional
        )
        for name in ("partition", "offset")
    ]


def _required(*names: str) -> list[Column[Any]]:
    return [Column(name, Text, nullable=False) for name in names]


def _of_topic(name: str, *rest: Column[Any] | Index | UniqueConstraint) -> Table:
    """Return a table whose rows are the records of one topic, each with its original bytes."""
    return Table(
        name,
        metadata,
        *_place(key=True),
        Column("recorded_at", Micros, nullable=False),
        Column("value", LargeBinary, nullable=False),
        *rest,
    )


# There are no foreign keys: topics arrive in any interleaving, so that an effect may stand here
# before its cause does.

offsets = Table(
    "offsets",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", BigInteger, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    # From here on nothing is missing: what the log no longer had when it was read lies before.
    Column("first_offset", BigInteger, nullable=False),
)

incidents = _of_topic(
    "incidents",
    *_required("incident_id"),
    Column("revision", Integer, nullable=False),
    *_required("status", "traffic"),
    Column("occurred_start", Micros),
    Column("occurred_end", Micros),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("place_name", Text),
    Column("event_type", Text),
    Column("sub_event_type", Text),
    # In binary mode the attributes of a CloudEvent are headers: without them it is not whole.
    Column("headers", LargeBinary, nullable=False),
    Index(None, "incident_id", "revision"),
    Index(None, "recorded_at"),
    Index(None, "traffic", "occurred_start", "incident_id"),
)

rejections = _of_topic(
    "rejections",
    *_required("reason", "source_topic"),
    *_place("source_"),
    Index(None, "source_partition", "source_offset"),
    Index(None, "reason", "recorded_at"),
)

observations = _of_topic(
    "observations",
    *_required("segment_id", "traffic", "kind"),
    Column("incident_id", Text),
    # Whether an incident lies on the segment itself, and not on one nearby; null where none does.
    Column("own", Boolean),
    Column("cause_topic", Text),
    *_place("cause_", optional=True),
    Index(None, "segment_id", "traffic", "recorded_at"),
    Index(None, "incident_id"),
)

commands = _of_topic(
    "commands",
    *_required("segment_id", "traffic", "kind"),
    *(Column(name, Text) for name in ("incident_id", "corroborates", "alert_id", "silence_id")),
    Index(None, "segment_id", "traffic", "recorded_at"),
    Index(None, "alert_id"),
)

assessments = _of_topic(
    "assessments",
    *_required("segment_id", "traffic", "level", "model_version"),
    Column("escalation_14d", Double, nullable=False),
    Column("fatal_7d", Double, nullable=False),
    Column("fatal_14d", Double, nullable=False),
    *_place("observation_"),
    Index(None, "segment_id", "traffic", "recorded_at"),
    Index(None, "traffic", "recorded_at"),
)

alerts = _of_topic(
    "alerts",
    *_required("alert_id"),
    Column("sequence", BigInteger, nullable=False),
    *_required("segment_id", "border_id", "traffic", "transition", "level", "previous_level"),
    Column("opened_at", Micros, nullable=False),
    UniqueConstraint("alert_id", "sequence"),
    Index(None, "recorded_at"),
    Index(None, "segment_id", "traffic", "recorded_at"),
    Index(None, "border_id", "traffic", "recorded_at"),
    Index(None, "traffic", "opened_at", "alert_id"),
)

deliveries = _of_topic(
    "deliveries",
    *_required("notification_id", "receiver", "channel", "traffic", "outcome"),
    Column("attempt", BigInteger, nullable=False),
    Index(None, "notification_id"),
    Index(None, "receiver", "recorded_at"),
    Index(None, "recorded_at"),
)

contradictions = _of_topic(
    "contradictions",
    *_required("alert_id"),
    Column("sequence", BigInteger, nullable=False),
    *_place("stands_"),
)

unreadable = Table(
    "unreadable",
    metadata,
    Column("topic", Text, primary_key=True),
    *_place(key=True),
    Column("recorded_at", Micros, nullable=False),
    Column("fault", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

OF_TOPIC = {
    INCIDENTS.name: incidents,
    REJECTED.name: rejections,
    OBSERVATIONS.name: observations,
    COMMANDS.name: commands,
    ASSESSMENTS.name: assessments,
    ALERTS.name: alerts,
    DELIVERIES.name: deliveries,
}
"""The topics that the ledger reads, and where their records go."""

ROWS = (*OF_TOPIC.values(), contradictions, unreadable)
"""Every table that a rebuild empties."""
