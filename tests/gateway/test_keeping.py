"""The gateway's own database keeps what it has said that it keeps, also through a power cut."""

from sqlalchemy import text

from services.gateway.keeping import kept
from services.ledger.database import reading
from services.settings import Settings

FULL = 2
"""What SQLite calls waiting for the disk with each transaction."""


def test_each_transaction_is_on_the_disk_before_it_counts(settings: Settings) -> None:
    with kept(settings) as own, reading(own) as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == FULL
