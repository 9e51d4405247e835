"""Who may look: those whom the API knows, and those who have shown a key."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import Request
from sqlalchemy import Engine

from services.console.entering import sign_in, who
from services.console.looking import KEY_ID
from services.console.signing import inside
from services.gateway import problems
from services.gateway.auth import store
from services.gateway.auth.identify import Authentication
from services.gateway.auth.keyring import Keyring
from services.gateway.auth.keys import Made
from services.gateway.problems import Problem
from services.gateway.tables import GATEWAY
from services.gateway.who import LOCAL, Scope, anyone_here
from services.ledger import database
from tests.builders import NOON, at


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Engine]:
    """The gateway's own database, without keys."""
    engine = database.connect(database.place(None, tmp_path, GATEWAY), GATEWAY)
    yield engine
    engine.dispose()


async def test_without_keys_whoever_is_at_the_machine_looks(own: Engine) -> None:
    assert await who(_identify(own), _asked("127.0.0.1"), {}) is LOCAL


@pytest.mark.parametrize("host", ["192.0.2.7", "::ffff:192.0.2.7"])
async def test_without_keys_nobody_else_looks(own: Engine, host: str) -> None:
    with pytest.raises(Problem) as refused:
        await who(_identify(own), _asked(host), {})
    assert refused.value.kind is problems.FORBIDDEN


async def test_a_name_that_is_let_lead_here_is_not_the_machine(own: Engine) -> None:
    with pytest.raises(Problem):
        await who(_identify(own), _asked("127.0.0.1", host="evil.example"), {})


async def test_with_keys_one_signs_in_and_only_the_id_of_the_key_is_kept(own: Engine) -> None:
    key, kept = _key(own, Scope.READ), dict[str, str]()
    with pytest.raises(Problem) as refused:
        await who(_identify(own), _asked("127.0.0.1"), kept)
    assert refused.value.kind is problems.UNAUTHENTICATED
    await sign_in(_identify(own), f" {key.text}\n", kept)
    assert kept == {KEY_ID: key.key.key_id}
    assert (await who(_identify(own), _asked("192.0.2.7"), kept)).name == "desk"


async def test_a_key_that_may_not_read_opens_nothing(own: Engine) -> None:
    kept = dict[str, str]()
    with pytest.raises(Problem) as refused:
        await sign_in(_identify(own), _key(own, Scope.PUBLISH).text, kept)
    assert refused.value.kind is problems.FORBIDDEN
    assert not kept


async def test_a_key_that_was_revoked_is_forgotten(own: Engine) -> None:
    key = _key(own, Scope.READ)
    kept = {KEY_ID: key.key.key_id}
    store.revoke(own, key.key.key_id, at(1))
    with pytest.raises(Problem) as refused:
        await who(_identify(own), _asked("127.0.0.1"), kept)
    assert refused.value.kind is problems.UNAUTHENTICATED
    assert not kept


async def test_a_key_that_has_expired_opens_no_longer(own: Engine) -> None:
    made = store.create(own, "desk", frozenset({Scope.READ}), NOON, at(1))
    with pytest.raises(Problem):
        await sign_in(_identify(own), made.text, {})


async def test_a_gateway_that_knows_no_keys_takes_none() -> None:
    with pytest.raises(Problem):
        await sign_in(anyone_here, "fwk_", {})


@pytest.mark.parametrize("path", ["https://example.org/", "//example.org", "/\\example.org", ""])
def test_signing_in_leads_nowhere_else(path: str) -> None:
    assert inside(path) == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for() -> None:
    assert inside("/segment/KGZ-TJK-050-07") == "/segment/KGZ-TJK-050-07"


def _identify(own: Engine) -> Authentication:
    return Authentication(Keyring(own), lambda: NOON + timedelta(days=1))


def _key(own: Engine, scope: Scope) -> Made:
    return store.create(own, "desk", frozenset({scope}), NOON)


def _asked(client: str, host: str = "localhost:8080") -> Request:
    return Request(
        {
            "type": "http",
            "scheme": "http",
            "method": "GET",
            "path": "/console/",
            "query_string": b"",
            "headers": [(b"host", host.encode())],
            "client": (client, 50_000),
            "server": ("127.0.0.1", 8080),
        }
    )
