"""Writes the page of capacity from the results of a run: python -m tests.bench.page."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.bench.declared import GROUPS
from tests.bench.report import figure
from tests.bench.results import Results, read

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parents[1] / "docs/capacity.md"

REPORTS_PER_DAY = 300_000 * 0.27 / 365
"""What the world's borders may have: of ACLED's order of events a year, the share of GED's."""

FIVE_YEARS = 1_826


def page(found: Results) -> str:
    """Return the text of the page."""
    files = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, autoescape=False
    )
    return files.get_template("capacity.md.j2").render(**_said(found)) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(read(RESULTS)))


def _said(found: Results) -> dict[str, Any]:
    cases = found["cases"]

    def one(case: str, metric: str) -> str:
        return figure(cases[case]["median"][metric])

    def first(case: dict[str, Any]) -> float:
        value: float = next(iter(case["median"].values()))
        return value

    whole = cases["whole-one"]["median"]
    return {
        "day": found["measured_at"][:10],
        "machine": found["machine"],
        "versions": found["versions"],
        "traffic": found["traffic"],
        "groups": GROUPS,
        "cases": cases,
        "figure": figure,
        "main": first,
        "one": one,
        "ratio": lambda a, b: figure(first(cases[a]) / first(cases[b])),
        "fanout": figure(whole["observations_per_s"] / whole["incidents_per_s"]),
        "per_day": figure(REPORTS_PER_DAY),
        "at": lambda times: _rate(REPORTS_PER_DAY * times),
        "kept": lambda times: figure(_gigabytes(whole["kept_bytes"], times) * FIVE_YEARS),
        "logged": lambda times: figure(_gigabytes(whole["logged_bytes"], times)),
    }


def _gigabytes(of_one: float, times: float) -> float:
    """Return what a day's reports come to [GB]."""
    return REPORTS_PER_DAY * times * of_one / 1e9


def _rate(per_day: float) -> str:
    return f"{figure(per_day)} a day, {figure(per_day / 86_400)} a second"


if __name__ == "__main__":
    main()
