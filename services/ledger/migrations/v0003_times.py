"""What is asked of the whole ledger: when anything was said, and who has seen an alert."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Index the assessments by time, and the commands by alert."""
    for table, *columns in (("assessments", "traffic", "recorded_at"), ("commands", "alert_id")):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)
