"""The first schema: keys, answers to repeats, the audit, secrets, sealing keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "gateway_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_gateway_keys")),
    )
    op.create_table(
        "gateway_answered",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("response", sa.LargeBinary()),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "idempotency_key", name=op.f("pk_gateway_answered")),
    )
    op.create_index(
        op.f("ix_gateway_answered_expires_at"), "gateway_answered", ["expires_at"], unique=False
    )
    op.create_table(
        "gateway_audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_gateway_audit")),
    )
    op.create_index(op.f("ix_gateway_audit_at"), "gateway_audit", ["at"], unique=False)
    op.create_table(
        "gateway_secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gateway_secrets")),
    )
    op.create_table(
        "gateway_sealing",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("discarded_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_gateway_sealing")),
    )
