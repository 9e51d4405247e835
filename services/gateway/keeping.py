"""Opens the gateway's own database, so that what it has said it keeps stays kept."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

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
    if where.get_backend_name() == "sqlite":
        engine.dispose()
        event.listen(engine, "connect", _lasting)
    try:
        yield engine
    finally:
        engine.dispose()


def _lasting(connection: object, _entry: object) -> None:
    # A power cut must not bring a revoked key back, nor take the key of a report that is in the
    # log: neither stands anywhere else.
    connection.execute("PRAGMA synchronous=FULL")  # type: ignore[attr-defined]
