"""What routes make once and keep: the places, and the engine that believes again."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Annotated, Any, cast

from fastapi import Depends, FastAPI, Request

from models.engine import Engine
from services.composition import engine
from services.gateway import problems
from services.gateway.asking.places import Places
from services.gateway.parts import Given, Parts
from services.gateway.problems import Problem

_MAKING: defaultdict[str, Lock] = defaultdict(Lock)


def _kept(app: FastAPI, name: str, make: Any) -> Any:
    """Return what the application keeps under a name, having made it once.

    Who finds it waits for nobody: the event loop asks too, while a thread makes something else.
    """
    found = getattr(app.state, name, None)
    if found is None:
        with _MAKING[name]:
            found = getattr(app.state, name, None)
            if found is None:
                found = make()
                setattr(app.state, name, found)
    return found


def places(app: FastAPI, parts: Parts) -> Places:
    """Return the watched places, made when first needed."""
    return cast(Places, _kept(app, "places", lambda: Places(parts.segments)))


def _places(request: Request, parts: Given) -> Places:
    return places(request.app, parts)


Drawn = Annotated[Places, Depends(_places)]
"""The watched places, as an argument of a route."""


MOST_BELIEVING = 8
"""How many questions of what is believed are taken at once: all but one of them wait in a thread,
of which other questions need some too."""

AGAIN_S = 10
"""After how long to ask again what is believed, while too many ask [s]."""


class Believer:
    """Lends the models to one question at a time: they take a processor each."""

    def __init__(self, request: Request, parts: Given) -> None:
        self._request, self.settings = request, parts.settings

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the models, once those who asked before have had them.

        Raises
        ------
        Problem
            Too many wait for them.
        """
        if not _TAKEN.acquire(blocking=False):
            detail = (
                f"at: {MOST_BELIEVING} questions that take computing are in hand already; ask "
                f"again in {AGAIN_S} seconds, or for as_of, which takes none"
            )
            raise Problem(problems.TOO_MANY, detail, headers={"Retry-After": str(AGAIN_S)})
        try:
            with _BELIEVING:
                yield
        finally:
            _TAKEN.release()

    def engine(self) -> Engine:
        """Return the engine of the settings; made when first needed, which takes seconds."""
        return cast(Engine, _kept(self._request.app, "believing", lambda: engine(self.settings)))


_BELIEVING = Lock()
_TAKEN = BoundedSemaphore(MOST_BELIEVING)

Believing = Annotated[Believer, Depends(Believer)]
"""The models, as an argument of a route."""
