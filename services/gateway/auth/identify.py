"""Tells who sends a request: by key, by token, or because only this machine can."""

from fastapi import Request

from services.gateway import problems
from services.gateway.auth import keys, local
from services.gateway.auth.keyring import Keys
from services.gateway.auth.keys import Key
from services.gateway.auth.oidc import Tokens
from services.gateway.problems import Problem
from services.gateway.who import LOCAL, Caller
from services.moments import Clock

MISSING = (
    "Authorization: missing; send 'Authorization: Bearer' and an API key, which forewarn keys "
    "create makes"
)


class Authentication:
    """Identifies by API key, and by the tokens of an identity provider where there is one."""

    def __init__(self, known: Keys, clock: Clock, tokens: Tokens | None = None) -> None:
        self._keys, self._clock, self._tokens = known, clock, tokens

    async def __call__(self, request: Request, /) -> Caller:
        """Return who sends a request.

        Raises
        ------
        Problem
            Nobody is named, nobody that is known, or it cannot be found out now.
        """
        said = request.headers.get("authorization")
        if said is None:
            return await self._unnamed(request)
        scheme, _, credentials = said.strip().partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip():
            # What was sent instead may be a secret too.
            raise refused("Authorization: expected 'Bearer' and an API key", "invalid_request")
        text = credentials.strip()
        if text.startswith(keys.PREFIX) or self._tokens is None:
            return await self.by_key(text)
        return await self._tokens.caller(text)

    async def is_open(self) -> bool:
        """Tell whether nobody has to say who they are, so that only this machine may ask."""
        return self._tokens is None and not await self._keys.any()

    async def _unnamed(self, request: Request) -> Caller:
        if not await self.is_open():
            raise refused(MISSING)
        client = request.client.host if request.client else None
        if why := local.foreign(request.headers, client, request.url.scheme):
            detail = f"{why}. There is no key, so that only this machine may ask; to let others: "
            raise Problem(problems.FORBIDDEN, f"{detail}forewarn keys create NAME --scope ...")
        return LOCAL

    async def by_key(self, text: str) -> Caller:
        """Return whose an API key is.

        Raises
        ------
        Problem
            It is none, or none that counts now.
        """
        presented = keys.parse(text)
        if presented is None:
            raise refused("the key is not written as one of ours: fwk_, an id, a secret")
        found = await self._keys.find(presented.key_id)
        if found is None or not found.opens(presented.secret):
            raise refused("the key is not known; forewarn keys list shows those that are")
        return self._holder(found)

    async def holder(self, key_id: str) -> Caller:
        """Return whose the key of an id is, for one who has shown that key before.

        Raises
        ------
        Problem
            There is none of that id, or it no longer counts.
        """
        found = await self._keys.find(key_id)
        if found is None:
            raise refused("the key is not known; forewarn keys list shows those that are")
        return self._holder(found)

    def _holder(self, found: Key) -> Caller:
        if why := found.refusal(self._clock()):
            raise refused(f"the key {found.key_id} ({found.name}) {why}; ask for another one")
        return Caller(found.name, found.scopes)


def refused(detail: str, error: str | None = "invalid_token") -> Problem:
    """Return the problem of a request that does not say who sends it (RFC 6750, section 3)."""
    given = detail is not MISSING and error is not None
    challenge = 'Bearer realm="forewarn"' + (f', error="{error}"' if given else "")
    return Problem(problems.UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})
