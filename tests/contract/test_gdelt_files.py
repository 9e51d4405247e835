"""Every row of three days of GDELT becomes an incident, is left out by code, or is named."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.event import IncidentEvent
from schemas.incident import GeoPrecision, IncidentReport
from services.importers.gdelt import Gdelt
from services.importers.gdelt_columns import NAMES
from services.importers.inputs import Input
from services.importers.reading import Read, read
from services.importers.rows import LeftOut

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FILE = DATA / "gdelt2_events_20201113_15.parquet"
LABELS = DATA / "gdelt2_events_column_labels.csv"
ABSENT = f"the GDELT files are absent: put them into {DATA.parent.name}/{DATA.name} beside the code"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=ABSENT)


def lines() -> Iterator[str]:
    """Yield the rows as GDELT's own files have them; the edition here has other names, in order."""
    table = pq.read_table(FILE)
    for row in table.select(table.column_names[: len(NAMES)]).to_pylist():
        yield "\t".join("" if cell is None else str(cell) for cell in row.values())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Read]:
    file = tmp_path_factory.mktemp("gdelt") / "20201113.export.CSV"
    file.write_text("".join(f"{line}\n" for line in lines()))
    return list(read(Input(file), Gdelt()))


def reports(found: list[Read]) -> list[IncidentReport]:
    told = [item.data for item in found if isinstance(item, IncidentEvent)]
    return [report for report in told if isinstance(report, IncidentReport)]


def test_the_columns_are_those_of_the_codebook() -> None:
    assert tuple(line.split(",")[0] for line in LABELS.read_text().splitlines()[1:] if line) == (
        *NAMES,
    )


def test_every_row_is_an_incident_or_left_out_by_name(found: list[Read]) -> None:
    kinds = Counter(type(item).__name__ for item in found)
    assert kinds == {"IncidentEvent": len(reports(found)), "LeftOut": 9354 - len(reports(found))}
    assert len({report.incident_id for report in reports(found)}) == len(reports(found)) > 3000
    left = Counter(item.why for item in found if isinstance(item, LeftOut))
    assert all(why == "no place" or why.startswith("CAMEO ") for why in left)
    print(f"{FILE.name}: {dict(kinds)}; left out: {left.most_common(5)}")


def test_nothing_is_exact_counted_or_well_graded(found: list[Read]) -> None:
    for report in reports(found):
        assert report.place.precision is not GeoPrecision.EXACT
        assert report.fatalities.best is None
        assert {s.reliability for s in report.sources} == {"D"}


def test_the_country_of_nearly_every_place_is_known(found: list[Read]) -> None:
    unknown = Counter(r.place.name for r in reports(found) if not r.place.countries)
    print(f"places without a country of ISO's: {unknown.most_common(5)}")
    assert unknown.total() < 0.01 * len(reports(found))


def test_an_article_that_tells_one_event_in_several_rows_is_counted_once(found: list[Read]) -> None:
    told = reports(found)
    again = [report for report in told if report.corroborates]
    assert {report.corroborates for report in again} <= {report.incident_id for report in told}
    print(f"told again by the same article: {len(again)} of {len(told)}")
    assert len(again) > 500
