"""Lead times as tables on the terminal, which the HTML report shows too."""

from collections.abc import Sequence
from datetime import timedelta

from rich.table import Table
from rich.text import Text

from models.domain.durations import in_words
from models.domain.leadtimes import AFTERWARDS, RISEN, By, Lead
from models.domain.measured import Limits, Measured, Summary, Warned, summary
from models.domain.quiet import Quiet
from models.domain.violence import ViolentDay
from services.terminal import Terminal

MOST = 40
"""How many violent days the terminal shows."""

COLOURS = {"watch": "yellow", "warning": "dark_orange", "critical": "red"}


def show(
    measured: Measured, limits: Limits, version: str, console: Terminal, most: int = MOST
) -> None:
    """Show the last ``most`` violent days, why each level was reached, and what all come to."""
    last = measured.warned[-most:]
    if len(last) < len(measured.warned):
        console.print(f"The last {most} of {len(measured.warned)} violent days; all: --report DIR")
    here = "Lead before violence, on the segment itself"
    console.print(_leads(here, [(w.day, w.here) for w in last]))
    anywhere = "Lead before violence, anywhere on its border"
    console.print(_leads(anywhere, [(w.day, w.border) for w in last]))
    console.print(_causes(last))
    console.print(_summary(measured.warned))
    console.print(_quiet(measured))
    console.print(_legend(measured, limits, version), highlight=False, markup=False, emoji=False)


def _leads(title: str, rows: Sequence[tuple[ViolentDay, Sequence[Lead]]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("violence begins, UTC", "where", "by"):
        table.add_column(name, no_wrap=name != "where")
    for level in RISEN:
        table.add_column(f"{level}, h", justify="right", style=COLOURS[level], no_wrap=True)
    table.add_column("deaths known, h after", justify="right")
    for day, found in rows:
        for by in By:
            cells = [shown(lead) for lead in found if lead.by is by]
            first = by is By.LADDER
            head = (begins(day), day.place) if first else ("", "")
            table.add_row(*head, by, *cells, deaths(day) if first else "")
        table.add_section()
    return table


def _causes(warned: Sequence[Warned]) -> Table:
    table = Table(title="What reached each level, on the segment", title_justify="left")
    table.title_style = "bold"
    for name in ("violence begins, UTC", "by", "level", "at, UTC", "lead, h", "because"):
        table.add_column(name, no_wrap=name not in ("because", "level"))
    for one in warned:
        for by in (By.LADDER, By.MODEL):
            for together in _together([x for x in one.here if x.by is by and x.at is not None]):
                first = together[0]
                levels = ", ".join(lead.level for lead in together)
                at = f"{first.at:%Y-%m-%d %H:%M}"
                # As it stands: a place's name may look like markup or an emoji's name.
                why = Text(first.words)
                table.add_row(begins(one.day), by, levels, at, shown(first), why)
        table.add_section()
    return table


def _together(leads: Sequence[Lead]) -> list[list[Lead]]:
    """Return leads that were reached at the same moment together."""
    groups: list[list[Lead]] = []
    for lead in leads:
        if groups and groups[-1][0].at == lead.at:
            groups[-1].append(lead)
        else:
            groups.append([lead])
    return groups


def _summary(warned: Sequence[Warned]) -> Table:
    title = (
        "Violent days with a level before them (still standing when they began; median of these)"
    )
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("counted", "by", "days", *RISEN):
        table.add_column(name, justify="left" if name in ("counted", "by") else "right")
    scopes = (("on the segment", [w.here for w in warned]), ("border", [w.border for w in warned]))
    for name, found in scopes:
        rows = summary(found)
        for by in By:
            own = [s for s in rows if s.by is by]
            cells = [_came_to(s) for s in own]
            table.add_row(name if by is By.LADDER else "", by, f"{own[0].days}", *cells)
        table.add_section()
    return table


def _came_to(one: Summary) -> str:
    lead = "" if one.median_hours is None else f"; {one.median_hours:.1f} h"
    return f"{one.before} ({one.standing}{lead})"


def _quiet(measured: Measured) -> Table:
    table = Table(title="Quiet days with a level or worse", title_justify="left")
    table.title_style = "bold"
    for name in ("counted", "by", "days", *RISEN):
        table.add_column(name, justify="left" if name in ("counted", "by") else "right")
    counted = (("segment-days", measured.quiet_segments), ("border-days", measured.quiet_borders))
    for name, found in counted:
        for one in found:
            first = one.by is By.LADDER
            cells = [_share(one, n) for n in range(len(RISEN))]
            table.add_row(name if first else "", one.by, f"{one.days}", *cells)
        table.add_section()
    return table


def _share(quiet: Quiet, nth: int) -> str:
    level, days = quiet.stood[nth]
    share = quiet.share(level)
    return "no days" if share is None else f"{share:.2%} ({days})"


def _legend(measured: Measured, limits: Limits, version: str) -> str:
    apart = in_words(timedelta(days=limits.apart))
    lines = [
        f"Model {version}. A level counts from the moment it was recorded, up to "
        f"{in_words(limits.within)} before; below zero it came after; 'never': not within "
        f"{in_words(AFTERWARDS)} after either.",
        "~ violence known to the day only, counted from 00:00 UTC; > the level stood for longer; "
        "* the level had lapsed before the violence began; in brackets: for how long it then stood "
        "without a break.",
        f"Quiet: no violence on the border within {apart}, as far as the file knows; one of "
        "violence alone tells of few precursors that came to nothing. A segment, or the border as "
        "a whole, counts from its first report on; border-days stand as the worst of them.",
    ]
    if measured.undated:
        names = ", ".join(measured.undated[:10])
        more = f" and {len(measured.undated) - 10} more" if len(measured.undated) > 10 else ""
        lines.append(f"No lead, since their day is not known: {names}{more}.")
    return "\n".join(lines)


def begins(day: ViolentDay) -> str:
    """Return when violence began, marked where only its day is known."""
    return f"{day.begins:%Y-%m-%d %H:%M}" if day.to_the_hour else f"{day.day:%Y-%m-%d} ~"


def deaths(day: ViolentDay) -> str:
    """Return when the first death was on record [h after violence began]."""
    if day.deaths_known is None:
        return "none told"
    return f"{(day.deaths_known - day.begins) / timedelta(hours=1):.1f}"


def shown(lead: Lead) -> str:
    """Return a lead in hours, with its marks."""
    if lead.hours is None:
        return "never"
    text = f"{'>' if lead.stood_before else ''}{lead.hours:+.1f}"
    if lead.hours <= 0:
        return text
    if lead.unbroken_hours is None:
        return f"{text}*"
    broken = lead.unbroken_hours < lead.hours
    return f"{text} ({lead.unbroken_hours:.1f})" if broken else text
