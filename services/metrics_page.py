"""Writes the table of ``docs/observing.md``: ``python -m services.metrics_page``."""

from pathlib import Path

from services.marked_page import filled
from services.metrics.table import TABLE, Metric, Process

PAGE = Path(__file__).parents[1] / "docs" / "observing.md"


def page(text: str) -> str:
    """Return the page ``text`` with the table of metrics where it belongs.

    Raises
    ------
    NoPlace
        A mark is missing.
    """
    head = "| metric | type | labels | by | what it says |\n|---|---|---|---|---|\n"
    return filled(text, PAGE.name, "metrics", head + "\n".join(map(_row, TABLE)))


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    by = "all" if set(metric.by) == set(Process) else ", ".join(metric.by)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {by} | {metric.what} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
