"""The notifier's own database: where it is, and what is in it."""

from pathlib import Path

from sqlalchemy import Engine, delete, insert

from services.ledger import database, migrate
from services.notifier.tables import metadata, places
from services.settings import Settings

NOTIFIER = database.Kind(
    "notifier",
    "FOREWARN_NOTIFIER__URL",
    "forewarn notifier run",
    "point FOREWARN_NOTIFIER__URL at an empty database: it then tells what is open",
    migrate.Schema(metadata, Path(__file__).with_name("migrations"), "notifier_version"),
)


def opened(settings: Settings, *, create: bool = False) -> Engine:
    """Return the notifier's database with its schema up to date.

    Raises
    ------
    LedgerUnavailable
        It cannot be reached, or, without ``create``, there is none yet.
    """
    where = database.place(settings.notifier.url, settings.data_dir, NOTIFIER)
    return database.connect(where, NOTIFIER, create=create)


def reread(engine: Engine, partitions: int) -> None:
    """Let the next run read the topic from its beginning: it is another one with the same alerts.

    What is known stays known, so that nobody is told again; what was never heard is told.
    """
    rows = [{"partition": n, "next_offset": 0, "history_until": 0} for n in range(partitions)]
    with database.writing(engine) as connection:
        connection.execute(delete(places))
        connection.execute(insert(places), rows)
