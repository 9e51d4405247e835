"""The ACLED importer on rows made up for it: events, people and villages are all synthetic."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.event import IncidentEvent
from schemas.incident import GeoPrecision, IncidentReport, TimePrecision
from schemas.taxonomy import SubEventType
from services.importers import command
from services.importers.acled import Acled
from services.importers.inputs import Input
from services.importers.reading import read
from services.importers.rows import LeftOut, Rejected
from services.importers.tally import Tally
from services.importers.uploads import Uploads
from services.importers.wanted import Wanted
from services.terminal import Terminal

QUIET = Terminal(quiet=True)
MAY, JUNE = 1_714_557_600, 1_717_236_000  # 2024-05-01 and 2024-06-01, 10:00 UTC
ROW: dict[str, Any] = {
    "event_id_cnty": "KGZ999001",
    "event_date": "28 April 2024",
    "year": "2024",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Synthetic Guards of Northland",
    "assoc_actor_1": "Synthetic Rangers; Synthetic Police",
    "inter1": "State forces",
    "actor2": "Synthetic Guards of Southland",
    "assoc_actor_2": "",
    "inter2": "State forces",
    "interaction": "State forces-State forces",
    "civilian_targeting": "",
    "iso": "417",
    "region": "Caucasus and Central Asia",
    "country": "Kyrgyzstan",
    "admin1": "Synthetic Province",
    "admin2": "Synthetic District",
    "admin3": "",
    "location": "Synthetic Village",
    "latitude": "39.9",
    "longitude": "70.5",
    "geo_precision": "1",
    "source": "Synthetic Gazette; Synthetic Herald",
    "source_scale": "National",
    "notes": "SYNTHETIC: two made-up patrols exchange fire.",
    "fatalities": "2",
    "tags": "",
    "timestamp": str(MAY),
}


def as_csv(path: Path, table: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)
    return path


def as_ndjson(path: Path, table: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in table))
    return path


def only(folder: Path, **changes: Any) -> IncidentReport:
    (found,) = read(Input(as_csv(folder / "acled.csv", [ROW | changes])), Acled())
    assert isinstance(found, IncidentEvent), found
    assert isinstance(found.data, IncidentReport)
    return found.data


def test_a_row_becomes_an_incident(tmp_path: Path) -> None:
    (event,) = read(Input(as_csv(tmp_path / "acled.csv", [ROW])), Acled())
    assert isinstance(event, IncidentEvent)
    told = only(tmp_path)
    assert (event.id, event.source) == (f"ACLED-KGZ999001:{MAY // 3600}", "urn:acled:events")
    assert event.time == datetime.fromtimestamp(MAY, UTC)
    assert told.sub_event_type is SubEventType.ARMED_CLASH
    assert told.occurred.start == datetime(2024, 4, 28, tzinfo=UTC)
    assert told.occurred.precision is TimePrecision.DAY
    assert told.place.precision is GeoPrecision.EXACT
    assert told.place.countries == ("KGZ",)
    assert [actor.name for actor in told.actors] == [
        *("Synthetic Guards of Northland", "Synthetic Rangers", "Synthetic Police"),
        "Synthetic Guards of Southland",
    ]
    assert told.fatalities.best == 2
    assert [(s.reliability, s.credibility) for s in told.sources] == [("B", 2)]
    assert told.native is not None
    assert (told.native.scheme, told.native.id) == ("ACLED", "KGZ999001")


def test_the_numbers_of_old_exports_and_the_words_of_new_ones_mean_the_same(
    tmp_path: Path,
) -> None:
    numbers = {"inter1": "1", "inter2": "1", "interaction": "11"}
    assert only(tmp_path, **numbers) == only(tmp_path)


@pytest.mark.parametrize("date", ["2024-04-28", "28 April 2024", "28-April-2024", "28 april 2024"])
def test_a_date_is_read_as_the_files_and_the_api_write_it(tmp_path: Path, date: str) -> None:
    assert only(tmp_path, event_date=date).occurred.start == datetime(2024, 4, 28, tzinfo=UTC)


def test_no_deaths_and_none_reported_are_both_unknown_and_never_zero(tmp_path: Path) -> None:
    assert only(tmp_path, fatalities="0").fatalities.best is None


def test_a_capital_that_stands_for_an_area_is_no_place_on_a_segment(tmp_path: Path) -> None:
    assert only(tmp_path, geo_precision="2").place.precision is GeoPrecision.DISTRICT
    assert only(tmp_path, geo_precision="3").place.precision is GeoPrecision.PROVINCE


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("event_id_cnty", "", "event_id_cnty"),
        ("event_id_cnty", "KGZ 1", "incident_id"),
        ("event_date", "04/28/2024", "event_date"),
        ("event_date", "31 April 2024", "event_date"),
        ("event_date", "2024-05-02", "event_date"),
        ("time_precision", "4", "time_precision"),
        ("event_type", "Protests", "event_type"),
        ("sub_event_type", "Quarrel", "sub_event_type"),
        ("geo_precision", "", "geo_precision"),
        ("latitude", "99", "place.latitude"),
        ("longitude", "", "place"),
        ("fatalities", "some", "fatalities"),
        ("fatalities", "-1", "fatalities.best"),
        ("timestamp", "2024-05-01", "timestamp"),
        ("timestamp", "12", "timestamp"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_its_value_and_what_was_expected(
    tmp_path: Path, column: str, value: str, named: str
) -> None:
    good = ROW | {"event_id_cnty": "KGZ999000", "notes": "SYNTHETIC\nover two lines"}
    file = as_csv(tmp_path / "acled.csv", [good, ROW | {column: value}])
    first, second = read(Input(file), Acled())
    assert isinstance(first, IncidentEvent)
    assert isinstance(second, Rejected)
    assert (second.row.number, second.row.line) == (2, 4)
    ((field, found, expected),) = second.faults
    assert (field, bool(found), bool(expected)) == (named, True, True)


def test_csv_and_ndjson_give_the_same_incidents(tmp_path: Path) -> None:
    table = [ROW, ROW | {"event_id_cnty": "KGZ999002", "notes": 'SYNTHETIC "quoted",\ntwo lines'}]
    told = [*read(Input(as_csv(tmp_path / "acled.csv", table)), Acled())]
    without_empty = [{k: v for k, v in row.items() if v} for row in table]
    assert [*read(Input(as_ndjson(tmp_path / "acled.ndjson", without_empty)), Acled())] == told


def imported(
    folder: Path,
    now: list[dict[str, Any]],
    before: list[dict[str, Any]] | None = None,
    deleted: list[dict[str, Any]] | None = None,
    wanted: Wanted | None = None,
) -> tuple[list[dict[str, Any]], Tally]:
    """Return what an import writes, and its counts."""
    job = Uploads(
        Input(as_csv(folder / "now.csv", now)),
        wanted or Wanted(),
        None if before is None else Input(as_csv(folder / "before.csv", before)),
        None if deleted is None else Input(as_csv(folder / "deleted.csv", deleted)),
    )
    tally = command.to_ndjson(job, folder / "out.ndjson", QUIET)
    told = tally.confirmed + tally.corrected + tally.new + tally.retracted
    assert tally.rows == told + tally.rejected + tally.left_out.total()
    return [*map(orjson.loads, (folder / "out.ndjson").read_bytes().splitlines())], tally


LATER = ROW | {"timestamp": str(JUNE), "fatalities": "3"}


def test_a_later_upload_with_other_content_is_a_correction_that_says_what_changed(
    tmp_path: Path,
) -> None:
    (told,), tally = imported(tmp_path, [LATER], before=[ROW])
    assert told["data"]["status"] == "corrected"
    assert told["data"]["revision"] == JUNE // 3600
    reason = "deaths: best 2 -> 3 (in ACLED's upload of 2024-06-01)"
    assert told["data"]["status_reason"] == reason
    assert (tally.corrected, tally.earlier) == (1, 1)


def test_uploads_of_one_file_are_told_one_after_the_other(tmp_path: Path) -> None:
    told, _tally = imported(tmp_path, [ROW, LATER])
    assert [e["data"]["status"] for e in told] == ["reported", "corrected"]
    assert told[0]["data"]["revision"] < told[1]["data"]["revision"]


def test_an_earlier_upload_that_comes_later_tells_nothing(tmp_path: Path) -> None:
    told, tally = imported(tmp_path, [LATER, ROW])
    assert len(told) == 1
    assert tally.left_out == {"an earlier upload than one that is told": 1}


def test_a_later_upload_that_says_the_same_confirms(tmp_path: Path) -> None:
    (told,), _tally = imported(tmp_path, [ROW | {"timestamp": str(JUNE)}], before=[ROW])
    assert told["data"]["status"] == "confirmed"
    assert told["data"]["status_reason"] == "unchanged in ACLED's upload of 2024-06-01"


def test_what_has_not_been_uploaded_again_is_not_told_again(tmp_path: Path) -> None:
    told, tally = imported(tmp_path, [ROW, LATER], before=[ROW])
    assert [e["data"]["status"] for e in told] == ["corrected"]
    assert tally.left_out == {"told before": 1}


def test_another_content_without_another_upload_is_rejected_and_names_the_timestamp(
    tmp_path: Path,
) -> None:
    told, tally = imported(tmp_path, [ROW | {"fatalities": "9"}], before=[ROW])
    assert (told, tally.reasons) == ([], {"timestamp": 1})
    told, tally = imported(tmp_path, [ROW, ROW | {"fatalities": "9"}])
    assert (len(told), tally.reasons) == (1, {"id": 1})


def test_a_row_that_comes_again_is_told_once(tmp_path: Path) -> None:
    told, tally = imported(tmp_path, [ROW, ROW])
    assert (len(told), tally.left_out) == (1, {"told in an earlier row": 1})


DELETED = {"event_id_cnty": "KGZ999001", "deleted_timestamp": str(JUNE)}
OTHER = {"event_id_cnty": "KGZ999777", "deleted_timestamp": str(JUNE)}


def test_a_deleted_event_is_retracted_after_its_last_upload(tmp_path: Path) -> None:
    told, tally = imported(tmp_path, [ROW], deleted=[DELETED])
    gone = told[1]
    assert gone["data"]["status"] == "retracted"
    assert gone["data"]["status_reason"] == "deleted by ACLED on 2024-06-01"
    assert gone["data"]["revision"] > told[0]["data"]["revision"]
    assert tally.retracted == 1


def test_an_event_deleted_in_the_hour_of_its_upload_is_retracted_all_the_same(
    tmp_path: Path,
) -> None:
    told, _tally = imported(tmp_path, [ROW], deleted=[DELETED | {"deleted_timestamp": str(MAY)}])
    assert [e["data"]["status"] for e in told] == ["reported", "retracted"]
    assert told[1]["data"]["revision"] > told[0]["data"]["revision"]


def test_an_event_uploaded_again_after_its_deletion_stands(tmp_path: Path) -> None:
    again = ROW | {"timestamp": str(JUNE + 7200)}
    told, tally = imported(tmp_path, [again], deleted=[DELETED])
    assert len(told) == 1
    assert tally.left_out == {"deleted before a later upload": 1}


def test_deletions_of_what_was_never_told_are_told_only_where_all_may_have_been(
    tmp_path: Path,
) -> None:
    told, _tally = imported(tmp_path, [ROW], deleted=[OTHER])
    assert [e["data"]["status"] for e in told] == ["reported", "retracted"]
    told, _tally = imported(tmp_path, [ROW], before=[ROW], deleted=[OTHER, DELETED])
    assert [e["data"]["incident_id"] for e in told] == ["ACLED-KGZ999001"]
    kgz = Wanted(countries=frozenset({"KGZ"}))
    told, tally = imported(tmp_path, [ROW], deleted=[OTHER], wanted=kgz)
    assert tally.left_out == {"deleted, and not among what is told": 1}


def test_importing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    imported(tmp_path, [LATER], before=[ROW], deleted=[OTHER])
    once = (tmp_path / "out.ndjson").read_bytes()
    imported(tmp_path, [LATER], before=[ROW], deleted=[OTHER])
    assert (tmp_path / "out.ndjson").read_bytes() == once


def test_a_country_without_a_number_goes_by_its_name(tmp_path: Path) -> None:
    assert only(tmp_path, iso="").place.countries == ("KGZ",)
    assert only(tmp_path, iso="0", country="Nowhere").place.countries == ()


def test_rows_left_out_by_an_option_are_counted_by_it(tmp_path: Path) -> None:
    file = as_csv(tmp_path / "acled.csv", [ROW])
    for wanted, why in (
        (Wanted(since=datetime(2024, 4, 29, tzinfo=UTC)), "before --since"),
        (Wanted(until=datetime(2024, 4, 27, tzinfo=UTC)), "after --until"),
        (Wanted(countries=frozenset({"TJK"})), "outside --countries"),
    ):
        assert [*read(Input(file), Acled(), wanted)] == [LeftOut(why)]
    same_day = datetime(2024, 4, 28, tzinfo=UTC)
    all_of_it = Wanted(same_day, same_day, frozenset({"KGZ"}))
    (found,) = read(Input(file), Acled(), all_of_it)
    assert isinstance(found, IncidentEvent)
