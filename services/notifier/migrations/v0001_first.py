"""The first schema: the place in the log, alerts, groups, what is to be sent and to be reported."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "notifier_places",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("history_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", name=op.f("pk_notifier_places")),
    )
    op.create_table(
        "notifier_alerts",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("known", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_notifier_alerts")),
    )
    op.create_index(op.f("ix_notifier_alerts_ended"), "notifier_alerts", ["ended"], unique=False)
    op.create_table(
        "notifier_transitions",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "sequence", name=op.f("pk_notifier_transitions")),
    )
    op.create_table(
        "notifier_groups",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_notifier_groups")),
    )
    op.create_table(
        "notifier_told",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "group_id", name=op.f("pk_notifier_told")),
    )
    op.create_table(
        "notifier_outbox",
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("traffic", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("notification_id", "channel", name=op.f("pk_notifier_outbox")),
    )
    op.create_index(
        op.f("ix_notifier_outbox_state_receiver_channel_next_attempt_at"),
        "notifier_outbox",
        ["state", "receiver", "channel", "next_attempt_at"],
        unique=False,
    )
    op.create_table(
        "notifier_reports",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notifier_reports")),
    )
    op.create_table(
        "notifier_disabled",
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receiver", "channel", name=op.f("pk_notifier_disabled")),
    )
    op.create_table(
        "notifier_notes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notifier_notes")),
    )
