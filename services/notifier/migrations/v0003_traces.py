"""The trace context of each transition: what is delivered of it goes on with that."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; what is there has none."""
    op.add_column("notifier_transitions", sa.Column("trace", sa.Text(), nullable=True))
