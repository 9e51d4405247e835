"""A ledger on either kind of database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine

from services.ledger import database
from services.ledger.store import Store
from tests.databases import postgres_url, server, sqlite_url, where

__all__ = ["postgres_url", "server", "sqlite_url", "where"]


@pytest.fixture
def engine(where: URL) -> Iterator[Engine]:
    """The database with the ledger's schema."""
    found = database.connect(where)
    yield found
    found.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    """The ledger to fill."""
    return Store(engine)
