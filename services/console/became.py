"""What became of a report that was sent: how far it has come, where it counts, or why not."""

import asyncio
import time

from nicegui import ui

from services.console.looking import Looking
from services.console.room import Room
from services.console.words import Words
from services.gateway.problems import Problem
from services.gateway.publishing import waiting
from services.gateway.publishing.progress import Progress
from services.gateway.publishing.submitting import Accepted
from services.gateway.publishing.waiting import StatusAsked
from services.ledger.database import AWAY

LOOK_S = 1.0
"""How long it is waited for a report's next step before what is known is shown [s]."""

PAUSE_S = 0.2
"""How long is paused before it is asked again [s]."""

FOLLOWED_S = 30.0
"""How long a report is followed on its page [s]."""


class Became:
    """Follows a report, and shows each step that it comes on."""

    def __init__(self, room: Room, at: Looking) -> None:
        self._room, self._at = room, at
        self._content = ui.element("section").props("aria-live=polite").classes("part")
        self._content.props('data-section="became"')

    async def follow(self, accepted: Accepted) -> None:
        """Show what became of a report until nothing more is to come, or for a while."""
        self._show(accepted, None)
        caller, place = self._at.caller, accepted.record
        if caller is None:
            return
        longest = self._room.parts.settings.gateway.longest_wait.total_seconds()
        asked = StatusAsked(
            wait=f"{min(LOOK_S, longest):g}s",
            record=f"{place.topic}:{place.partition}:{place.offset}",
        )
        shown: Progress | None = None
        deadline = time.monotonic() + FOLLOWED_S
        while time.monotonic() < deadline:
            try:
                told = await waiting.status(accepted.incident_id, self._room.parts, caller, asked)
            except (Problem, *AWAY):
                # The ledger is away, or behind: what is shown stays, and it is asked again.
                await asyncio.sleep(LOOK_S)
                continue
            here = next((one for one in told.revisions if one.record == place), None)
            if here is not None and here != shown:
                shown = here
                self._show(accepted, here)
            if told.settled:
                return
            # Where too many wait already, the answer comes at once.
            await asyncio.sleep(PAUSE_S)

    def _show(self, accepted: Accepted, here: Progress | None) -> None:
        words, view, place = self._at.words, self._at.view, accepted.record
        self._content.clear()
        with self._content:
            ui.label(words("report.became")).props("role=heading aria-level=2")
            record = f"{place.topic}:{place.partition}:{place.offset}"
            ui.label(words("report.accepted", n=accepted.revision, record=record)).classes("why")
            if accepted.repeated:
                ui.label(words("report.repeated"))
            if here is not None:
                ui.label(said(words, here))
                for on in here.segments:
                    text = "report.on_segment" if on.folded else "report.on_its_way"
                    ui.label(words(text, id=on.segment_id))
                    link = view.link("/alerts", segment=on.segment_id)
                    ui.link(words("report.alerts_there", id=on.segment_id), link)
            links(self._at, accepted.incident_id)


def links(at: Looking, incident_id: str) -> None:
    """Show what can be done once a report has been sent."""
    with ui.row().classes("choose"):
        ui.link(at.words("report.revise"), at.view.link("/report", incident=incident_id))
        ui.link(at.words("report.again"), at.view.link("/report"))


def said(words: Words, here: Progress) -> str:
    """Return how far a report has come, in words; why it does not count, in the worker's."""
    why = f"{here.reason.value}: {here.detail}" if here.reason is not None else ""
    return words(f"stage.{here.stage.value}", why=why)
