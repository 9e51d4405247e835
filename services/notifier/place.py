"""The notifier's own database: where it is, and what is in it."""

from pathlib import Path

from sqlalchemy import Engine

from services.ledger import database, migrate
from services.notifier.tables import metadata
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
