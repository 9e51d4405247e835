"""Who asks, and what they may do: what every route names as its one condition."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from services.gateway import exchange, problems
from services.gateway.problems import Problem


class Scope(StrEnum):
    """What a caller may do."""

    READ = "read"
    PUBLISH = "publish"
    OPERATE = "operate"
    ADMIN = "admin"


IMPLIED = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.PUBLISH: frozenset({Scope.PUBLISH}),
    Scope.OPERATE: frozenset({Scope.OPERATE, Scope.READ}),
    Scope.ADMIN: frozenset(Scope),
}
"""What each scope holds: an operator reads, an administrator may do everything."""


ASK_AGAIN_S = 2.0
"""For how long a caller is not asked again who it is, while one request of its goes on [s]."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: ``name`` is the author of commands and of what the audit records."""

    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Tell whether one of the caller's scopes holds ``scope``."""
        return any(scope in IMPLIED[own] for own in self.scopes)

    @property
    def sees_sources(self) -> bool:
        """Whether classified fields are shown: who reported, and who commanded."""
        return self.may(Scope.OPERATE)


LOCAL = Caller("local", frozenset({Scope.ADMIN}))
"""Whoever asks a gateway without keys, which only this machine can reach."""


class Identify(Protocol):
    """Tells who sends a request."""

    async def __call__(self, request: Request, /) -> Caller:
        """Return the caller.

        Raises
        ------
        Problem
            Nobody is named, or nobody that is known.
        """
        ...


async def anyone_here(_request: Request) -> Caller:
    """Take everyone for the person at this machine."""
    return LOCAL


_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="An API key, or a token of the identity provider; none where there is no key yet. "
    "Each operation names the scope that it needs.",
)
"""Tells the description that a route asks who its caller is; ``Identify`` finds it out."""


def allow(caller: Caller, scope: Scope) -> None:
    """Let a caller go on who has ``scope``.

    Raises
    ------
    Problem
        This one has not.
    """
    if not caller.may(scope):
        has = ", ".join(sorted(caller.scopes)) or "none"
        detail = f"{caller.name}: the scope {scope.value!r} is needed; granted are: {has}"
        challenge = f'Bearer realm="forewarn", error="insufficient_scope", scope="{scope}"'
        raise Problem(problems.FORBIDDEN, detail, headers={"WWW-Authenticate": challenge})


def needs(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """Return the dependency of a route that asks for ``scope``."""

    async def caller(
        request: Request, _told: Annotated[object, Security(_BEARER, scopes=[scope.value])]
    ) -> Caller:
        identify: Identify = request.app.state.identify
        found = await identify(request)
        exchange.of(request.scope).caller = found.name
        allow(found, scope)
        return found

    return caller


async def may_still(request: Request, scope: Scope) -> bool:
    """Tell whether who sent a request that goes on may do so still.

    While that cannot be found out, who was let in stays.
    """
    identify: Identify = request.app.state.identify
    try:
        return (await identify(request)).may(scope)
    except Problem as problem:
        return problem.kind is problems.IDENTITY_AWAY


Reader = Annotated[Caller, Depends(needs(Scope.READ))]
Publisher = Annotated[Caller, Depends(needs(Scope.PUBLISH))]
Operator = Annotated[Caller, Depends(needs(Scope.OPERATE))]
Administrator = Annotated[Caller, Depends(needs(Scope.ADMIN))]
