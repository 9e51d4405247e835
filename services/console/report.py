"""The page on which an incident is reported, revised or taken back."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from nicegui import events, ui

from schemas.incident import IncidentReport
from services.console import draft as drafts
from services.console.acting import Action, Hand
from services.console.became import Became, links
from services.console.dialogs import told
from services.console.draft import Draft
from services.console.entering import entering
from services.console.fields import SAID_AGAIN
from services.console.form import Form
from services.console.frame import page
from services.console.looking import Looking
from services.console.map.segment_map import SegmentMap
from services.console.one_alert import unsealed
from services.console.room import Room
from services.gateway import problems
from services.gateway.problems import Problem
from services.gateway.publishing import sending
from services.gateway.publishing.submitting import Accepted
from services.gateway.who import Caller, Scope
from services.ledger import one_incident, reports
from services.ledger.paging import Known, positions

FRESH = "as"
"""The parameter of the address that names a first report."""

PUBLISH = Action("publishIncident", Scope.PUBLISH)
REVISE = Action("reviseIncident", Scope.PUBLISH)
RETRACT = Action("retractIncident", Scope.PUBLISH)

KEPT_S = 1_800.0
"""How long what is typed is kept for a browser that cannot be heard [s]."""

NEAR = 4
"""To how many decimals of a degree the map places: some 10 m."""


def add(room: Room) -> None:
    """Add the page."""
    looks = entering(room)

    async def stands(request: Request, _at: Annotated[Looking, Depends(looks)]) -> bool:
        fresh = request.query_params.get(FRESH)
        return fresh is not None and await room.read(known_of, room, fresh) is not None

    async def finds(request: Request, at: Annotated[Looking, Depends(looks)]) -> Draft | None:
        incident_id = request.query_params.get("incident")
        if incident_id is None or refusal(at, later=True) is not None:
            return None
        return await room.read(revision_of, room, at, incident_id)

    @ui.page("/report", reconnect_timeout=KEPT_S)
    def report(
        request: Request,
        at: Annotated[Looking, Depends(looks)],
        found: Annotated[Draft | None, Depends(finds)],
        known: Annotated[bool, Depends(stands)],
    ) -> Response | None:
        words, incident_id = at.words, request.query_params.get("incident")
        why, fresh = refusal(at, later=incident_id is not None), request.query_params.get(FRESH)
        if incident_id is None and fresh is None and why is None:
            # The id stands in the address: who loads the page again, not knowing whether the
            # report was sent, sends no second incident.
            name = f"DESK-{room.parts.clock():%Y%m%dT%H%M}Z-{uuid.uuid4().hex[:4]}"
            root = request.scope.get("root_path", "")
            return RedirectResponse(root + at.view.link("/report", **{FRESH: name}), 303)
        title = words("report.title")
        if incident_id is not None:
            title = words("report.revise_title", id=incident_id)
        with page(at, "report", title):
            if why is not None:
                ui.label(why)
                return None
            if known:
                ui.label(words("report.known", id=fresh)).props("role=status").classes("why")
                links(at, str(fresh))
                return None
            draft = found or drafts.new(fresh or "", room.parts.clock(), at.view.traffic)
            Reporting(room, at, draft, found is not None)
        return None


def refusal(at: Looking, *, later: bool) -> str | None:
    """Return why nothing can be reported here; None where it can."""
    words, caller = at.words, at.caller
    if at.view.as_of is not None:
        return words("act.past")
    if caller is None or not caller.may(Scope.PUBLISH):
        return words("report.scope", who=caller.name if caller else "-")
    if later and not caller.sees_sources:
        return words("report.operate", who=caller.name)
    return None


def known_of(room: Room, incident_id: str) -> one_incident.Whole | None:
    """Return what the read model has of an incident; None where nothing was ever reported of it."""
    ledger = room.parts.ledger
    known = Known(positions(ledger, reports.TOPICS))
    return one_incident.whole(ledger, incident_id, known, classified=True)


def revision_of(room: Room, at: Looking, incident_id: str) -> Draft:
    """Return the draft of the next revision of an incident.

    Raises
    ------
    Problem
        It is not known, or was taken back.
    """
    found = known_of(room, incident_id)
    if found is None:
        raise Problem(problems.NOT_FOUND, at.words("report.unknown_incident", id=incident_id))
    counted = [r for r in unsealed(room.parts, found, classified=True).revisions if not r.refused]
    last = max(counted, key=lambda r: r.incident.revision, default=None)
    if last is None or not isinstance(last.incident, IncidentReport):
        raise Problem(problems.NOT_FOUND, at.words("report.withdrawn", id=incident_id))
    return drafts.of(last.incident)


class Reporting:
    """The page's content: the form, the map, and what became of what was sent."""

    def __init__(self, room: Room, at: Looking, draft: Draft, later: bool) -> None:
        self._room, self._at, self._words, self._later = room, at, at.words, later
        self._hand = Hand(room, at)
        words = at.words
        self._form = Form(words, draft, later=later)
        with ui.element("div").classes("report"):
            self._form.draw(self._part, self._where)
        self._map.on("place", self._placed)
        for path in (drafts.LATITUDE, drafts.LONGITUDE):
            self._form.on_change(path, self._mark)
        self._mark()
        self._fault = ui.label().props("role=alert").classes("fault")
        self._button = ui.button(words("report.send"), color=None)
        self._button.props("no-caps unelevated").classes("go")
        self._button.on("click", self._send, js_handler=SAID_AGAIN)
        self._became = Became(room, at)

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        with ui.element("section").classes("part") as whole:
            heading = ui.label(self._words(name)).props("role=heading aria-level=2")
            whole.props(f'aria-labelledby="{heading.html_id}"')
            with ui.element("div").classes("form"):
                yield

    def _where(self) -> None:
        words = self._words
        with self._part("report.where"), ui.element("div").classes("halves"):
            with ui.element("div").classes("form"):
                self._form.place()
            with ui.element("div"):
                ui.label(words("report.map")).classes("hint")
                self._map = SegmentMap(words, self._room.lines.address, {}, placing=True)
                self._map.props["label"] = words("map.placing")

    def _placed(self, event: events.GenericEventArguments) -> None:
        self._form.latitude.value = str(round(event.args["latitude"], NEAR))
        self._form.longitude.value = str(round(event.args["longitude"], NEAR))

    def _mark(self) -> None:
        place: Any = self._form.content().get("place", {})
        latitude, longitude = place.get("latitude"), place.get("longitude")
        if isinstance(latitude, int | float) and isinstance(longitude, int | float):
            self._map.place(latitude, longitude)

    async def _send(self) -> None:
        if not self._form.judge(everything=True):
            self._fault.set_text(self._words("report.wrong"))
            self._form.fields.focus_first_fault()
            return
        self._button.disable()
        self._fault.set_text("")
        try:
            accepted = await self._sent()
        except Problem as problem:
            faults, text = told(self._words, problem)
            of_none = self._form.fields.tell(
                {name.removeprefix("data."): why for name, why in faults.items()}
            )
            self._fault.set_text("\n".join(filter(None, (text, of_none))))
            self._form.fields.focus_first_fault()
            self._button.enable()
            return
        await self._became.follow(accepted)

    async def _sent(self) -> Accepted:
        content, parts = self._form.content(), self._room.parts
        incident_id = content["incident_id"]

        async def first(caller: Caller) -> Accepted:
            return await sending.published(parts, sending.judged(parts, content, caller.name))

        async def next_one(caller: Caller) -> Accepted:
            return await sending.revised(parts, incident_id, content, caller.name, None)

        async def back(caller: Caller) -> Accepted:
            said = {"reason": content["status_reason"], "revision": content["revision"]}
            return await sending.retracted(parts, incident_id, said, caller.name, None)

        if not self._later:
            return await self._hand.do(PUBLISH, incident_id, first)
        if content["status"] == "retracted":
            return await self._hand.do(RETRACT, incident_id, back)
        return await self._hand.do(REVISE, incident_id, next_one)
