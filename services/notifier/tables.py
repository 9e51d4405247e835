"""The tables of the notifier: its place in the log, alerts, groups, and what is to be sent.

Their names have a prefix, so that one PostgreSQL database may hold the ledger too.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from services.ledger.tables import NAMING, Micros

metadata = MetaData(naming_convention=NAMING)

places = Table(
    "notifier_places",
    metadata,
    Column("partition", BigInteger, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    # Records below were there when the notifier first read the log.
    Column("history_until", BigInteger, nullable=False),
)

alerts = Table(
    "notifier_alerts",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("ended", Boolean, nullable=False),
    Column("known", LargeBinary, nullable=False),
    # Unset: heard of before traffic was noted here.
    Column("traffic", Text),
    # When its last transition came here: its own times are those of the log.
    Column("heard_at", Micros),
    Index(None, "ended"),
    Index(None, "traffic", "heard_at"),
)

transitions = Table(
    "notifier_transitions",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("value", LargeBinary, nullable=False),
    # The trace context of its record; unset: it had none.
    Column("trace", Text),
)

groups = Table(
    "notifier_groups",
    metadata,
    Column("group_id", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

told = Table(
    "notifier_told",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("group_id", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

outbox = Table(
    "notifier_outbox",
    metadata,
    Column("notification_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("traffic", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Micros, nullable=False),
    # Of what is settled: since when it is.
    Column("next_attempt_at", Micros, nullable=False),
    Column("reason", Text),
    Index(None, "state", "receiver", "channel", "next_attempt_at"),
)

reports = Table(
    "notifier_reports",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("notification_id", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

disabled = Table(
    "notifier_disabled",
    metadata,
    Column("receiver", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("since", Micros, nullable=False),
    Column("reason", Text, nullable=False),
)

notes = Table(
    "notifier_notes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
