"""How fast each caller may ask: a token bucket, as a dependency of the routes that it guards."""

import math
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from services.gateway import problems
from services.gateway.parts import Given, Parts
from services.gateway.problems import Problem
from services.gateway.who import Caller, Scope, needs


def paced(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """Return the dependency of a route that asks for ``scope`` and counts its requests."""

    async def within(caller: Annotated[Caller, Depends(needs(scope))], parts: Given) -> Caller:
        pace(parts, caller)
        return caller

    return within


def pace(parts: Parts, caller: Caller) -> None:
    """Count a request of a caller.

    Raises
    ------
    Problem
        It came too fast.
    """
    limits = parts.settings.gateway
    now = parts.clock().timestamp()
    bucket = parts.buckets.of(caller.name, now, limits.burst)
    if wait := bucket.wait(now, limits.rate, limits.burst):
        seconds = max(1, math.ceil(wait))
        detail = (
            f"{caller.name}: more than {limits.rate:g} requests a second; expected fewer, or "
            f"one POST /v1/incidents:batch for many reports; try again in {seconds} s"
        )
        raise Problem(problems.TOO_MANY, detail, headers={"Retry-After": str(seconds)})


PacedPublisher = Annotated[Caller, Depends(paced(Scope.PUBLISH))]
PacedOperator = Annotated[Caller, Depends(paced(Scope.OPERATE))]
