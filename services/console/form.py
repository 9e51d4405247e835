"""The form of an incident report: what is typed goes into a draft, and is judged at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from schemas.incident import GeoPrecision, TimePrecision, Traffic
from schemas.taxonomy import TYPE_OF, EventType, Step, SubEventType
from services.console import draft as drafts
from services.console.draft import LATITUDE, LONGITUDE, PLACE, ROWS, Draft, faults, get, put
from services.console.faults import told
from services.console.fields import Fields
from services.console.words import Words

STATUSES = {False: ("reported", "confirmed"), True: ("corrected", "confirmed", "retracted")}
"""What a report may say of itself, the first one and a later one."""

REPORTED = (Traffic.ACTUAL, Traffic.EXERCISE, Traffic.TEST)
"""The kinds of traffic that people report; a heartbeat is the service's own."""


class Form:
    """The inputs of a draft.

    Parameters
    ----------
    later
        Whether it is a further revision of an incident.
    """

    def __init__(self, words: Words, draft: Draft, *, later: bool) -> None:
        self.words, self.draft, self._later = words, draft, later
        self.fields = Fields()
        self._touched: set[str] = set()
        self._heard: dict[str, Callable[[], None]] = {}
        self._all = False

    def judge(self, *, everything: bool = False) -> bool:
        """Tell what is wrong with what was touched, or with all; return whether nothing is.

        A retraction says no more than its reason.
        """
        self._all = self._all or everything
        if self.draft["status"] == "retracted":
            lacks = not str(self.draft.get("status_reason") or "").strip()
            found = {"status_reason": self.words("fault.missing")} if lacks else {}
        else:
            found = dict(told(self.words, faults(self.draft)))
        shown = {p: text for p, text in found.items() if self._all or self._was_touched(p)}
        self.fields.tell(shown)
        return not found

    def on_change(self, path: str, heard: Callable[[], None]) -> None:
        """Call ``heard`` whenever a field has changed."""
        self._heard[path] = heard

    def text(self, path: str, name: str, hint: str = "", *, long: bool = False) -> Any:
        """Return the input of a text, number or moment."""
        value = get(self.draft, path)
        make = ui.textarea if long else ui.input
        made = make(self.words(name), value="" if value is None else str(value))
        return self._bound(path, made.props("autogrow") if long else made, hint)

    def choice(
        self, path: str, name: str, options: Mapping[Any, str], *, several: bool = False
    ) -> Any:
        """Return the input of one or several of ``options``."""
        value = get(self.draft, path)
        made = ui.select(
            dict(options), label=self.words(name), value=value or ([] if several else None),
            multiple=several,
        )  # fmt: skip
        return self._bound(path, made, "")

    def rows(self, path: str, add: str, one: str, draw: Callable[[str], None]) -> None:
        """Show what a list holds, each drawn by its path, with buttons to add and to remove."""
        where = ui.element("div").classes("rows")

        def redraw() -> None:
            self.fields.drop(f"{path}.")
            where.clear()
            with where:
                for n in range(len(get(self.draft, path) or ())):
                    item(n)
            self.judge()

        def item(n: int) -> None:
            name = f"{self.words(one)} {n + 1}"
            with ui.element("fieldset"):
                with ui.element("legend"):
                    ui.label(name)
                with ui.element("div").classes("grid"):
                    draw(f"{path}.{n}")
                button = ui.button(self.words("report.remove"), on_click=lambda: remove(n))
                button.props(
                    f'flat dense no-caps aria-label="{self.words("report.remove")} {name}"'
                )

        def remove(n: int) -> None:
            del get(self.draft, path)[n]
            redraw()

        def append() -> None:
            held = [*(get(self.draft, path) or ()), dict(ROWS[path])]
            put(self.draft, path, held)
            # The others stay as they are: somebody may be typing into them.
            with where:
                item(len(held) - 1)
            self.judge()

        ui.button(self.words(add), on_click=append).props("outline dense no-caps")
        redraw()

    def _bound(self, path: str, made: Any, hint: str) -> Any:
        def typed() -> None:
            put(self.draft, path, made.value)
            self._touched.add(path)
            if (heard := self._heard.get(path)) is not None:
                heard()
            self.judge()

        self.fields.add(path, made, hint)
        made.on_value_change(typed)
        return made

    def _was_touched(self, path: str) -> bool:
        """Tell whether a field was, or one beside it, where what is wrong is of both."""
        return path in self._touched or any(one.startswith(f"{path}.") for one in self._touched)

    def draw(self, part: Callable[[str], Any], where: Callable[[], None]) -> None:
        """Draw the form; ``part`` begins a part under a heading, ``where`` draws that of the place.

        It has the map, which is more than a field.
        """
        with part("report.about"):
            self._about()
        with part("report.what"):
            self._what()
        with part("report.when"), ui.element("div").classes("grid"):
            self.text("occurred.start", "report.start", self.words("act.until_form"))
            self.text("occurred.end", "report.end")
            precisions = {one.value: self.words(f"precision.{one.value}") for one in TimePrecision}
            self.choice("occurred.precision", "report.time_precision", precisions)
        where()
        with part("report.who"):
            self.rows("actors", "report.add_actors", "report.actor", self._actor)
        with part("report.harm"):
            self._harm()
        with part("report.says"):
            self.rows("sources", "report.add_sources", "report.source", self._source)

    def _about(self) -> None:
        with ui.element("div").classes("grid"):
            if not self._later:
                self.text("incident_id", "report.incident_id")
                kinds = {kind.value: self.words(f"traffic.{kind.value}") for kind in REPORTED}
                self.choice("traffic", "report.traffic", kinds)
            statuses = {s: self.words(f"status.{s}") for s in STATUSES[self._later]}
            self.choice("status", "report.status", statuses)
        if self._later:
            self.text("status_reason", "report.reason", long=True)

    def _what(self) -> None:
        with ui.element("div").classes("grid"):
            types = {
                kind.value: self.words(f"event_type.{kind.name.lower()}") for kind in EventType
            }
            self.choice("event_type", "report.event_type", types)
            sub = self.choice("sub_event_type", "report.sub_event_type", self._subs())
            steps = {int(step): self.words(f"step.{step.value}") for step in Step}
            self.choice("steps", "report.steps", steps, several=True)
        self.on_change("event_type", lambda: sub.set_options(self._subs(), value=None))
        self.text("summary", "report.summary", long=True)

    def _harm(self) -> None:
        ui.label(self.words("report.unknown")).classes("hint")
        for name in ("fatalities", "injured"):
            with ui.element("fieldset"):
                with ui.element("legend"):
                    ui.label(self.words(f"report.{name}"))
                with ui.element("div").classes("grid"):
                    self._counts(name)
        ui.label(self.words("report.claims")).props("role=heading aria-level=3")
        self.rows("fatalities.claims", "report.add_claims", "report.claimant", self._claim)

    def _counts(self, path: str) -> None:
        for bound in ("low", "best", "high"):
            self.text(f"{path}.{bound}", f"report.{bound}").props("inputmode=numeric")

    def _claim(self, path: str) -> None:
        self.text(f"{path}.claimant", "report.claimant")
        self.text(f"{path}.of_side", "report.of_side")
        self._counts(path)

    def _actor(self, path: str) -> None:
        self.text(f"{path}.name", "report.name")
        self.text(f"{path}.side", "report.side")

    def _source(self, path: str) -> None:
        self.text(f"{path}.name", "report.name")
        self.text(f"{path}.url", "report.url")
        grades = {g: f"{g}: {self.words(f'reliability.{g.lower()}')}" for g in "ABCDEF"}
        self.choice(f"{path}.reliability", "report.reliability", grades)
        truths = {n: f"{n}: {self.words(f'credibility.{n}')}" for n in range(1, 7)}
        self.choice(f"{path}.credibility", "report.credibility", truths)

    def place(self) -> None:
        """Draw where it happened; what the map says is set by whoever has the map."""
        self.text(f"{PLACE}.name", "report.place")
        with ui.element("div").classes("grid"):
            self.latitude = self.text(LATITUDE, "report.latitude")
            self.longitude = self.text(LONGITUDE, "report.longitude")
        areas = {one.value: self.words(f"place.{one.value}") for one in GeoPrecision}
        self.choice(f"{PLACE}.precision", "report.place_precision", areas)
        self.text(f"{PLACE}.countries", "report.countries", self.words("report.countries_form"))

    def _subs(self) -> dict[str, str]:
        chosen = self.draft.get("event_type")
        subs: Sequence[SubEventType] = [s for s in SubEventType if TYPE_OF[s].value == chosen]
        return {sub.value: self.words(f"sub_event_type.{sub.name.lower()}") for sub in subs}

    def content(self) -> dict[str, Any]:
        """Return what is to be sent."""
        return drafts.content(self.draft)
