"""When each alert was last heard of, and its traffic: by these is known what may be forgotten."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; what is there counts as heard of now, and as of traffic that is kept."""
    op.add_column("notifier_alerts", sa.Column("traffic", sa.Text(), nullable=True))
    op.add_column("notifier_alerts", sa.Column("heard_at", sa.BigInteger(), nullable=True))
    now = time.time_ns() // 1_000
    op.execute(sa.text("UPDATE notifier_alerts SET heard_at = :now").bindparams(now=now))
    op.create_index(
        op.f("ix_notifier_alerts_traffic_heard_at"), "notifier_alerts", ["traffic", "heard_at"]
    )
