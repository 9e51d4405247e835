"""The first schema: a table a topic, the offsets, and what could not be taken in."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "alerts",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("border_id", sa.Text(), nullable=False),
        sa.Column("traffic", sa.Text(), nullable=False),
        sa.Column("transition", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("previous_level", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_alerts")),
        sa.UniqueConstraint("alert_id", "sequence", name=op.f("uq_alerts_alert_id_sequence")),
    )
    op.create_index(
        op.f("ix_alerts_border_id_traffic_recorded_at"),
        "alerts",
        ["border_id", "traffic", "recorded_at"],
        unique=False,
    )
    op.create_index(op.f("ix_alerts_recorded_at"), "alerts", ["recorded_at"], unique=False)
    op.create_index(
        op.f("ix_alerts_segment_id_traffic_recorded_at"),
        "alerts",
        ["segment_id", "traffic", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "assessments",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("traffic", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("escalation_14d", sa.Double(), nullable=False),
        sa.Column("fatal_7d", sa.Double(), nullable=False),
        sa.Column("fatal_14d", sa.Double(), nullable=False),
        sa.Column("observation_partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("observation_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_assessments")),
    )
    op.create_index(
        op.f("ix_assessments_segment_id_traffic_recorded_at"),
        "assessments",
        ["segment_id", "traffic", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "commands",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("traffic", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("corroborates", sa.Text(), nullable=True),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("silence_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_commands")),
    )
    op.create_index(
        op.f("ix_commands_segment_id_traffic_recorded_at"),
        "commands",
        ["segment_id", "traffic", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "contradictions",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("stands_partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stands_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_contradictions")),
    )
    op.create_table(
        "deliveries",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("traffic", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_deliveries")),
    )
    op.create_index(
        op.f("ix_deliveries_notification_id"), "deliveries", ["notification_id"], unique=False
    )
    op.create_index(
        op.f("ix_deliveries_receiver_recorded_at"),
        "deliveries",
        ["receiver", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "incidents",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("traffic", sa.Text(), nullable=False),
        sa.Column("occurred_start", sa.BigInteger(), nullable=True),
        sa.Column("occurred_end", sa.BigInteger(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("place_name", sa.Text(), nullable=True),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_incidents")),
    )
    op.create_index(
        op.f("ix_incidents_incident_id_revision"),
        "incidents",
        ["incident_id", "revision"],
        unique=False,
    )
    op.create_index(op.f("ix_incidents_recorded_at"), "incidents", ["recorded_at"], unique=False)
    op.create_table(
        "observations",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("traffic", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("cause_topic", sa.Text(), nullable=True),
        sa.Column("cause_partition", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("cause_offset", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_observations")),
    )
    op.create_index(
        op.f("ix_observations_incident_id"), "observations", ["incident_id"], unique=False
    )
    op.create_index(
        op.f("ix_observations_segment_id_traffic_recorded_at"),
        "observations",
        ["segment_id", "traffic", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "offsets",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_offsets")),
    )
    op.create_table(
        "rejections",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_topic", sa.Text(), nullable=False),
        sa.Column("source_partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_rejections")),
    )
    op.create_index(
        op.f("ix_rejections_reason_recorded_at"),
        "rejections",
        ["reason", "recorded_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_rejections_source_partition_source_offset"),
        "rejections",
        ["source_partition", "source_offset"],
        unique=False,
    )
    op.create_table(
        "unreadable",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "offset", name=op.f("pk_unreadable")),
    )
