"""Brings a database to the schema of this version, and refuses one of a newer version."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from services.faults import Fault
from services.ledger.tables import metadata

_LOCK = 0x464F5245
"""Any number that nobody else locks in the same PostgreSQL database."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A set of tables, with the folder of its migrations and the table that says which are made."""

    metadata: MetaData
    folder: Path
    version_table: str = "alembic_version"


LEDGER = Schema(metadata, Path(__file__).with_name("migrations"))


class SchemaDiffers(Fault):
    """The database was written by a version with other tables."""


def current(connection: Connection, schema: Schema = LEDGER) -> tuple[str, ...]:
    """Return the revision that the database has of a schema: empty where it has none yet."""
    options = {"version_table": schema.version_table}
    return MigrationContext.configure(connection, opts=options).get_current_heads()


def known(schema: Schema) -> tuple[str, ...]:
    """Return the revisions of a schema that this version knows, the last one last."""
    return tuple(script.revision for script in _scripts(schema).walk_revisions())[::-1]


def upgrade(connection: Connection, shown: str, advice: str, schema: Schema) -> None:
    """Apply the migrations that are missing, within the transaction of ``connection``.

    Parameters
    ----------
    shown
        What is kept there and the database's URL for messages, without its password.
    advice
        What to do about a database of a newer version, beside upgrading.

    Raises
    ------
    SchemaDiffers
        The database holds a revision that this version does not know.
    """
    if connection.dialect.name == "postgresql":
        # Two ledgers may start at once; SQLite's transaction already lets only one write.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    scripts, ours = _scripts(schema), known(schema)
    newer = [revision for revision in current(connection, schema) if revision not in ours]
    if newer:
        msg = (
            f"{shown}: its schema is {newer[0]!r}, from a newer Forewarn; this one knows up to "
            f"{ours[-1]!r}. Upgrade Forewarn, or {advice}"
        )
        raise SchemaDiffers(msg)

    def missing(revision: Any, _context: MigrationContext) -> list[RevisionStep]:
        return list(scripts._upgrade_revs("head", revision))

    with EnvironmentContext(Config(), scripts, fn=missing) as environment:
        environment.configure(
            connection=connection,
            target_metadata=schema.metadata,
            version_table=schema.version_table,
        )
        environment.run_migrations()


def _scripts(schema: Schema) -> ScriptDirectory:
    folder = str(schema.folder)
    return ScriptDirectory(folder, version_locations=[folder])
