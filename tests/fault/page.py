"""Writes the page of faults from the figures of the last runs: python -m tests.fault.page."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.fault.faults import FAULTS
from tests.fault.results import COLUMNS, RESULTS
from tests.fault.supervised import PAUSE_S

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/faults.md"


def page() -> str:
    """Return the page."""
    found = json.loads(RESULTS.read_text())
    rows = [found[fault.name] | {"name": fault.name} for fault in FAULTS if fault.name in found]
    files = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=False,
        keep_trailing_newline=True,
    )  # fmt: skip
    return files.get_template("page.md.j2").render(
        columns=list(COLUMNS),
        rows=[row | {"figures": _figures(row)} for row in rows],
        made=list(_made(rows)),
        pause=PAUSE_S,
    )


def _figures(row: dict[str, Any]) -> list[str]:
    return [_shown(row[field]) for field in COLUMNS.values()]


def _shown(figure: Any) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.1f}"


def _made(rows: list[dict[str, Any]]) -> list[str]:
    """Return by which build and seed the rows were made, a line each."""

    def how(row: dict[str, Any]) -> tuple[str, ...]:
        nodes = f"{row['nodes']} nodes of Apache Kafka {row['kafka']}"
        return row["on"], f"Forewarn {row['build']}", nodes, f"seed {row['seed']}"

    return [
        f"{', '.join(made)}: {', '.join(row['name'] for row in same)}"
        for made, same in groupby(sorted(rows, key=how), how)
    ]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
