"""Shows what a run came to as tables on the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.declared import GROUPS, METRICS
from tests.bench.results import Results


def show(found: Results, console: Console) -> None:
    """Print a table for each group, then the bars."""
    for group, title in GROUPS.items():
        cases = {n: c for n, c in found["cases"].items() if c["group"] == group}
        if cases:
            console.print(_group(title, cases))
    console.print(_bars(found["bars"]))
    for name, case in found["cases"].items():
        if why := case.get("skipped"):
            console.print(f"[dim]left out: {name}, for want of {why}[/]")


def figure(value: float | None) -> str:
    """Return a figure as people read it: three digits, thousands parted."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def unit(name: str) -> str:
    """Return the unit of a figure."""
    return METRICS[name].unit


def _group(title: str, cases: dict[str, Any]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("", overflow="fold", min_width=24)
    metrics = list(dict.fromkeys(m for c in cases.values() for m in c["median"]))
    for metric in metrics:
        table.add_column(f"{METRICS[metric].words}\n[dim]{METRICS[metric].unit}", justify="right")
    table.add_column("started\n[dim]s", justify="right")
    table.add_column("peak\n[dim]MB", justify="right")
    table.add_column("times", overflow="fold")
    for name, case in cases.items():
        if "skipped" not in case:
            row = [figure(case["median"].get(metric)) for metric in metrics]
            row += [figure(case["startup_s"]), figure(case["rss_mb"])]
            table.add_row(f"{case['label']}\n[dim]{name}[/]", *row, _times(case["times"]))
    return table


def _times(found: dict[str, float | None]) -> str:
    return "\n".join(f"{figure(t)}x {name}" for name, t in found.items() if t is not None)


def _bars(found: list[dict[str, Any]]) -> Table:
    table = Table(title="Bars", title_justify="left", title_style="bold")
    table.add_column("")
    table.add_column("target", justify="right")
    table.add_column("found", justify="right")
    table.add_column("reached")
    said = {True: "[green]yes[/]", False: "[red]no[/]", None: "[dim]not measured[/]"}
    for bar in found:
        target = f"{bar['direction']} {figure(bar['target'])} {bar['unit']}"
        table.add_row(bar["words"], target, figure(bar["value"]), said[bar["reached"]])
    return table
