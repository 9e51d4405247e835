"""Adds the console to the gateway."""

from importlib.resources import files
from pathlib import Path

import nicegui
import nicegui.core
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from nicegui import ui
from nicegui.storage import Storage
from starlette.exceptions import HTTPException

from services.console import alert, alerts, failing, now, past, report, signing
from services.console.daily import page as daily_page
from services.console.map import serving as lines
from services.console.model import page as model_page
from services.console.origins import Origins
from services.console.policy import Policy
from services.console.room import Room
from services.console.segment import page as segment_page
from services.gateway import secret
from services.gateway.parts import Parts

PATH = "/console"
"""Where the console is, below the gateway."""

PAGES = (
    now, past, alerts, alert, report, segment_page, daily_page, model_page, signing, lines
)  # fmt: skip
"""The modules of the pages, and of what they load."""

AWAY_S = 120.0
"""How long a page is kept for a browser that cannot be heard [s]; of a form, see its page."""

PING_S, PONG_S = 4, 10
"""How often it is asked whether a browser is there, and how long its answer may take [s].

The page library's two seconds would cut off whoever has a slow line again and again.
"""

REMEMBERED_S = 7 * 24 * 3600
"""How long a browser is known again after it was last here [s]."""


def mount(gateway: FastAPI, parts: Parts) -> None:
    """Add every page to the gateway, once per process: the page library keeps one application.

    Parameters
    ----------
    parts
        Those that the gateway will have, of which the databases are open.
    """
    settings = parts.settings
    # What a browser has chosen is kept with the rest of our data, and not where we are started.
    Storage.path = (settings.data_dir / "console").resolve()
    outlines = files("services.console.map").joinpath("outlines.geojson")
    nicegui.app.add_static_file(local_file=Path(str(outlines)), url_path="/outlines.geojson")
    nicegui.app.add_middleware(Policy)
    nicegui.app.add_middleware(Origins)
    failing.install()
    room = Room(gateway)
    for page in PAGES:
        page.add(room)
    gateway.add_api_route("/", _first, include_in_schema=False)
    nicegui.app.on_startup(_patiently)
    ui.run_with(
        gateway,
        mount_path=PATH,
        storage_secret=secret.key(parts.own, settings.gateway.secret, secret.CONSOLE).hex(),
        session_middleware_kwargs={
            "session_cookie": "forewarn_console",
            "path": PATH,
            "max_age": REMEMBERED_S,
            "https_only": settings.gateway.behind_tls,
            # Not strict: one who follows a link of a message stays signed in.
            "same_site": "lax",
        },
        title="Forewarn",
        show_welcome_message=False,
        reconnect_timeout=AWAY_S,
        tailwind=False,
        favicon="△",
    )


def _patiently() -> None:
    # The library derives both from how long a page is kept, as it starts.
    connections = nicegui.core.sio.eio
    connections.ping_interval, connections.ping_timeout = PING_S, PONG_S


def _first(request: Request) -> RedirectResponse:
    """Lead a browser to the console."""
    if "text/html" not in request.headers.get("accept", ""):
        raise HTTPException(404)
    return RedirectResponse(f"{PATH}/")
