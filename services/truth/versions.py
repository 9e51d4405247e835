"""Sees at start that the tables of this build are whole, or makes them so, or refuses."""

import structlog

from models.engine import Engine
from services.faults import Fault
from services.risk.tables import VERSION
from services.settings import Settings
from services.truth import group
from services.truth.rebuild import make

log = structlog.get_logger(__name__)


class NewerTables(Fault):
    """The group's tables were written by a newer build."""


async def prepare(settings: Settings, engine: Engine) -> None:
    """Return once the group's tables hold states of this build's version.

    A group that has read nothing yet begins with this version. Tables of an older one are made
    anew from the log, which needs the group to have no members.

    Raises
    ------
    LogCut
        The group has read further than the log goes.
    NewerTables
        The tables are of a newer version: an older build must not write beside it.
    WorkersRunning
        The tables must be made anew, and workers of the older build still run.
    """
    kafka, name = settings.kafka, settings.worker.group
    come = await group.reached(kafka, name)
    if await _whole(settings):
        return
    if not come:
        await group.set_state_version(kafka, name, VERSION)
        return
    async with group.turn(kafka, name) as held:
        # Another worker may have made them while this one waited for its turn.
        if not await _whole(settings):
            log.info("tables are made anew", group=name, version=VERSION)
            await make(settings, engine, _tell, held)


async def _whole(settings: Settings) -> bool:
    name = settings.worker.group
    found = await group.state_version(settings.kafka, name)
    if found is not None and found > VERSION:
        msg = (
            f"consumer group {name!r} has tables of version {found}, this build writes version "
            f"{VERSION}; run the newer build, or make the tables anew for this one with: "
            "forewarn rebuild"
        )
        raise NewerTables(msg)
    return found == VERSION


def _tell(what: str, done: int, total: int) -> None:
    if done == total:
        log.info(what, records=done)
