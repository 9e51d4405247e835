"""Brings a database to the schema of this version, and refuses one of a newer version."""

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from services.faults import Fault
from services.ledger.tables import metadata

_FOLDER = Path(__file__).with_name("migrations")

_LOCK = 0x464F5245
"""Any number that nobody else locks in the same PostgreSQL database."""


class SchemaDiffers(Fault):
    """The database was written by a version with other tables."""


def current(connection: Connection) -> tuple[str, ...]:
    """Return the schema revision of the database: empty where there is no ledger yet."""
    return MigrationContext.configure(connection).get_current_heads()


def upgrade(connection: Connection, shown: str) -> None:
    """Apply the migrations that are missing, within the transaction of ``connection``.

    Parameters
    ----------
    shown
        The database's URL for messages, without its password.

    Raises
    ------
    SchemaDiffers
        The database holds a revision that this version does not know.
    """
    if connection.dialect.name == "postgresql":
        # Two ledgers may start at once; SQLite's transaction already lets only one write.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    scripts = ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER)])
    known = {script.revision for script in scripts.walk_revisions()}
    newer = [revision for revision in current(connection) if revision not in known]
    if newer:
        msg = (
            f"ledger {shown}: its schema is {newer[0]!r}, from a newer Forewarn; this one knows up "
            f"to {scripts.get_current_head()!r}. Upgrade Forewarn, or point FOREWARN_LEDGER__URL "
            "at an empty database and run: forewarn ledger rebuild"
        )
        raise SchemaDiffers(msg)

    def missing(revision: Any, _context: MigrationContext) -> list[RevisionStep]:
        return list(scripts._upgrade_revs("head", revision))

    with EnvironmentContext(Config(), scripts, fn=missing) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()
