"""Writes the tables of ``docs/importing.md``: ``python -m services.import_page``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.codebooks import (
    ACLED_SUB_EVENTS,
    ACLED_WHEN,
    ACLED_WHERE,
    CAMEO,
    GDELT_WHERE,
    UCDP_VIOLENCE,
    UCDP_WHEN,
    UCDP_WHERE,
)
from schemas.taxonomy import TYPE_OF, SubEventType
from services.importers.mappings import ACLED, GDELT, UCDP, Field
from services.marked_page import filled

PAGE = Path(__file__).parents[1] / "docs" / "importing.md"


def page(text: str) -> str:
    """Return the page ``text`` with the tables of each dataset where they belong.

    Raises
    ------
    NoPlace
        A mark is missing.
    """
    parts = {
        "fields of UCDP": fields(UCDP, "GED"),
        "codes of UCDP": _codes(
            {"`type_of_violence`": {k: _type(v) for k, v in UCDP_VIOLENCE.items() if k.isdigit()}},
            {"`where_prec`": UCDP_WHERE, "`date_prec`": UCDP_WHEN},
        ),
        "fields of ACLED": fields(ACLED, "ACLED"),
        "codes of ACLED": _codes(
            {"`geo_precision`": ACLED_WHERE, "`time_precision`": ACLED_WHEN},
            {"`sub_event_type`": {k: _type(v) for k, v in ACLED_SUB_EVENTS.items()}},
        ),
        "fields of GDELT": fields(GDELT, "GDELT"),
        "codes of GDELT": _codes({"`ActionGeo_Type`": GDELT_WHERE}, {"CAMEO": _cameo()}),
    }
    for what, content in parts.items():
        text = filled(text, PAGE.name, what, content)
    return text


def fields(table: tuple[Field, ...], dataset: str) -> str:
    """Return the table of a dataset's fields."""
    head = f"| the incident | from {dataset} | choice |\n|---|---|---|\n"
    return head + "\n".join(
        f"| {_quoted(*f.name.split(', '))} | {_quoted(*f.columns) or 'nothing'} | {f.choice} |"
        for f in table
    )


def _quoted(*names: str) -> str:
    return ", ".join(name if name == "event time" else f"`{name}`" for name in names)


def _codes(*parts: Mapping[str, Mapping[Any, Any]]) -> str:
    head = "| code | Forewarn |\n|---|---|\n"
    return head + "\n".join(
        f"| {column} {code} | {meaning} |"
        for part in parts
        for column, table in part.items()
        for code, meaning in table.items()
    )


def _type(sub: SubEventType) -> str:
    return f"{TYPE_OF[sub]} / {sub}"


def _cameo() -> dict[str, str]:
    return {code: _type(sub) if sub else "left out" for code, sub in CAMEO.items()}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
