"""Writes the page of faults from the figures of the last runs: python -m tests.fault.page."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.fault.faults import FAULTS
from tests.fault.results import COLUMNS, RESULTS, SOAK, summed
from tests.fault.supervised import PAUSE_S

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/faults.md"


def page() -> str:
    """Return the page."""
    found = json.loads(RESULTS.read_text())
    struck = [fault for fault in FAULTS if fault.name in found]
    rows = [
        {"name": fault.name, "says": fault.says, "figures": _figures(summed(found[fault.name]))}
        for fault in struck
    ]
    soak = json.loads(SOAK.read_text()) if SOAK.exists() else None
    files = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=False,
        keep_trailing_newline=True,
    )  # fmt: skip
    return files.get_template("page.md.j2").render(
        columns=list(COLUMNS),
        rows=rows,
        made=list(_made({fault.name: found[fault.name] for fault in struck})),
        soak=soak,
        pause=PAUSE_S,
    )


def _figures(row: dict[str, Any]) -> list[str]:
    return [_shown(row[field]) for field in COLUMNS.values()]


def _shown(figure: Any) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.1f}"


def _made(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Return by which build and seed the pieces were made, a line each."""

    def how(named: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
        piece = named[1]
        nodes = f"{piece['nodes']} nodes of Apache Kafka {piece['kafka']}"
        return piece["on"], f"Forewarn {piece['build']}", nodes, f"seed {piece['seed']}"

    named = [(name, piece) for name, pieces in found.items() for piece in pieces]
    for made, same in groupby(sorted(named, key=how), how):
        struck = [f"{name} {piece['runs']}" for name, piece in same]
        yield f"{', '.join(made)}: {', '.join(struck)}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
