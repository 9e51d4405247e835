"""Whether the notifier's file can be read, with its channels, secrets and folders."""

from collections.abc import Mapping
from pathlib import Path

from models.domain.notifying.routes import Route
from services.borders import load_segments
from services.doctor import folder
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, not_applicable, together, warning
from services.notifier import command
from services.notifier.channels.config import CapConfig, read
from services.notifier.setup import Setup
from services.settings import Settings


async def check(case: Case) -> Finding:
    """Read the file as the notifier does; what is wrong with it is raised in words."""
    settings = case.settings
    if settings.notifier.config is None:
        return not_applicable(
            "nobody is told of alerts",
            "write whom to tell, as docs/notifying.md shows: FOREWARN_NOTIFIER__CONFIG",
        )
    return await aside(lambda: _found(settings))


def _found(settings: Settings) -> Finding:
    setup = command.ready(settings)
    segments = {s.segment_id: s for s in load_segments(settings.borders, settings.segment_km)}
    command.beating(setup, segments)
    return judge(setup, {path: folder.look(path).refused for path in _folders(setup)})


def judge(setup: Setup, folders: Mapping[Path, str | None]) -> Finding:
    """Return whether a configuration that can be read will do.

    Parameters
    ----------
    folders
        Where CAP messages are written to, and why they cannot be; None: they can.
    """
    faults = [
        failed(f"{path}: cannot be written to: {why}", "give it to the user of the notifier")
        for path, why in folders.items()
        if why is not None
    ]
    told = {*setup.watching}
    for route in setup.plan.routes:
        step: Route | None = route
        while step is not None:
            told.add(step.receiver)
            step = step.then
    if idle := sorted(setup.channels.keys() - told):
        advice = "name it in a route, or take it out"
        faults.append(warning(f"no route leads to {', '.join(idle)}", advice))
    if setup.config.heartbeat_every and not setup.watching:
        faults.append(
            warning(
                "nobody hears when alerts no longer come through",
                'mark a receiver with traffic = ["heartbeat"], as docs/notifying.md shows',
            )
        )
    channels = sum(map(len, setup.channels.values()))
    fine = (
        f"{len(setup.channels)} receivers, {channels} channels, {len(setup.config.routes)} routes"
    )
    return together(faults, fine)


def _folders(setup: Setup) -> list[Path]:
    channels = [read(given) for r in setup.config.receivers.values() for given in r.channels]
    return [c.folder for c in channels if isinstance(c, CapConfig) and c.folder is not None]
