"""Every row of the real UCDP files arrives, or is named; a real pair of releases is compared."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.event import IncidentEvent
from schemas.incident import IncidentReport
from services.importers.releases import Item, Release, Tally, compare, hold
from services.importers.ucdp import read

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ABSENT = f"the UCDP files are absent: put them into {DATA.parent.name}/{DATA.name} beside the code"
NAMES = (
    "ucdp_ged211_1989_2017",
    "ucdp_ged231_random1000",
    "ucdp_ged_nigeria_hdx_vintage2020_1990_2019",
    "ucdp_ged_ukraine_hdx_vintage2020_2014_2019",
    "ucdp_ged_ukraine_hdx_vintage2022_2014_2021",
)
OLD, NEW = NAMES[3:]
RELEASED = datetime(2022, 6, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=ABSENT)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_release_becomes_an_incident_of_its_own(name: str) -> None:
    path = DATA / f"{name}.parquet"
    kinds: Counter[str] = Counter()
    ids = set()
    for item in read(path):
        kinds[type(item).__name__] += 1
        if isinstance(item, IncidentEvent):
            ids.add(item.data.incident_id)
    print(f"{path.name}: {dict(kinds)}")
    assert kinds == {"IncidentEvent": pq.read_metadata(path).num_rows}
    assert len(ids) == kinds["IncidentEvent"]


def test_no_file_of_ucdp_is_left_untried() -> None:
    assert {path.stem for path in DATA.glob("ucdp*.parquet")} == set(NAMES)


@pytest.fixture(scope="module")
def old() -> list[Item]:
    return list(read(DATA / f"{OLD}.parquet"))


@pytest.fixture(scope="module")
def new() -> list[Item]:
    return list(read(DATA / f"{NEW}.parquet", RELEASED))


@pytest.fixture(scope="module")
def told(old: list[Item], new: list[Item]) -> tuple[list[IncidentEvent], Tally]:
    """Return what the 2022 release of Ukraine tells against that of 2020, and its counts."""
    release = Release(Path(NEW), "UCDP GED 22.1", RELEASED, Path(OLD), 2)
    tally = Tally()
    found = list(compare(hold(old, tally), new, release, tally))
    return [item for item in found if isinstance(item, IncidentEvent)], tally


def test_the_2022_release_of_ukraine_withdraws_and_corrects_what_ucdp_did(
    told: tuple[list[IncidentEvent], Tally],
) -> None:
    found, tally = told
    statuses = Counter(e.data.status for e in found if e.data.status_reason)
    assert statuses == {"confirmed": 571, "corrected": 502, "retracted": 94}
    reasons = [e.data.status_reason or "" for e in found]
    assert sum("deaths: best" in reason for reason in reasons) == 59
    # 81 changed their latitude, three more only their longitude; four are rounded otherwise.
    assert sum("place moved" in reason for reason in reasons) == 84
    assert sum("place moved less than 1 m" in reason for reason in reasons) == 4
    print(f"{OLD} -> {NEW}: {dict(statuses)}, {dict(tally.corrections)}")


def test_81_events_of_ukraine_changed_their_latitude(old: list[Item], new: list[Item]) -> None:
    before, after = latest(old), latest(new)
    pairs = [(before[i].place, after[i].place) for i in before.keys() & after.keys()]
    assert sum(a.latitude != b.latitude for a, b in pairs) == 81


def test_every_event_of_either_release_of_ukraine_is_accounted_for(
    told: tuple[list[IncidentEvent], Tally],
) -> None:
    found, tally = told
    assert (tally.rows, tally.earlier, len(found)) == (2989, 1167, 2989 + 94)
    assert tally.rows == tally.confirmed + tally.corrected + tally.new
    assert tally.earlier == tally.confirmed + tally.corrected + tally.retracted


def test_the_old_release_and_the_difference_leave_what_the_new_release_tells(
    old: list[Item], new: list[Item], told: tuple[list[IncidentEvent], Tally]
) -> None:
    assert latest([*old, *told[0]]) == latest(new)


def test_the_older_release_of_ukraine_withdraws_nothing_after_its_last_day(
    old: list[Item], new: list[Item]
) -> None:
    tally = Tally()
    release = Release(Path(OLD), "the 2020 release", RELEASED, Path(NEW), 2)
    withdrawn = list(compare(hold(new, tally), old, release, tally))[len(old) :]
    assert len(withdrawn) == tally.retracted
    last = max(report.occurred.end or report.occurred.start for report in latest(old).values())
    stand = latest(new)
    gone = [stand[e.data.incident_id] for e in withdrawn if isinstance(e, IncidentEvent)]
    assert all((report.occurred.end or report.occurred.start) <= last for report in gone)
    later = [r for r in stand.values() if (r.occurred.end or r.occurred.start) > last]
    assert (tally.outside, tally.retracted) == (len(later), 1916 - len(later))
    print(f"outside coverage: {tally.outside}, retracted: {tally.retracted}")


def latest(items: Iterable[Item]) -> dict[str, IncidentReport]:
    """Return what stands of each incident in the end, apart from which revision says so."""
    final: dict[str, IncidentReport] = {}
    for item in items:
        assert isinstance(item, IncidentEvent)
        data = item.data
        final.pop(data.incident_id, None)
        if isinstance(data, IncidentReport):
            same = {"revision": 1, "status": "reported", "status_reason": None}
            final[data.incident_id] = data.model_copy(update=same)
    return final
