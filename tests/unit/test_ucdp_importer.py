"""The UCDP importer on small tables: each row becomes an incident or is named."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import IncidentEvent
from schemas.incident import GeoPrecision, IncidentReport, TimePrecision
from schemas.taxonomy import SubEventType
from services.importers.reading import Read
from services.importers.table import Rejected, UnreadableTable, count, rows
from services.importers.ucdp import read

FULL: dict[str, Any] = {
    "id": 300380.0,
    "relid": "SYR-2013-1-11973-99",
    "code_status": "Clear",
    "type_of_violence": 1.0,
    "conflict_name": "Syria: Government",
    "side_a": "Government of Syria",
    "side_b": "Syrian insurgents",
    "where_prec": 1.0,
    "where_coordinates": "Rami village",
    "latitude": 35.763369,
    "longitude": 36.558974,
    "country": "Syria",
    "date_prec": 2.0,
    "date_start": "2013-01-03 00:00:00.000",
    "date_end": "2013-01-05 00:00:00.000",
    "deaths_a": 0.0,
    "deaths_b": 2.0,
    "low": 1.0,
    "best": 2.0,
    "high": 4.0,
}
REDUCED: dict[str, Any] = {
    "id": 13364,
    "date": datetime(1989, 1, 1),  # noqa: DTZ001 - as the file has it
    "country": "South Africa",
    "type_of_violence": "One-sided violence",
    "side_a": "IFP",
    "side_b": "Civilians",
    "latitude": -29.857896,
    "longitude": 31.029198,
    "low_death": 1,
    "best_death": 1,
    "high_death": 1,
}


def as_parquet(path: Path, table: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(table), path)
    return path


def as_csv(path: Path, table: list[dict[str, Any]], *between: list[str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table[0])
        writer.writerows(between)
        writer.writerows(row.values() for row in table)
    return path


def reports(items: Iterable[Read]) -> list[IncidentReport]:
    told = list(items)
    found = [item.data for item in told if isinstance(item, IncidentEvent)]
    assert len(found) == len(told)
    return [data for data in found if isinstance(data, IncidentReport)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ged.parquet"


def only(file: Path, **changes: Any) -> IncidentReport:
    (found,) = reports(list(read(as_parquet(file, [FULL | changes]))))
    return found


def refusal(file: Path, **changes: Any) -> Rejected:
    (found,) = read(as_parquet(file, [FULL | changes]))
    assert isinstance(found, Rejected)
    return found


def test_a_full_row_becomes_an_incident(file: Path) -> None:
    found = only(file)
    assert found.incident_id == "UCDP-GED-300380"
    assert found.status == "confirmed"
    assert found.sub_event_type is SubEventType.ARMED_CLASH
    assert found.occurred.start == datetime(2013, 1, 3, tzinfo=UTC)
    assert found.occurred.end == datetime(2013, 1, 5, tzinfo=UTC)
    assert found.occurred.precision is TimePrecision.WEEK
    assert found.place.name == "Rami village"
    assert found.place.precision is GeoPrecision.EXACT
    assert found.place.countries == ("SYR",)
    assert [actor.name for actor in found.actors] == ["Government of Syria", "Syrian insurgents"]
    assert found.native is not None
    assert found.native.code == "SYR-2013-1-11973-99"


def test_an_incident_is_known_on_the_day_after_it_ended(file: Path) -> None:
    (found,) = read(as_parquet(file, [FULL]))
    assert isinstance(found, IncidentEvent)
    assert found.time == datetime(2013, 1, 6, tzinfo=UTC)


def test_an_event_of_one_day_has_no_end(file: Path) -> None:
    assert only(file, date_end=FULL["date_start"]).occurred.end is None


def test_a_reduced_row_becomes_an_incident(file: Path) -> None:
    (found,) = reports(list(read(as_parquet(file, [REDUCED]))))
    assert found.sub_event_type is SubEventType.ATTACK
    assert found.place.name == "South Africa"
    assert found.place.precision is GeoPrecision.NEAR
    assert found.fatalities.best == 1
    assert found.fatalities.claims == ()


def test_csv_and_parquet_give_the_same_incidents(tmp_path: Path) -> None:
    table = [FULL, FULL | {"id": 2.0, "low": None, "where_coordinates": 'a "quoted",\nname'}]
    from_csv = list(read(as_csv(tmp_path / "ged.csv", table)))
    assert from_csv == list(read(as_parquet(tmp_path / "ged.parquet", table)))


def test_the_second_header_line_of_hdx_is_no_row(tmp_path: Path) -> None:
    tags = [f"#tag+{n}" for n in range(len(FULL))]
    (found,) = read(as_csv(tmp_path / "ged.csv", [FULL], tags))
    assert isinstance(found, IncidentEvent)


def test_an_unknown_toll_is_null_and_not_zero(file: Path) -> None:
    toll = only(file, low=None, best=float("nan"), high=3.0).fatalities
    assert (toll.low, toll.best, toll.high) == (None, None, 3)


def test_a_bound_against_the_best_estimate_is_left_out_and_said(file: Path) -> None:
    found = only(file, low=3.0, best=2.0, high=1.0)
    assert (found.fatalities.low, found.fatalities.best, found.fatalities.high) == (None, 2, None)
    assert "low 3, high 1" in found.summary


def test_deaths_by_side_are_claims_of_ucdp(file: Path) -> None:
    claims = only(file).fatalities.claims
    assert [(c.claimant, c.of_side, c.best) for c in claims] == [
        ("UCDP", "Government of Syria", 0),
        ("UCDP", "Syrian insurgents", 2),
    ]


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("id", None, "id"),
        ("type_of_violence", 4.0, "type_of_violence"),
        ("where_prec", 8.0, "where_prec"),
        ("date_prec", None, "date_prec"),
        ("date_start", "3 January", "date_start"),
        ("best", 1.5, "best"),
        ("latitude", 91.0, "place.latitude"),
        ("longitude", None, "place"),
        ("low", -1.0, "fatalities.low"),
    ],
)
def test_a_bad_cell_is_named_with_its_row(
    file: Path, column: str, value: object, named: str
) -> None:
    found = refusal(file, **{column: value})
    assert found.row.number == 1
    assert [field for field, _value, _expected in found.faults] == [named]
    assert found.row.values["side_a"] == "Government of Syria"


def test_a_repeated_id_is_rejected_and_names_the_first_row(file: Path) -> None:
    first, other, second = read(as_parquet(file, [FULL, FULL | {"id": 2.0}, FULL]))
    assert isinstance(first, IncidentEvent)
    assert isinstance(other, IncidentEvent)
    assert isinstance(second, Rejected)
    assert second.row.number == 3
    assert "row 1" in second.reason


@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0, None]), st.sampled_from([1.0, 9.0]))))
def test_every_row_is_an_incident_or_a_reject(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[float | None, float]]
) -> None:
    table = [FULL, *(FULL | {"id": i, "type_of_violence": kind} for i, kind in cells)]
    file = as_parquet(tmp_path_factory.mktemp("ged") / "ged.parquet", table)
    items = list(read(file))
    valid = {i for i, kind in cells if i is not None and kind == 1.0}
    assert len(items) == len(table) == count(file)
    assert sum(isinstance(item, IncidentEvent) for item in items) == 1 + len(valid)


def test_a_file_of_another_dataset_is_refused_with_the_missing_columns(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="columns id, latitude"):
        list(read(as_csv(tmp_path / "other.csv", [{"actor": "x", "date": "2013-01-03"}])))


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "ged.csv"
    empty.write_text("id,latitude\n")
    with pytest.raises(UnreadableTable, match="no rows"):
        list(read(empty))


def test_a_broken_file_and_one_of_another_kind_are_refused(tmp_path: Path) -> None:
    broken, other = tmp_path / "ged.parquet", tmp_path / "ged.xlsx"
    for file in (broken, other):
        file.write_text("not a table")
    with pytest.raises(UnreadableTable, match="expected Parquet"):
        list(read(broken))
    with pytest.raises(UnreadableTable, match=r"expected \.csv or \.parquet"):
        list(read(other))
    with pytest.raises(UnreadableTable, match="no such file"):
        list(read(tmp_path / "absent.csv"))


@pytest.mark.parametrize("line", ["1,2", "1,2,3,4"])
def test_a_line_with_a_cell_too_many_or_too_few_stops_the_file_by_its_row(
    tmp_path: Path, line: str
) -> None:
    file = tmp_path / "ged.csv"
    file.write_text(f"a,b,c\n1,2,3\n{line}\n")
    with pytest.raises(UnreadableTable, match="after row 1:"):
        list(rows(file, (), {}))


@pytest.mark.parametrize("date", ["9999-12-31", "9998-12-31", "0001-01-01"])
def test_a_row_at_the_ends_of_the_calendar_is_named(tmp_path: Path, date: str) -> None:
    table = [FULL | {"date_start": date, "date_end": date}]
    (found,) = read(as_parquet(tmp_path / "ged.parquet", table))
    assert isinstance(found, Rejected)
    assert found.faults == (("date_start", repr(date), "a day in the years 2 to 9998"),)
