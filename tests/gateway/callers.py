"""Callers that a test names by a bearer token, in place of stored keys."""

from collections.abc import Mapping

from fastapi import Request

from services.gateway import problems
from services.gateway.problems import Problem
from services.gateway.who import Caller, Scope

READER = Caller("reader", frozenset({Scope.READ}))
OPERATOR = Caller("operator", frozenset({Scope.OPERATE}))
ADMINISTRATOR = Caller("administrator", frozenset({Scope.ADMIN}))
CALLERS: Mapping[str, Caller] = {
    "read-key": READER,
    "operate-key": OPERATOR,
    "admin-key": ADMINISTRATOR,
}


async def by_token(request: Request) -> Caller:
    """Return whom the token names."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token not in CALLERS:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise Problem(problems.UNAUTHENTICATED, "expected a known key", headers=challenge)
    return CALLERS[token]
