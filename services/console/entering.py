"""Who looks: the callers that the API knows, and whoever has signed in with a key of it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import Request
from nicegui import app

from services.console.looking import KEY_ID, Looking, taste
from services.console.room import Room
from services.console.view import asked
from services.gateway import problems
from services.gateway.auth import keys
from services.gateway.auth.identify import Authentication
from services.gateway.problems import Problem
from services.gateway.who import Caller, Identify, Scope

UNTAKEN = "no key is asked for here; whoever is at this machine may look"


async def who(identify: Identify, request: Request, kept: MutableMapping[str, Any]) -> Caller:
    """Return who looks.

    Parameters
    ----------
    kept
        What the server keeps for this browser. The key of one who has signed in is looked up each
        time, so that a revocation ends the session too.

    Raises
    ------
    Problem
        Nobody is named, nobody that is known, or one who may not read.
    """
    if KEY_ID in kept and isinstance(identify, Authentication):
        try:
            return reading(await identify.holder(kept[KEY_ID]))
        except Problem as problem:
            if problem.kind is not problems.UNAUTHENTICATED:
                raise
            del kept[KEY_ID]
    return reading(await identify(request))


async def sign_in(identify: Identify, text: str, kept: MutableMapping[str, Any]) -> Caller:
    """Let in whoever shows an API key, and remember the key's id.

    Raises
    ------
    Problem
        It is not a key that counts now, or it may not read.
    """
    if not isinstance(identify, Authentication):
        raise Problem(problems.FORBIDDEN, UNTAKEN)
    caller = reading(await identify.by_key(text.strip()))
    presented = keys.parse(text.strip())
    assert presented is not None
    kept[KEY_ID] = presented.key_id
    return caller


def reading(caller: Caller) -> Caller:
    """Return a caller who may read.

    Raises
    ------
    Problem
        This one may not.
    """
    if not caller.may(Scope.READ):
        detail = f"{caller.name}: the scope 'read' is needed to look"
        raise Problem(problems.FORBIDDEN, detail)
    return caller


def entering(room: Room) -> Callable[[Request], Awaitable[Looking]]:
    """Return the dependency of a page: it is shown only to those who may read.

    Raises
    ------
    Problem
        The one who asks may not, or asks for what cannot be shown.
    """

    async def looks(request: Request) -> Looking:
        kept = app.storage.user
        kept.update(room.tickets.collect(request.session["id"]))

        async def again() -> Caller:
            return await who(room.identify, request, kept)

        caller = await again()
        words, dark = taste(request)
        view = asked(request.query_params)
        return Looking(words, dark, view, caller, again, signed_in=KEY_ID in kept)

    return looks
