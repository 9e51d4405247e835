"""Gives the lines of the segments to those who may look."""

from typing import Annotated

from fastapi import Depends, Response
from nicegui import app

from services.console.entering import entering
from services.console.looking import Looking
from services.console.map.lines import PATH
from services.console.room import Room

_HEADERS = {
    "Content-Encoding": "gzip",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Cookie, Authorization",
}


def add(room: Room) -> None:
    """Add the address."""

    @app.get(PATH)
    def lines(_looks: Annotated[Looking, Depends(entering(room))]) -> Response:
        return Response(room.lines.packed, media_type="application/geo+json", headers=_HEADERS)
