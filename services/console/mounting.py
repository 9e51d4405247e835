"""Adds the console to the gateway."""

from importlib.resources import files
from pathlib import Path

import nicegui
from fastapi import FastAPI
from nicegui import ui

from services.console import now
from services.console.policy import Policy
from services.console.room import Room

PATH = "/console"
"""Where the console is, below the gateway."""

PAGES = (now,)
"""The modules of the pages."""


def mount(gateway: FastAPI, secret: str) -> None:
    """Add every page to the gateway.

    Parameters
    ----------
    secret
        Signs the cookie by which a browser is known again.
    """
    outlines = files("services.console.map").joinpath("outlines.geojson")
    nicegui.app.add_static_file(local_file=Path(str(outlines)), url_path="/outlines.geojson")
    nicegui.app.add_middleware(Policy)
    for page in PAGES:
        page.add(Room(gateway))
    ui.run_with(
        gateway,
        mount_path=PATH,
        storage_secret=secret,
        show_welcome_message=False,
        tailwind=False,
        favicon="△",
    )
