"""The page of importing is that of the importers, and they read what it says they read."""

from contextlib import suppress
from typing import Any

import pytest

from schemas.codebooks import ACLED_SUB_EVENTS, CAMEO
from services import import_page
from services.import_page import PAGE, page
from services.importers import acled, gdelt, mappings, ucdp
from services.importers.cells import Refused
from services.importers.dataset import Dataset, Told
from tests.property import test_import_rows as rows
from tests.property.test_import_rows import ACLED_ROW, GDELT_ROW, UCDP_ROW

DATASETS: list[tuple[Dataset, dict[str, Any], tuple[mappings.Field, ...]]] = [
    (ucdp.Ged(), UCDP_ROW, mappings.UCDP),
    (acled.Acled(), ACLED_ROW, mappings.ACLED),
    (gdelt.Gdelt(), GDELT_ROW, mappings.GDELT),
]


class Watched(dict[str, Any]):
    """A row that remembers which of its columns were asked for."""

    def __init__(self, values: dict[str, Any], asked: set[str]) -> None:
        super().__init__(values)
        self.asked = asked

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)


def test_the_page_is_that_of_the_importers() -> None:
    text = PAGE.read_text()
    assert text == page(text), "run: make schemas"


def test_every_publisher_has_its_tables_on_the_page() -> None:
    text = PAGE.read_text()
    assert {d.source for d, _, _ in DATASETS} == {d.source for d, _ in rows.DATASETS}
    for dataset, _, table in DATASETS:
        assert import_page.fields(table, dataset.called.removeprefix("UCDP ")) in text


@pytest.mark.parametrize(
    ("dataset", "good", "table"), DATASETS, ids=[dataset.called for dataset, _, _ in DATASETS]
)
def test_the_page_names_every_column_that_is_read_and_no_other(
    dataset: Dataset, good: dict[str, Any], table: tuple[mappings.Field, ...]
) -> None:
    asked: set[str] = set()
    # What is read only where another column is empty is asked for in a row without it.
    for empty in (None, *good):
        row = {name: None if name == empty else value for name, value in good.items()}
        with suppress(Refused):
            dataset.told(Watched(row, asked))
    names = {"deaths_b", "deaths_civilians", "deaths_unknown", "date"}
    said = {column for field in table for column in field.columns}
    fallbacks = {"where_description", "adm_2", "adm_1", "admin1", "admin2", "admin3"}
    assert asked - said == set()
    assert said - asked <= names | fallbacks
    assert set(dataset.columns.needed) <= said


def test_every_code_stands_on_the_page() -> None:
    text = PAGE.read_text()
    for code in (*CAMEO, *ACLED_SUB_EVENTS):
        assert f" {code} |" in text


def test_every_field_that_a_dataset_fills_stands_on_the_page() -> None:
    for dataset, good, table in DATASETS:
        told = dataset.told({**dict.fromkeys(dataset.columns.needed), **good})
        assert isinstance(told, Told)
        said = {name.split(".")[0] for field in table for name in field.name.split(", ")}
        assert set(told.report) - {"status"} <= said
