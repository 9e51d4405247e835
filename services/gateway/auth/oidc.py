"""Bearer tokens of an identity provider: signed JSON Web Tokens (RFC 9068, OpenID Connect)."""

from collections.abc import Mapping
from typing import Any, NoReturn

from joserfc import errors, jws, jwt

from services.access_settings import Oidc
from services.gateway import problems
from services.gateway.auth.provider import Provider
from services.gateway.problems import Problem
from services.gateway.who import Caller, Scope
from services.moments import Clock

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519"),
)
"""Those with which only the provider can sign; never ``none``, never a shared secret's."""

LEEWAY_S = 30
"""How far clocks may differ [s]."""

LONGEST = 16_384
"""Of a token [characters]."""

LONGEST_NAME = 300
"""Of who acts [characters], as of the author of a command."""

_REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
_REGISTRY.max_header_length = 4_096


class Tokens:
    """Reads tokens of one provider for one audience."""

    def __init__(self, settings: Oidc, provider: Provider, clock: Clock) -> None:
        self._settings, self._provider, self._clock = settings, provider, clock
        self._granted = {
            theirs: {Scope(one) for one in ours} for theirs, ours in settings.granted.items()
        }

    async def caller(self, text: str) -> Caller:
        """Return whom a token names.

        Raises
        ------
        Problem
            It is not a token of this provider for this gateway that counts now, or the provider
            does not answer and the token's key is not known.
        """
        claims = await self._verified(text)
        self._check(claims)
        return Caller(self._name(claims), self._scopes(claims))

    async def _verified(self, text: str) -> dict[str, Any]:
        """Return the claims of a token whose signature is the provider's."""
        if len(text) > LONGEST:
            _refuse(f"longer than {LONGEST} characters")
        try:
            header = jws.extract_compact(text.encode(), registry=_REGISTRY).headers()
        except (errors.JoseError, ValueError, TypeError, LookupError):
            _refuse("neither an API key nor a signed JSON Web Token")
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            _refuse(f"alg: expected one of {', '.join(ALGORITHMS)}")
        if kid is not None and not isinstance(kid, str):
            _refuse("kid: expected a text")
        key = await self._provider.key(kid)
        if key is None:
            _refuse("kid: the identity provider has no such signing key")
        try:
            return jwt.decode(text, key, algorithms=ALGORITHMS, registry=_REGISTRY).claims
        except (errors.JoseError, ValueError, TypeError):
            _refuse("its signature is not the identity provider's")

    def _check(self, claims: dict[str, Any]) -> None:
        """Refuse what another provider said, said to others, or says no longer or not yet."""
        expected = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._settings.audience or ""},
            exp={"essential": True},
        )
        try:
            expected.validate(claims)
        except errors.ExpiredTokenError:
            _refuse("exp: it has expired; ask the identity provider for another one")
        except errors.ClaimError as error:
            _refuse(f"{error.claim}: {self._wanted(error.claim)}")

    def _wanted(self, claim: str) -> str:
        return {
            "iss": f"expected {self._provider.issuer!r}",
            "aud": f"expected {self._settings.audience!r}: it is meant for another service",
            "nbf": "it does not count yet",
        }.get(claim, "missing, or not what RFC 7519 says of it")

    def _name(self, claims: Mapping[str, Any]) -> str:
        found = _at(claims, self._settings.name_claim)
        if not isinstance(found, str) or not 0 < len(found) <= LONGEST_NAME:
            _refuse(f"{self._settings.name_claim}: expected a text that names who acts")
        return found

    def _scopes(self, claims: Mapping[str, Any]) -> frozenset[Scope]:
        found = _at(claims, self._settings.scope_claim)
        said = found.split() if isinstance(found, str) else found
        values = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
        return frozenset(scope for one in values for scope in self._granted.get(one, ()))


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Return the claim of that name, else what its dots lead to."""
    if path in claims:
        return claims[path]
    node: Any = claims
    for part in path.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node


def _refuse(what: str) -> NoReturn:
    challenge = 'Bearer realm="forewarn", error="invalid_token"'
    headers = {"WWW-Authenticate": challenge}
    raise Problem(problems.UNAUTHENTICATED, f"the bearer token: {what}", headers=headers)
