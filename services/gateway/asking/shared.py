"""What routes make once and keep: the places, and the engine that believes again."""

from threading import Lock
from typing import Annotated, Any, cast

from fastapi import Depends, FastAPI, Request

from models.engine import Engine
from services.composition import engine
from services.gateway.asking.places import Places
from services.gateway.parts import Given, Parts

_MAKING = Lock()


def _kept(app: FastAPI, name: str, make: Any) -> Any:
    """Return what the application keeps under a name, having made it once."""
    with _MAKING:
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


class Believer:
    """Lends the models to one question at a time: they take a processor each."""

    def __init__(self, request: Request, parts: Given) -> None:
        self._request, self.settings = request, parts.settings
        self.lock = _BELIEVING

    def engine(self) -> Engine:
        """Return the engine of the settings; made when first needed, which takes seconds."""
        return cast(Engine, _kept(self._request.app, "believing", lambda: engine(self.settings)))


_BELIEVING = Lock()

Believing = Annotated[Believer, Depends(Believer)]
"""The models, as an argument of a route."""
