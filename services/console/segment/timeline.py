"""The incidents of a segment as a timeline: what each report said, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.assessment import Assessment
from schemas.incident import Claim, IncidentReport, TimePrecision, Toll, When
from services.console.ages import moment
from services.console.words import Words
from services.ledger.answers import Revision
from services.ledger.one_incident import Whole
from services.ledger.reports import Reported

CLOCKED = (TimePrecision.MINUTE, TimePrecision.HOUR)
"""Of which times the hour is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One incident.

    Parameters
    ----------
    report
        The last that said what happened.
    status
        Of the last revision.
    counts
        Whether it counts on this place: not once it was taken back.
    grade
        Admiralty grade, from all reports that are counted as one with it; None: it never counted.
    corroborates
        The incident that it is counted together with, as one.
    corroborated_by
        Those that are counted together with it.
    revisions
        In order of recording, each once; with the time that it was recorded.
    """

    incident_id: str
    report: IncidentReport
    status: str
    counts: bool
    grade: str | None
    corroborates: str | None
    corroborated_by: Sequence[str]
    revisions: Sequence[Revision]

    @property
    def retracted(self) -> bool:
        """Whether the reporter has taken it back."""
        return self.status == "retracted"


def entries(
    place_id: str, found: Iterable[tuple[Reported, Whole]], assessed: Assessment | None
) -> list[Entry]:
    """Return the entries, in the order of ``found``.

    Parameters
    ----------
    assessed
        The assessment that names recent incidents, with what the service found to be one event.
    """
    pairs = list(found)
    said = {cause.incident_id: cause for cause in assessed.incidents} if assessed else {}
    one_with: dict[str, str] = {
        told.report.incident_id: told.report.corroborates
        for told, _ in pairs
        if told.report.corroborates and told.status != "retracted"
    }
    for cause in said.values():
        # What the service counts is what holds: an operator may have told two reports apart.
        one_with.pop(cause.incident_id, None)
        if cause.corroborates:
            one_with[cause.incident_id] = cause.corroborates
    others = defaultdict(list)
    for one, head in one_with.items():
        others[head].append(one)
    return [
        Entry(
            name := told.report.incident_id,
            told.report,
            told.status,
            place_id in told.segment_ids,
            (said[name].grade if name in said else None) or _graded(place_id, whole),
            one_with.get(name),
            tuple(sorted(others[name])),
            distinct(whole.revisions),
        )
        for told, whole in pairs
    ]


def distinct(revisions: Iterable[Revision]) -> tuple[Revision, ...]:
    """Return revisions without those that were only sent again."""
    kept: dict[str, Revision] = {}
    for one in revisions:
        kept.setdefault(one.incident.model_dump_json(exclude={"sealed"}), one)
    return tuple(kept.values())


def happened(words: Words, when: When) -> tuple[datetime | None, str]:
    """Return the moment at which something happened, where its hour is known, and how to say it."""
    if when.precision in CLOCKED:
        return when.start, moment(when.start)
    begin, end = when.start.date(), (when.end or when.start).date()
    days = f"{begin}" if begin == end else f"{begin} - {end}"
    if when.precision is TimePrecision.DAY:
        return None, days
    return None, words("incident.within", days=days, unit=words(f"unit.{when.precision.value}"))


def people(words: Words, low: int | None, best: int | None, high: int | None) -> str:
    """Return a number of persons with its bounds; one that is not known is not none."""
    known = [n for n in (low, best, high) if n is not None]
    if not known:
        return words("incident.unknown")
    if best is None:
        return f"{low if low is not None else '?'}-{high if high is not None else '?'}"
    bounds = (low if low is not None else best, high if high is not None else best)
    return f"{best}" if bounds == (best, best) else f"{best} ({bounds[0]}-{bounds[1]})"


def claims(words: Words, fatalities: Toll, injuries: Toll) -> list[tuple[str, str, str, str]]:
    """Return who claims what: claimant, whose, killed, injured; each claim is kept apart."""
    order: dict[tuple[str, str], dict[str, Claim]] = {}
    for kind, toll in (("killed", fatalities), ("injured", injuries)):
        for claim in toll.claims:
            order.setdefault((claim.claimant, claim.of_side), {})[kind] = claim
    found = []
    for (claimant, side), kinds in order.items():
        killed, injured = (_claimed(words, kinds.get(kind)) for kind in ("killed", "injured"))
        found.append((claimant, side, killed, injured))
    return found


def _claimed(words: Words, claim: Claim | None) -> str:
    return "-" if claim is None else people(words, claim.low, claim.best, claim.high)


def _graded(place_id: str, whole: Whole) -> str | None:
    return next((e.effect.grade for e in whole.effects if e.segment_id == place_id), None)
