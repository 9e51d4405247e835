"""A small identity provider on a real socket: discovery, keys, and tokens that it signs."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

AUDIENCE = "https://forewarn.example.org"


class IdentityProvider:
    """Signs with one key, and serves the public parts of those it has.

    ``asked`` counts how often its keys were fetched; ``away`` lets it fail.
    """

    def __init__(self) -> None:
        self.issuer = ""
        self.keys = {"first": RSAKey.generate_key(2048, {"kid": "first"})}
        self.asked = 0
        self.away = False
        self.says_issuer: str | None = None

    def rotate(self, kid: str) -> None:
        """Sign with a new key, and forget the others."""
        self.keys = {kid: RSAKey.generate_key(2048, {"kid": kid})}

    def token(self, claims: dict[str, Any], alg: str = "RS256", kid: str | None = None) -> str:
        """Return a token that the provider signs."""
        used = kid or next(iter(self.keys))
        return jwt.encode({"alg": alg, "kid": used}, claims, self.keys[used])

    def public_pem(self) -> bytes:
        """Return the public key as anyone can have it."""
        return next(iter(self.keys.values())).as_pem(private=False)

    async def _about(self, _request: web.Request) -> web.Response:
        if self.away:
            raise web.HTTPServiceUnavailable
        found = {"issuer": self.says_issuer or self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        return web.json_response(found)

    async def _jwks(self, _request: web.Request) -> web.Response:
        self.asked += 1
        public = [key.as_dict(private=False) for key in self.keys.values()]
        others = [
            {"kty": "unheard-of", "kid": "x"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        ]
        return web.json_response({"keys": [*others, *public]})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve on a free port of this machine."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._about)
        app.router.add_get("/keys", self._jwks)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """Return a token signed with a shared secret, or not at all, by hand: no library would."""
    text = ".".join(_segment(json.dumps(part).encode()) for part in (header, claims))
    if secret is None:
        return f"{text}."
    return f"{text}.{_segment(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
