"""Tells a release of an event dataset as what it changes against the release before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from schemas.event import EventKind, IncidentEvent
from schemas.incident import IncidentReport, IncidentRetraction
from services.importers import ucdp
from services.importers.cells import KNOWN_AFTER
from services.importers.differences import differences, kinds
from services.importers.earlier import Earlier
from services.importers.inputs import STANDARD_INPUT, Format, Input
from services.importers.reading import Read
from services.importers.rows import Rejected
from services.importers.tally import Coverage, Item, Tally, Watch, days
from services.importers.wanted import Wanted

__all__ = ["Coverage", "Item", "Release", "Tally", "compare", "hold"]

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Release:
    """A release to import.

    Parameters
    ----------
    called
        What status reasons call it, e.g. 'UCDP GED 22.1'.
    released
        The day it became known (UTC midnight); None: each event on the day after its end.
    supersedes
        The release before it; None: every event is a first report, revision 1.
    revision
        The revision that every incident takes; higher than that of the release before it.

    Raises
    ------
    ValueError
        The revision does not fit (1 is a plain import's, what follows it a comparison's), or the
        name is none.
    """

    file: Path
    called: str
    released: datetime | None = None
    supersedes: Path | None = None
    revision: int = 1
    format: Format | None = None
    wanted: Wanted = field(default_factory=Wanted)

    def __post_init__(self) -> None:
        if not 0 < len(self.called) <= _LONGEST_NAME:
            msg = f"--called: {len(self.called)} characters; expected 1 to {_LONGEST_NAME}"
            raise ValueError(msg)
        if self.supersedes is None and self.revision != 1:
            msg = f"--revision: found {self.revision}; expected --supersedes OLD beside it"
            raise ValueError(msg)
        if self.supersedes is not None and self.revision < 2:
            msg = f"--revision: found {self.revision}; expected 2 or more with --supersedes"
            raise ValueError(msg)
        if self.supersedes is not None and self.wanted.narrow:
            raise ValueError(
                "--since, --until, --countries: what they leave out would count as withdrawn; "
                "expected none of them with --supersedes"
            )
        if self.file == self.supersedes == STANDARD_INPUT:
            raise ValueError("-: given twice; expected one release from a pipe, the other a file")

    @property
    def source(self) -> Input:
        """What is read."""
        return Input(self.file, self.format)

    @property
    def undated(self) -> bool:
        """Whether it tells changes without saying since when they are known."""
        return self.supersedes is not None and self.released is None

    def items(self, tally: Tally, watch: Watch) -> Iterator[Item]:
        """Yield what the rows become, counted: all, or what changed since the one before."""
        earlier = Earlier()
        if self.supersedes is not None:
            before = Input(self.supersedes)
            earlier = hold(watch(before, ucdp.read(before, None, self.wanted)), tally)
        found = watch(self.source, ucdp.read(self.source, self.released, self.wanted))
        yield from compare(earlier, found, self, tally)


def hold(items: Iterable[Read], tally: Tally) -> Earlier:
    """Return the incidents of the earlier release; what is rejected there has told nothing."""
    earlier = Earlier()
    for item in items:
        tally.earlier += 1
        if isinstance(item, IncidentEvent):
            earlier.put(_report(item))
        else:
            tally.earlier_rejected += 1
    return earlier


def compare(
    earlier: Earlier, items: Iterable[Read], release: Release, tally: Tally
) -> Iterator[Item]:
    """Yield what ``items``, the rows of ``release``, change; the retractions come last.

    A rejected row withdraws nothing: its incident stays as it is. While a row has an id that cannot
    be read, every missing incident could be that row's, so that none is withdrawn.
    """
    unreadable: set[str] = set()
    for item in items:
        if not isinstance(item, IncidentEvent):
            yield tally.count(item)
        if isinstance(item, Rejected):
            incident_id = ucdp.incident_id(item.row.values)
            if incident_id is None:
                tally.nameless.append(item.row.number)
            else:
                unreadable.add(incident_id)
        elif isinstance(item, IncidentEvent):
            told = _report(item)
            tally.coverage.add(told)
            old = earlier.take(told.incident_id)
            yield tally.count(_as(item, release, _revised(old, told, release, tally)))
    for old in earlier.left():
        if _withdrawn(old, unreadable, tally):
            yield _retraction(old, release)


def _revised(
    old: IncidentReport | None, told: IncidentReport, release: Release, tally: Tally
) -> IncidentReport:
    """Return ``told`` as the revision that it is after ``old``."""
    if old is None:
        tally.new += 1
        return told.model_copy(update={"revision": release.revision})
    found = differences(old, told)
    status: Literal["confirmed", "corrected"] = "corrected" if found else "confirmed"
    reason = f"unchanged in {release.called}"
    if found:
        tally.corrections[kinds(found)] += 1
        reason = f"{'; '.join(d.words for d in found)} (in {release.called})"
    else:
        tally.confirmed += 1
    told_now = {"revision": release.revision, "status": status, "status_reason": reason[:4000]}
    return told.model_copy(update=told_now)


def _withdrawn(old: IncidentReport, unreadable: set[str], tally: Tally) -> bool:
    """Tell whether the release withdraws an incident that it does not tell, and count why not."""
    if old.incident_id in unreadable:
        tally.kept += 1
    elif not tally.coverage.holds(old):
        tally.outside += 1
    elif tally.nameless:
        tally.unsure += 1
    else:
        tally.retracted += 1
        return True
    return False


def _retraction(old: IncidentReport, release: Release) -> IncidentEvent:
    withdrawn = IncidentRetraction(
        incident_id=old.incident_id,
        revision=release.revision,
        traffic=old.traffic,
        status="retracted",
        status_reason=f"withdrawn in {release.called}",
    )
    return IncidentEvent(
        specversion="1.0",
        id=f"{old.incident_id}:{release.revision}",
        source=ucdp.SOURCE,
        type=EventKind.INCIDENT,
        time=release.released or days(old)[1] + KNOWN_AFTER,
        subject=old.incident_id,
        data=withdrawn,
    )


def _as(item: IncidentEvent, release: Release, told: IncidentReport) -> IncidentEvent:
    return item.model_copy(update={"id": f"{told.incident_id}:{release.revision}", "data": told})


def _report(item: IncidentEvent) -> IncidentReport:
    if not isinstance(item.data, IncidentReport):
        msg = f"{item.id}: {item.data.status}; expected a release to hold reports only"
        raise TypeError(msg)
    return item.data
