"""Opens the gateway's own database for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from services.gateway.tables import GATEWAY
from services.ledger import database
from services.settings import Settings


@contextmanager
def kept(settings: Settings) -> Iterator[Engine]:
    """Open the database that the settings name, and close it whatever happens.

    Raises
    ------
    LedgerUnavailable, SchemaDiffers
        It cannot be reached, or a newer version wrote it.
    """
    where = database.place(settings.gateway.url, settings.data_dir, GATEWAY)
    engine = database.connect(where, GATEWAY)
    try:
        yield engine
    finally:
        engine.dispose()
