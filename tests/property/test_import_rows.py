"""Whatever a row holds, it becomes a valid incident, is left out by name, or names its fault."""

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import IncidentEvent
from schemas.topics import INCIDENTS
from schemas.versions import decode
from services import importers
from services.importers import acled, gdelt, ucdp
from services.importers.dataset import Dataset
from services.importers.inputs import Format, Input, UnreadableTable
from services.importers.reading import Read, read, turned
from services.importers.rows import LeftOut, Rejected, Row
from services.importers.seen import Seen
from services.importers.wanted import Wanted

# What files hold, what they should not, and what only JSON or Parquet can.
cells = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.binary(max_size=4),
    st.datetimes(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
    st.sampled_from(["0", "1", "2", "3", "1e999", "-1", "1_000", "nan", "9" * 5000, "x" * 5000]),
)
UCDP_ROW: dict[str, Any] = {
    **{"id": 1, "latitude": 39.9, "longitude": 70.5, "type_of_violence": 1},
    **{"side_a": "A", "side_b": "B", "date_start": "2013-01-03", "date_end": "2013-01-05"},
    **{"where_prec": 1, "date_prec": 1, "low": 1, "best": 2, "high": 3, "iso3": "KGZ"},
    **{"deaths_a": 1, "relid": "R", "event_clarity": 1, "number_of_sources": 2},
    **{"source_office": "S", "country": "Kyrgyzstan", "code_status": "Clear"},
    **{"where_coordinates": "X", "dyad_name": "A - B"},
}
ACLED_ROW: dict[str, Any] = {
    **{"event_id_cnty": "KGZ999001", "event_date": "28 April 2024", "time_precision": 1},
    **{"event_type": "Battles", "sub_event_type": "Armed clash", "actor1": "Synthetic A"},
    **{"assoc_actor_1": "Synthetic B; C", "actor2": None, "iso": 417, "country": "Kyrgyzstan"},
    **{"location": "Synthetic", "latitude": 39.9, "longitude": 70.5, "geo_precision": 1},
    **{"source": "Synthetic; Gazette", "notes": "SYNTHETIC", "fatalities": 1},
    "timestamp": 1_714_557_600,
}
DELETED_ROW: dict[str, Any] = {
    "event_id_cnty": "KGZ999001",
    "deleted_timestamp": 1_714_557_600,
}
GDELT_ROW: dict[str, Any] = {
    **{"GLOBALEVENTID": 999000001, "SQLDATE": 20240428, "DATEADDED": 20240428121500},
    **{"EventCode": "190", "EventRootCode": "19", "ActionGeo_Type": 4, "ActionGeo_Lat": 39.9},
    **{"ActionGeo_Long": 70.5, "ActionGeo_CountryCode": "KG", "ActionGeo_FullName": "Synthetic"},
    **{"Actor1Name": "A", "Actor1CountryCode": "KGZ", "Actor2Name": None, "NumMentions": 4},
    **{"NumSources": 1, "GoldsteinScale": -10.0, "SOURCEURL": "https://news.example/x"},
}
DATASETS: list[tuple[Dataset, dict[str, Any]]] = [
    (ucdp.Ged(), UCDP_ROW),
    (acled.Acled(), ACLED_ROW),
    (acled.Deleted(), DELETED_ROW),
    (gdelt.Gdelt(), GDELT_ROW),
]
each = pytest.mark.parametrize(
    ("dataset", "good"), DATASETS, ids=lambda v: getattr(v, "called", "")
)


def of(dataset: Dataset, values: dict[str, Any]) -> Read:
    with Seen() as seen:
        whole = dict.fromkeys(dataset.columns.needed) | values
        return turned(Row(1, whole, 1), dataset, Wanted(), seen)


def holds(found: Read) -> None:
    match found:
        case IncidentEvent():
            # What a worker will read of it is what was meant.
            assert decode(INCIDENTS, found.model_dump_json().encode()) == found
            assert found.data.native is not None if found.data.status != "retracted" else True
        case Rejected():
            assert found.faults
            assert all(field and expected for field, _value, expected in found.faults)
            assert len(found.reason) < 10_000
        case LeftOut():
            assert found.why


def test_every_dataset_has_a_good_row() -> None:
    modules = [
        import_module(f"services.importers.{m.name}") for m in iter_modules(importers.__path__)
    ]
    kinds = {one for m in modules for one in vars(m).values() if hasattr(one, "told")}
    assert kinds - {Dataset} == {type(dataset) for dataset, _ in DATASETS}


@each
def test_the_good_row_is_an_incident(dataset: Dataset, good: dict[str, Any]) -> None:
    assert isinstance(of(dataset, good), IncidentEvent)


@each
@given(st.data())
def test_any_cell_in_the_place_of_a_good_one_does_no_harm(
    dataset: Dataset, good: dict[str, Any], data: st.DataObject
) -> None:
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(good)), cells, max_size=3))
    holds(of(dataset, good | changes))


@each
@given(st.data())
def test_any_row_does_no_harm(dataset: Dataset, good: dict[str, Any], data: st.DataObject) -> None:
    names = st.one_of(st.sampled_from(sorted(good)), st.text(max_size=5))
    holds(of(dataset, data.draw(st.dictionaries(names, cells, max_size=12))))


@each
@given(st.data())
def test_the_same_row_gives_the_same_bytes(
    dataset: Dataset, good: dict[str, Any], data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from(sorted(good)))
    row = good | {key: data.draw(cells)}
    one, two = of(dataset, row), of(dataset, dict(row))
    if isinstance(one, IncidentEvent) and isinstance(two, IncidentEvent):
        assert one.model_dump_json() == two.model_dump_json()
    else:
        assert type(one) is type(two)


@pytest.mark.parametrize("form", [Format.CSV, Format.NDJSON, Format.PARQUET])
@pytest.mark.parametrize("dataset", [dataset for dataset, _ in DATASETS], ids=lambda d: d.called)
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_file_is_read_or_refused_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, dataset: Dataset, form: Format, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    Path(file).write_bytes(content)
    with suppress(UnreadableTable):
        for found in read(Input(file, form), dataset):
            holds(found)
