"""Whatever two releases tell, the difference leads from one to the other, and the counts add up."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.event import IncidentEvent
from schemas.incident import IncidentReport, IncidentRetraction
from services.importers.releases import Item, Release, Tally, compare, hold
from services.importers.table import Rejected, Row
from tests.builders import event, report

Incident = IncidentReport | IncidentRetraction

# What a release may say of each of five events: nothing, either of two tolls, or nonsense.
releases = st.lists(st.sampled_from([None, 1, 2, "unreadable"]), min_size=5, max_size=5)


def items(cells: Iterable[int | str | None]) -> list[Item]:
    told: list[Item] = []
    for native, deaths in enumerate(cells, start=1):
        if isinstance(deaths, int):
            told.append(event(report(incident_id=f"UCDP-GED-{native}", deaths=deaths)))
        elif deaths is not None:
            told.append(Rejected(Row(native, {"id": native}), (("best", deaths, "a number"),)))
    return told


def final(*parts: Iterable[Item]) -> dict[str, IncidentReport]:
    """Return the latest revision of each incident that stands."""
    latest: dict[str, Incident] = {}
    for item in (item for part in parts for item in part if isinstance(item, IncidentEvent)):
        before = latest.get(item.data.incident_id)
        assert before is None or item.data.revision > before.revision
        latest[item.data.incident_id] = item.data
    return {i: content(d) for i, d in latest.items() if isinstance(d, IncidentReport)}


@given(releases, releases)
def test_the_old_release_and_the_difference_leave_what_the_new_release_tells(
    old: list[Any], new: list[Any]
) -> None:
    tally = Tally()
    release = Release(Path("new"), "new", None, Path("old"), 2)
    told = list(compare(hold(items(old), tally), items(new), release, tally))
    expected = final(items(new))
    for native, (before, after) in enumerate(zip(old, new, strict=True), start=1):
        covered = any(isinstance(cell, int) for cell in new)
        if isinstance(before, int) and (after == "unreadable" or not covered):
            expected |= final([i for i in items(old) if _is(i, f"UCDP-GED-{native}")])
    assert final(items(old), told) == expected
    assert tally.rows == tally.confirmed + tally.corrected + tally.new + tally.rejected
    assert tally.rows == sum(cell is not None for cell in new)
    left = tally.retracted + tally.outside + tally.kept + tally.unsure + tally.earlier_rejected
    assert tally.earlier == tally.confirmed + tally.corrected + left
    assert tally.earlier == sum(cell is not None for cell in old)
    assert len(told) == tally.rows + tally.retracted


def _is(item: Item, incident_id: str) -> bool:
    return isinstance(item, IncidentEvent) and item.data.incident_id == incident_id


def content(data: IncidentReport) -> IncidentReport:
    return data.model_copy(update={"revision": 1, "status": "reported", "status_reason": None})
