"""Bearer tokens of an identity provider, served on a real socket: what counts, and what never."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import Engine

from services.access_settings import Oidc
from services.gateway.auth import store
from services.gateway.auth.oidc import LEEWAY_S, Tokens
from services.gateway.auth.provider import ASK_AGAIN_S, FRESH_S, Provider
from services.gateway.who import Scope
from services.settings import Settings
from services.variables import BadSetting
from tests.gateway.auth.asking import Asking, bearer
from tests.gateway.auth.conftest import NOW, Moment
from tests.gateway.auth.identity_provider import AUDIENCE, IdentityProvider, forged


@pytest.fixture
async def idp() -> AsyncIterator[IdentityProvider]:
    """A provider that serves."""
    found = IdentityProvider()
    async with found.serving():
        yield found


@pytest.fixture
def tokens(idp: IdentityProvider, moment: Moment) -> Tokens:
    """What reads its tokens."""
    return _tokens(idp, moment)


def _tokens(idp: IdentityProvider, moment: Moment, **fields: Any) -> Tokens:
    oidc = Oidc(issuer=idp.issuer, audience=AUDIENCE, **fields)
    return Tokens(oidc, Provider(idp.issuer, moment.monotonic), moment.clock)


def _claims(idp: IdentityProvider, **fields: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    claims = {
        "iss": idp.issuer,
        "aud": [AUDIENCE, "another"],
        "sub": "ms-operator",
        "exp": now + 600,
        "nbf": now,
        "scope": "openid forewarn:operate",
    }
    return {k: v for k, v in (claims | fields).items() if v is not None}


async def test_a_token_names_its_caller_and_grants_what_is_mapped(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens
) -> None:
    async with gateway(tokens) as client:
        answer = await client.get("/operate", headers=bearer(idp.token(_claims(idp))))
        assert (answer.status_code, answer.json()) == (200, "ms-operator")
        refused = await client.get("/admin", headers=bearer(idp.token(_claims(idp))))
        assert refused.status_code == 403


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"iss": "https://elsewhere.example.org"}, "iss"),
        ({"iss": None}, "iss"),
        ({"exp": int(NOW.timestamp()) - LEEWAY_S - 1}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "never"}, "exp"),
        ({"nbf": int(NOW.timestamp()) + LEEWAY_S + 1}, "nbf"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": ["a"]}, "sub"),
    ],
)
async def test_a_token_for_others_or_for_another_time_is_refused_by_the_claims_name(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens, fields: dict[str, Any], named: str
) -> None:
    token = idp.token(_claims(idp, **fields))
    async with gateway(tokens) as client:
        answer = await client.get("/read", headers=bearer(token))

    assert answer.status_code == 401
    assert answer.json()["detail"].startswith(f"the bearer token: {named}: ")
    assert answer.headers["www-authenticate"] == 'Bearer realm="forewarn", error="invalid_token"'
    assert token.rsplit(".")[2] not in answer.text


async def test_clocks_may_differ_by_the_leeway(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens
) -> None:
    now = int(NOW.timestamp())
    claims = _claims(idp, exp=now - LEEWAY_S + 1, nbf=now + LEEWAY_S)
    async with gateway(tokens) as client:
        assert (await client.get("/read", headers=bearer(idp.token(claims)))).status_code == 200


async def test_a_token_that_the_provider_did_not_sign_is_refused(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens
) -> None:
    claims, first = _claims(idp, scope="forewarn:admin"), {"kid": "first"}
    stranger = IdentityProvider()
    stranger.keys = {"first": RSAKey.generate_key(2048, {"kid": "first"})}
    good = idp.token(claims)
    head, _, signature = good.split(".")
    other = forged({}, _claims(idp, sub="root")).split(".")[1]
    async with gateway(tokens) as client:
        for forgery in (
            forged({"alg": "none"} | first, claims),
            forged({"alg": "None"} | first, claims),
            forged({"alg": "HS256"} | first, claims, idp.public_pem()),
            forged({"alg": "HS256", "kid": "shared"}, claims, b"secret"),
            forged({"alg": "RS256", "jwk": {"kty": "oct", "k": "c2Vj"}} | first, claims, b"sec"),
            stranger.token(claims),
            f"{head}.{other}.{signature}",
            f"{head}.{good.split('.')[1]}.",
            "a.b.c",
            "not-a-token",
            "é" * 10,
            "." * 100,
            "a" * 20_000,
        ):
            header = [(b"Authorization", f"Bearer {forgery}".encode())]
            answer = await client.get("/read", headers=header)
            assert answer.status_code == 401, forgery
        assert (await client.get("/admin", headers=bearer(good))).status_code == 200


async def test_a_rotated_key_is_fetched_and_the_old_one_forgotten(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens, moment: Moment
) -> None:
    old = idp.token(_claims(idp))
    async with gateway(tokens) as client:
        assert (await client.get("/read", headers=bearer(old))).status_code == 200
        idp.rotate("second")
        moment.passes(seconds=ASK_AGAIN_S)
        new = idp.token(_claims(idp))
        assert (await client.get("/read", headers=bearer(new))).status_code == 200
        assert (await client.get("/read", headers=bearer(old))).status_code == 401
    assert idp.asked == 2


async def test_a_key_that_is_withdrawn_counts_no_longer_than_an_hour(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens, moment: Moment
) -> None:
    old = idp.token(_claims(idp, exp=int(NOW.timestamp()) + 2 * int(FRESH_S)))
    async with gateway(tokens) as client:
        assert (await client.get("/read", headers=bearer(old))).status_code == 200
        idp.rotate("second")
        moment.passes(seconds=FRESH_S)
        assert (await client.get("/read", headers=bearer(old))).status_code == 401


async def test_made_up_key_ids_do_not_let_the_gateway_flood_the_provider(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens
) -> None:
    async with gateway(tokens) as client:
        for n in range(50):
            made_up = forged({"alg": "RS256", "kid": f"k{n}"}, _claims(idp), b"x")
            assert (await client.get("/read", headers=bearer(made_up))).status_code == 401
    assert idp.asked == 1


async def test_without_the_provider_known_keys_count_and_others_are_503(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens, moment: Moment, own: Engine
) -> None:
    known = idp.token(_claims(idp))
    key = store.create(own, "api", frozenset({Scope.READ}), NOW).text
    async with gateway(tokens) as client:
        assert (await client.get("/read", headers=bearer(known))).status_code == 200
        idp.away = True
        idp.rotate("second")
        moment.passes(seconds=ASK_AGAIN_S)
        unknown = idp.token(_claims(idp))
        for _ in range(2):
            answer = await client.get("/read", headers=bearer(unknown))
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "10"
            assert answer.json()["type"] == "/v1/problems/identity-away"
        assert (await client.get("/read", headers=bearer(known))).status_code == 200
        assert (await client.get("/read", headers=bearer(key))).status_code == 200
        assert (await client.get("/read")).status_code == 401
        idp.away = False
        moment.passes(seconds=ASK_AGAIN_S)
        assert (await client.get("/read", headers=bearer(unknown))).status_code == 200


async def test_a_provider_that_says_it_is_another_one_is_not_believed(
    gateway: Asking, idp: IdentityProvider, tokens: Tokens
) -> None:
    idp.says_issuer = "https://elsewhere.example.org"
    async with gateway(tokens) as client:
        answer = await client.get("/read", headers=bearer(idp.token(_claims(idp))))
    assert answer.status_code == 503


async def test_scopes_may_stand_deeper_and_be_called_otherwise(
    gateway: Asking, idp: IdentityProvider, moment: Moment
) -> None:
    tokens = _tokens(
        idp,
        moment,
        scope_claim="realm_access.roles",
        scopes="duty officer=operate, desk=publish",
        name_claim="preferred_username",
    )
    claims = _claims(
        idp, realm_access={"roles": ["duty officer", 7, "forewarn:admin"]}, preferred_username="ada"
    )
    async with gateway(tokens) as client:
        token = bearer(idp.token(claims))
        assert (await client.get("/operate", headers=token)).json() == "ada"
        assert (await client.get("/publish", headers=token)).status_code == 403
        assert (await client.get("/admin", headers=token)).status_code == 403


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ISSUER": "http://idp.example.org", "AUDIENCE": "a"}, "OIDC__ISSUER.*https://"),
        ({"ISSUER": "https://idp.example.org"}, "OIDC__AUDIENCE: needed"),
        ({"SCOPES": "operators"}, "OIDC__SCOPES.*THEIRS=OURS"),
        ({"SCOPES": "operators=root"}, "OIDC__SCOPES.*read, publish"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"FOREWARN_GATEWAY__OIDC__{name}", value)
    with pytest.raises(BadSetting, match=named):
        Settings()
