"""The gateway's own tables on PostgreSQL: keys, the audit, seals and their erasure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import URL, Engine

from services.gateway.auditing import Audit
from services.gateway.auth import store
from services.gateway.sealing import Sealing
from services.gateway.tables import GATEWAY
from services.gateway.who import Scope
from services.gateway.wrapping import Wrapping
from services.ledger import database
from tests.builders import report
from tests.databases import postgres_url, server

__all__ = ["postgres_url", "server"]

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def postgres(postgres_url: URL) -> Iterator[Engine]:
    """The gateway's database on a server."""
    found = database.connect(postgres_url, GATEWAY)
    yield found
    found.dispose()


def test_keys_are_made_rotated_and_revoked(postgres: Engine) -> None:
    made = store.create(postgres, "mission", frozenset({Scope.READ}), NOW)
    new, old = store.rotate(postgres, made.key.key_id, NOW, timedelta(days=7))
    ended = store.revoke(postgres, new.key.key_id, NOW)
    assert store.every(postgres) in ((old, ended), (ended, old))


def test_the_audit_is_paged(postgres: Engine) -> None:
    audit = Audit(postgres, lambda: NOW)
    for n in range(3):
        audit.add("a\x00", "act", f"I-{n}", "200")
    assert [e.subject for e in audit.page(1, 5)] == ["I-1", "I-2"]


def test_seals_are_made_opened_and_erased(postgres: Engine) -> None:
    sealing, other = Sealing(postgres, Wrapping(None)), Sealing(postgres, Wrapping(None))
    said = report(sources=({"name": "Witness"},))
    sealed = sealing.seal(said)
    assert other.seal(said) == sealed
    assert other.unseal(sealed) == said
    assert other.erase("I-1")
    assert not sealing.erase("I-1")
    assert "Witness" not in repr(sealing.unseal(sealed))
    assert sealing.seal(said) == sealed.model_copy(update={"sealed": None})
