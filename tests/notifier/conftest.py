"""A notifier's database of either kind."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine

from services.ledger import database
from services.notifier.place import NOTIFIER
from tests.databases import postgres_url, server, sqlite_url, where

__all__ = ["postgres_url", "server", "sqlite_url", "where"]


@pytest.fixture
def engine(where: URL) -> Iterator[Engine]:
    """The database with the notifier's schema."""
    found = database.connect(where, NOTIFIER)
    yield found
    found.dispose()
