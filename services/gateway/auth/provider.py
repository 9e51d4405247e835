"""The signing keys of an identity provider, by OpenID Connect Discovery 1.0."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog
from joserfc import errors
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from services.gateway import problems
from services.gateway.problems import Problem

PublicKey = RSAKey | ECKey | OKPKey

FRESH_S = 3_600.0
"""How long keys are used without asking whether they still count [s]."""

ASK_AGAIN_S = 10.0
"""How long the provider is left alone after it was asked [s], whatever ids tokens name."""

ANSWER_S = 5.0
"""How long it may take to answer [s]."""

LARGEST = 1_000_000
"""The longest answer that is read [bytes]."""

_DISCOVERY = "/.well-known/openid-configuration"

_FAULTS = (aiohttp.ClientError, TimeoutError, ValueError, LookupError, TypeError, AttributeError)
"""Of a provider that does not answer, or whose answer is not what the standards say."""

log = structlog.get_logger(__name__)


class Provider:
    """Knows the signing keys of ``issuer``; asks for them when a token names another one.

    Parameters
    ----------
    monotonic
        Tells time that never goes back [s].
    """

    def __init__(self, issuer: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.issuer, self._monotonic = issuer, monotonic
        self._keys: dict[str | None, PublicKey] = {}
        self._asked_at = self._answered_at = float("-inf")
        self._asking = asyncio.Lock()

    async def key(self, kid: str | None) -> PublicKey | None:
        """Return the key of that id, or None where the provider has none.

        Without an id the provider must have just one key.

        Raises
        ------
        Problem
            The key is not known, and the provider does not answer.
        """
        async with self._asking:
            now = self._monotonic()
            stale = now - self._answered_at >= FRESH_S
            if (stale or self._known(kid) is None) and now - self._asked_at >= ASK_AGAIN_S:
                self._asked_at = now
                await self._ask(now)
            found = self._known(kid)
            if found is None and self._answered_at < self._asked_at:
                detail = "the identity provider, which knows the token's key, does not answer"
                raise Problem(
                    problems.IDENTITY_AWAY, detail, headers={"Retry-After": str(int(ASK_AGAIN_S))}
                )
            return found

    def _known(self, kid: str | None) -> PublicKey | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    async def _ask(self, now: float) -> None:
        try:
            self._keys = _keys(await self._fetch())
            self._answered_at = now
        except _FAULTS as error:
            log.warning("the identity provider does not answer", issuer=self.issuer, why=str(error))

    async def _fetch(self) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            about = await _json(session, self.issuer.rstrip("/") + _DISCOVERY)
            if about["issuer"] != self.issuer:
                # OpenID Connect Discovery 1.0, section 4.3.
                msg = f"issuer: found {str(about['issuer'])[:200]!r}; expected {self.issuer!r}"
                raise ValueError(msg)
            where = str(about["jwks_uri"])
            if self.issuer.startswith("https://") and not where.startswith("https://"):
                msg = f"jwks_uri: found {where[:200]!r}; expected https://"
                raise ValueError(msg)
            return await _json(session, where)


async def _json(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url, allow_redirects=False) as response:
        if response.status != 200:
            msg = f"{url}: answered {response.status}; expected 200"
            raise ValueError(msg)
        body = await response.content.read(LARGEST + 1)
        while len(body) <= LARGEST and (more := await response.content.read(LARGEST)):
            body += more
    if len(body) > LARGEST:
        msg = f"{url}: longer than {LARGEST} bytes"
        raise ValueError(msg)
    found = aiohttp.typedefs.DEFAULT_JSON_DECODER(body.decode())
    if not isinstance(found, dict):
        msg = f"{url}: expected a JSON object"
        raise TypeError(msg)
    return found


def _keys(found: dict[str, Any]) -> dict[str | None, PublicKey]:
    """Return the public signing keys; what is of another kind is none of ours (RFC 7517, 5)."""
    keys: dict[str | None, PublicKey] = {}
    for data in found["keys"]:
        # A secret that both sides know would let whoever checks tokens make them.
        if data.get("kty") not in ("RSA", "EC", "OKP") or data.get("use", "sig") != "sig":
            continue
        try:
            key = JWKRegistry.import_key(data)
        except (errors.JoseError, ValueError, TypeError, LookupError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            keys[key.kid] = key
    return keys
