"""The GDELT importer on rows made up in the layout of its files."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.event import IncidentEvent
from schemas.fips import FIPS
from schemas.incident import GeoPrecision, IncidentReport, Traffic
from schemas.taxonomy import SubEventType
from services.borders import load_segments
from services.importers.gdelt import Gdelt
from services.importers.gdelt_columns import NAMES
from services.importers.inputs import Input
from services.importers.reading import Read, read
from services.importers.rows import LeftOut, Rejected
from services.importers.wanted import Wanted

ROW: dict[str, Any] = {
    "GLOBALEVENTID": "999000001",
    "SQLDATE": "20240428",
    "Actor1Name": "SYNTHETIC GUARDS",
    "Actor1CountryCode": "KGZ",
    "Actor2Name": 'SYNTHETIC "RANGERS',
    "Actor2CountryCode": "TJK",
    "IsRootEvent": "1",
    "EventCode": "190",
    "EventBaseCode": "190",
    "EventRootCode": "19",
    "QuadClass": "4",
    "GoldsteinScale": "-10.0",
    "NumMentions": "4",
    "NumSources": "1",
    "ActionGeo_Type": "4",
    "ActionGeo_FullName": "Synthetic, Batken, Kyrgyzstan",
    "ActionGeo_CountryCode": "KG",
    "ActionGeo_Lat": "39.9",
    "ActionGeo_Long": "70.5",
    "DATEADDED": "20240428121500",
    "SOURCEURL": "https://news.example/synthetic",
}


def line(**changes: Any) -> str:
    row = ROW | changes
    return "\t".join(str(row.get(name, "")) for name in NAMES)


def told(folder: Path, *lines: str, wanted: Wanted | None = None) -> list[Read]:
    file = folder / "20240428121500.export.CSV"
    file.write_text("".join(f"{one}\n" for one in lines))
    return list(read(Input(file), Gdelt(), wanted))


def only(folder: Path, **changes: Any) -> IncidentReport:
    (found,) = told(folder, line(**changes))
    assert isinstance(found, IncidentEvent), found
    assert isinstance(found.data, IncidentReport)
    return found.data


def test_a_row_becomes_an_incident(tmp_path: Path) -> None:
    (event,) = told(tmp_path, line())
    assert isinstance(event, IncidentEvent)
    found = only(tmp_path)
    assert (event.id, event.source) == ("GDELT-999000001:1", "urn:gdelt:events")
    assert event.time == datetime(2024, 4, 28, 12, 15, tzinfo=UTC)
    assert found.sub_event_type is SubEventType.ARMED_CLASH
    assert found.occurred.start == datetime(2024, 4, 28, tzinfo=UTC)
    assert found.place.countries == ("KGZ",)
    assert [(a.name, a.side) for a in found.actors] == [
        ("SYNTHETIC GUARDS", "KGZ"),
        ('SYNTHETIC "RANGERS', "TJK"),
    ]
    assert found.native is not None
    assert (found.native.scheme, found.native.code) == ("GDELT-CAMEO", "190")


def test_deaths_are_unknown_and_never_zero(tmp_path: Path) -> None:
    toll = only(tmp_path).fatalities
    assert (toll.low, toll.best, toll.high) == (None, None, None)


def test_a_machine_reading_the_news_is_graded_low_and_many_mentions_raise_it_by_a_step(
    tmp_path: Path,
) -> None:
    grades = [("1", "1"), ("10", "2"), ("100", "1"), ("9", "3"), ("", "")]
    found = [only(tmp_path, NumMentions=m, NumSources=s).sources[0] for m, s in grades]
    assert [f"{s.reliability}{s.credibility}" for s in found] == ["D5", "D4", "D5", "D5", "D5"]


def test_the_article_is_the_source_with_its_address(tmp_path: Path) -> None:
    (source,) = only(tmp_path).sources
    assert (source.name, source.url) == ("GDELT, from news.example", ROW["SOURCEURL"])
    (cited,) = only(tmp_path, SOURCEURL="BBC Monitoring").sources
    assert (cited.name, cited.url) == ("GDELT", None)
    assert only(tmp_path, SOURCEURL="https://[broken/x").sources[0].name == "GDELT"


@pytest.mark.parametrize(
    ("kind", "precision"),
    [
        ("1", GeoPrecision.COUNTRY),
        ("2", GeoPrecision.PROVINCE),
        ("3", GeoPrecision.NEAR),
        ("4", GeoPrecision.NEAR),
        ("5", GeoPrecision.PROVINCE),
    ],
)
def test_a_place_found_by_a_machine_is_never_exact(
    tmp_path: Path, kind: str, precision: GeoPrecision
) -> None:
    assert only(tmp_path, ActionGeo_Type=kind).place.precision is precision


def test_what_says_nothing_about_a_border_or_has_no_place_is_left_out_by_name(
    tmp_path: Path,
) -> None:
    found = told(
        tmp_path,
        line(EventCode="010", EventRootCode="01"),
        line(EventCode="112", EventRootCode="11"),
        line(ActionGeo_Type="0"),
        line(ActionGeo_Type=""),
    )
    assert found == [*map(LeftOut, ("CAMEO 010", "CAMEO 112", "no place", "no place"))]


def test_a_leading_zero_that_a_table_of_numbers_lost_is_put_back(tmp_path: Path) -> None:
    found = only(tmp_path, EventCode="46", EventRootCode="4")
    assert found.sub_event_type is SubEventType.TALKS
    assert found.native is not None
    assert found.native.code == "046"


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("GLOBALEVENTID", "", "GLOBALEVENTID"),
        ("SQLDATE", "2024428", "SQLDATE"),
        ("SQLDATE", "20240431", "SQLDATE"),
        ("SQLDATE", "20240429", "SQLDATE"),
        ("EventCode", "---", "EventCode"),
        ("ActionGeo_Type", "9", "ActionGeo_Type"),
        ("ActionGeo_Lat", "north", "place.latitude"),
        ("ActionGeo_Long", "", "place"),
        ("DATEADDED", "20240428", "DATEADDED"),
    ],
)
def test_a_bad_cell_is_named_with_its_line(
    tmp_path: Path, column: str, value: str, named: str
) -> None:
    _, found = told(tmp_path, line(GLOBALEVENTID="1"), line(**{column: value}))
    assert isinstance(found, Rejected)
    assert found.row.line == 2
    assert [field for field, _value, _expected in found.faults] == [named]


def test_a_line_with_too_few_cells_spoils_no_other(tmp_path: Path) -> None:
    found = told(tmp_path, line(), "1\t2\t3", line(GLOBALEVENTID="2"))
    assert [type(item) for item in found] == [IncidentEvent, Rejected, IncidentEvent]
    assert isinstance(found[1], Rejected)
    assert "61 cells" in found[1].reason


def test_a_row_that_comes_again_is_left_out_and_one_that_says_otherwise_is_rejected(
    tmp_path: Path,
) -> None:
    _, again, other = told(tmp_path, line(), line(), line(EventCode="194"))
    assert again == LeftOut("told in an earlier row")
    assert isinstance(other, Rejected)
    assert "row 1" in other.reason


def test_one_event_in_several_rows_of_one_article_is_counted_once(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        line(),
        line(GLOBALEVENTID="2", Actor1Name="SYNTHETIC ARMY"),
        line(GLOBALEVENTID="3", EventCode="194"),
        line(GLOBALEVENTID="4", ActionGeo_Lat="40.9"),
        line(GLOBALEVENTID="5", SOURCEURL="https://other.example/x"),
        line(GLOBALEVENTID="6", SOURCEURL="BBC Monitoring"),
    )
    same = [
        item.data.corroborates
        for item in found
        if isinstance(item, IncidentEvent) and isinstance(item.data, IncidentReport)
    ]
    assert same == [None, "GDELT-999000001", None, None, None, None]


def test_a_zip_and_ndjson_with_numbers_give_the_same_incidents(tmp_path: Path) -> None:
    plain = told(tmp_path, line())
    packed = tmp_path / "20240428121500.export.CSV.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(tmp_path / "20240428121500.export.CSV", "20240428121500.export.CSV")
    assert list(read(Input(packed), Gdelt())) == plain
    numbers = {"GLOBALEVENTID", "SQLDATE", "EventCode", "EventRootCode", "ActionGeo_Type"}
    row = {k: int(v) if k in numbers else v for k, v in ROW.items()}
    ndjson = tmp_path / "events.ndjson"
    ndjson.write_bytes(orjson.dumps(row))
    assert list(read(Input(ndjson), Gdelt())) == plain


def test_traffic_marks_every_incident(tmp_path: Path) -> None:
    (found,) = told(tmp_path, line(), wanted=Wanted(traffic=Traffic.EXERCISE))
    assert isinstance(found, IncidentEvent)
    assert found.data.traffic is Traffic.EXERCISE


def test_every_country_of_a_border_has_a_code_that_gdelt_places_events_by() -> None:
    on_borders = {country for s in load_segments(None, 500) for country in s.countries}
    assert on_borders - set(FIPS.values()) == set()
