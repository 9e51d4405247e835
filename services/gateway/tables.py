"""The gateway's own tables: keys, what was answered to repeats, the audit, secrets.

Their names have a prefix, so that one PostgreSQL database may hold the ledger too.
"""

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from services.ledger import database, migrate
from services.ledger.tables import NAMING, Micros

metadata = MetaData(naming_convention=NAMING)

keys = Table(
    "gateway_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # SHA-256 of a random 256-bit secret: there is nothing to guess that a slow hash would guard.
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("expires_at", Micros),
    Column("revoked_at", Micros),
)

answered = Table(
    "gateway_answered",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    # Null while the first request is still being answered.
    Column("response", LargeBinary),
    Column("expires_at", Micros, nullable=False),
    Index(None, "expires_at"),
)

audit = Table(
    "gateway_audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Micros, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Index(None, "at"),
)

secrets = Table(
    "gateway_secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

sealing = Table(
    "gateway_sealing",
    metadata,
    Column("incident_id", Text, primary_key=True),
    # Null once it has been discarded: what it sealed can never be read again.
    Column("key", LargeBinary),
    Column("created_at", Micros, nullable=False),
    Column("discarded_at", Micros),
)

GATEWAY = database.Kind(
    "gateway",
    "FOREWARN_GATEWAY__URL",
    "forewarn gateway run",
    "point FOREWARN_GATEWAY__URL at an empty database; keys must then be made again",
    migrate.Schema(metadata, Path(__file__).with_name("migrations"), "gateway_version"),
)
