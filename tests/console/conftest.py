"""A ledger without records."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.ledger import database
from services.settings import Settings


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Engine]:
    """An empty read model."""
    engine = database.connect(database.url(Settings(data_dir=tmp_path)))
    yield engine
    engine.dispose()
