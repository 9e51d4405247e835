"""Tells uploads of ACLED's events as revisions: what each changes against the one before."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from schemas.event import IncidentEvent
from schemas.incident import INCIDENT, IncidentReport
from services.importers.acled import Acled, Deleted
from services.importers.differences import differences, kinds
from services.importers.inputs import STANDARD_INPUT, Input
from services.importers.reading import read, read_rows
from services.importers.rows import LeftOut, Rejected, Row
from services.importers.seen import Seen
from services.importers.tally import Item, Tally, Watch
from services.importers.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Uploads:
    """An import of ACLED's events.

    Parameters
    ----------
    supersedes
        What was imported before: an upload with other content is then told as a correction.
    deleted
        ACLED's list of deleted events. Where it is known what was told before, or only some events
        are wanted, it takes back only those that are told here; else every event that it lists.

    Raises
    ------
    ValueError
        Two of the three come from standard input.
    """

    source: Input
    wanted: Wanted = field(default_factory=Wanted)
    supersedes: Input | None = None
    deleted: Input | None = None

    def __post_init__(self) -> None:
        paths = [i.path for i in (self.source, self.supersedes, self.deleted) if i is not None]
        if paths.count(STANDARD_INPUT) > 1:
            raise ValueError("-: given twice; expected one input from a pipe, the others as files")

    @property
    def undated(self) -> bool:
        """Whether its changes do not tell since when they are known; ACLED dates every upload."""
        return False

    def items(self, tally: Tally, watch: Watch) -> Iterator[Item]:
        """Yield what the rows become, counted; the retractions come last."""
        with Seen() as told:
            if self.supersedes is not None:
                for known in watch(self.supersedes, read(self.supersedes, Acled(), self.wanted)):
                    tally.earlier += 1
                    if isinstance(known, IncidentEvent):
                        _keep(told, known)
                    elif isinstance(known, Rejected):
                        tally.earlier_rejected += 1
            rows = read_rows(self.source, Acled(), self.wanted)
            for row, found in watch(self.source, rows):
                if isinstance(found, IncidentEvent):
                    found = _revised(row, found, told, tally)
                yield tally.count(found)
            if self.deleted is not None:
                only_told = self.supersedes is not None or self.wanted.narrow
                retractions = read(self.deleted, Deleted(), self.wanted)
                for item in watch(self.deleted, retractions):
                    if isinstance(item, IncidentEvent):
                        item = _withdrawn(item, told, only_told, tally)
                    yield tally.count(item)


def _keep(told: Seen, event: IncidentEvent) -> None:
    known = told.get(event.data.incident_id)
    if known is None or known[0] < event.data.revision:
        content = zlib.compress(event.data.model_dump_json(exclude_defaults=True).encode(), 1)
        told.put(event.data.incident_id, event.data.revision, content)


def _known(told: Seen, incident_id: str) -> IncidentReport | None:
    kept = told.get(incident_id)
    if kept is None:
        return None
    report = INCIDENT.validate_json(zlib.decompress(kept[1]))
    return report if isinstance(report, IncidentReport) else None


def _revised(
    row: Row, event: IncidentEvent, told: Seen, tally: Tally
) -> IncidentEvent | LeftOut | Rejected:
    """Return an upload as the revision that it is after what was told before."""
    now = event.data
    if not isinstance(now, IncidentReport):
        return event
    old = _known(told, now.incident_id)
    if old is None:
        _keep(told, event)
        tally.new += 1
        return event
    if old.revision > now.revision:
        return LeftOut("an earlier upload than one that is told")
    found = differences(old, now)
    if old.revision == now.revision:
        if not found:
            return LeftOut("told before")
        expected = "a later hour than that of what was told before, since the content differs"
        return Rejected(row, (("timestamp", str(row.values["timestamp"])[:200], expected),))
    _keep(told, event)
    status: Literal["confirmed", "corrected"] = "corrected" if found else "confirmed"
    upload = f"ACLED's upload of {event.time:%Y-%m-%d}"
    reason = f"unchanged in {upload}"
    if found:
        tally.corrections[kinds(found)] += 1
        reason = f"{'; '.join(d.words for d in found)} (in {upload})"
    else:
        tally.confirmed += 1
    update = {"status": status, "status_reason": reason[:4000]}
    return event.model_copy(update={"data": now.model_copy(update=update)})


def _withdrawn(
    event: IncidentEvent, told: Seen, only_told: bool, tally: Tally
) -> IncidentEvent | LeftOut:
    kept = told.get(event.data.incident_id)
    if kept is None and only_told:
        return LeftOut("deleted, and not among what is told")
    if kept is not None and kept[0] >= event.data.revision:
        return LeftOut("deleted before a later upload")
    tally.retracted += 1
    return event
