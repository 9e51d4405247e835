"""Who may do what by API key: scopes, expiry, rotation, revocation, and what refusals tell."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from services.gateway.auth import store
from services.gateway.auth.keyring import FRESH_S
from services.gateway.auth.keys import make, parse
from services.gateway.tables import keys
from services.gateway.who import IMPLIED, Scope
from tests.gateway.auth.asking import Asking, bearer
from tests.gateway.auth.conftest import NOW, Moment


def _key(own: Engine, *scopes: Scope, days: float | None = None) -> str:
    until = None if days is None else NOW + timedelta(days=days)
    return store.create(own, "mission", frozenset(scopes), NOW, until).text


@pytest.mark.parametrize("held", Scope)
@pytest.mark.parametrize("needed", Scope)
async def test_a_key_may_do_what_its_scope_holds_and_nothing_else(
    gateway: Asking, own: Engine, held: Scope, needed: Scope
) -> None:
    key = _key(own, held)
    async with gateway() as client:
        answer = await client.get(f"/{needed}", headers=bearer(key))

    assert answer.status_code == (200 if needed in IMPLIED[held] else 403)
    if answer.status_code == 403:
        assert repr(needed.value) in answer.json()["detail"]
        assert f'scope="{needed}"' in answer.headers["www-authenticate"]


def _wrong(key: str, how: str) -> dict[str, str]:
    flipped = key[:-1] + ("0" if key[-1] != "0" else "1")
    return {
        "missing": {},
        "no scheme": {"Authorization": key},
        "another scheme": {"Authorization": f"Basic {key}"},
        "nothing after the scheme": {"Authorization": "Bearer "},
        "not written as a key": bearer(key[:-3]),
        "another secret": bearer(flipped),
        "another id": bearer("fwk_" + "0" * 12 + key[16:]),
    }[how]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("missing", "Authorization: missing"),
        ("no scheme", "expected 'Bearer'"),
        ("another scheme", "expected 'Bearer'"),
        ("nothing after the scheme", "expected 'Bearer'"),
        ("not written as a key", "not written as one of ours"),
        ("another secret", "not known"),
        ("another id", "not known"),
    ],
)
async def test_who_does_not_say_who_they_are_is_told_what_is_wrong_without_the_secret(
    gateway: Asking, own: Engine, how: str, told: str
) -> None:
    key = _key(own, Scope.ADMIN)
    async with gateway() as client:
        answer = await client.get("/read", headers=_wrong(key, how))

    assert answer.status_code == 401
    assert told in answer.json()["detail"]
    assert answer.headers["www-authenticate"].startswith('Bearer realm="forewarn"')
    assert ("error=" in answer.headers["www-authenticate"]) == (how != "missing")
    shown = f"{answer.text} {dict(answer.headers)}"
    assert key[17:-3] not in shown


async def test_an_unknown_key_and_a_wrong_secret_are_answered_alike(
    gateway: Asking, own: Engine
) -> None:
    key = _key(own, Scope.ADMIN)
    async with gateway() as client:
        answers = [
            await client.get("/read", headers=_wrong(key, how))
            for how in ("another secret", "another id")
        ]
    told = [
        {k: v for k, v in a.headers.items() if k != "x-request-id"}
        | {k: v for k, v in a.json().items() if k != "request_id"}
        for a in answers
    ]
    assert told[0] == told[1]
    assert answers[0].status_code == 401


async def test_a_key_expires_to_the_second(gateway: Asking, own: Engine, moment: Moment) -> None:
    key = _key(own, Scope.READ, days=90)
    async with gateway() as client:
        moment.passes(days=90, seconds=-1)
        assert (await client.get("/read", headers=bearer(key))).status_code == 200
        moment.passes(seconds=1)
        answer = await client.get("/read", headers=bearer(key))

    assert answer.status_code == 401
    assert "expired at 2026-05-30 12:00:00 UTC" in answer.json()["detail"]


async def test_a_revoked_key_is_refused_by_every_process_within_two_seconds(
    gateway: Asking, own: Engine, moment: Moment
) -> None:
    made = store.create(own, "mission", frozenset({Scope.READ}), NOW)
    async with gateway() as one, gateway() as other:
        for client in (one, other):
            assert (await client.get("/read", headers=bearer(made.text))).status_code == 200
        store.revoke(own, made.key.key_id, moment.now)
        moment.passes(seconds=FRESH_S)
        for client in (one, other):
            answer = await client.get("/read", headers=bearer(made.text))
            assert answer.status_code == 401
            assert "was revoked" in answer.json()["detail"]
    assert FRESH_S <= 2


async def test_a_key_that_was_just_made_opens_at_once(
    gateway: Asking, own: Engine, moment: Moment
) -> None:
    first = _key(own, Scope.READ)
    async with gateway() as client:
        await client.get("/read", headers=bearer(first))
        moment.passes(seconds=0.3)
        second = _key(own, Scope.READ)
        assert (await client.get("/read", headers=bearer(second))).status_code == 200


async def test_rotation_lets_both_keys_count_until_the_overlap_is_over(
    gateway: Asking, own: Engine, moment: Moment
) -> None:
    old = _key(own, Scope.OPERATE)
    made, ending = store.rotate(own, old[4:16], moment.now, timedelta(days=7))

    assert (made.key.name, made.key.scopes) == (ending.name, ending.scopes)
    async with gateway() as client:
        moment.passes(days=7, seconds=-1)
        for key in (old, made.text):
            assert (await client.get("/operate", headers=bearer(key))).status_code == 200
        moment.passes(seconds=1)
        assert (await client.get("/operate", headers=bearer(old))).status_code == 401
        assert (await client.get("/operate", headers=bearer(made.text))).status_code == 200


def test_rotation_keeps_the_lifetime_and_lengthens_no_old_key(own: Engine) -> None:
    old = _key(own, Scope.READ, days=3)
    made, ending = store.rotate(own, old[4:16], NOW + timedelta(days=1), timedelta(days=7))

    assert ending.expires_at == NOW + timedelta(days=3)
    assert made.key.expires_at == NOW + timedelta(days=4)


def test_a_key_that_has_ended_is_not_rotated(own: Engine) -> None:
    old = _key(own, Scope.READ, days=3)
    with pytest.raises(store.KeyEnded, match=r"expired.*forewarn keys create"):
        store.rotate(own, old[4:16], NOW + timedelta(days=3), timedelta())
    with pytest.raises(store.UnknownKey) as refused:
        store.revoke(own, old, NOW)
    assert old[17:] not in str(refused.value)


async def test_once_there_was_a_key_its_revocation_opens_nothing(
    gateway: Asking, own: Engine
) -> None:
    made = store.create(own, "only", frozenset({Scope.ADMIN}), NOW)
    store.revoke(own, made.key.key_id, NOW)
    async with gateway() as client:
        assert (await client.get("/read")).status_code == 401


async def test_nobody_is_let_in_while_the_keys_cannot_be_read(
    gateway: Asking, own: Engine, moment: Moment
) -> None:
    key = _key(own, Scope.READ)
    async with gateway() as client:
        assert (await client.get("/read", headers=bearer(key))).status_code == 200
        with own.begin() as connection:
            connection.execute(text("ALTER TABLE gateway_keys RENAME TO elsewhere"))
        moment.passes(seconds=FRESH_S)
        answer = await client.get("/read", headers=bearer(key))

    assert answer.status_code == 503
    assert answer.json()["type"] == "/v1/problems/identity-away"


def test_nothing_that_is_kept_or_shown_holds_a_secret(own: Engine) -> None:
    made = store.create(own, "mission", frozenset({Scope.READ}), NOW)
    secret = made.text[17:]
    presented = parse(made.text)
    assert presented is not None
    assert len(bytes.fromhex(presented.secret)) == 32
    for shown in (repr(made), str(made), repr(presented), repr(made.key), repr(store.every(own))):
        assert secret not in shown
        assert repr(made.key.hash) not in shown
    with own.connect() as connection:
        assert secret not in repr(connection.execute(select(keys)).all())


def test_no_two_keys_are_alike() -> None:
    made = [make("a", frozenset(), NOW, None) for _ in range(100)]
    assert len({m.text[17:] for m in made}) == len({m.key.key_id for m in made}) == 100


async def test_a_header_of_many_megabytes_is_refused_quickly(gateway: Asking, own: Engine) -> None:
    _key(own, Scope.READ)
    async with gateway() as client:
        answer = await client.get("/read", headers=bearer("fwk_" + "a" * 5_000_000))
    assert answer.status_code == 401
    assert len(answer.content) < 1_000
