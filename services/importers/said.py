"""Says on the screen what became of an import: every row is accounted for."""

from collections import Counter
from pathlib import Path

from services.importers.tally import LISTED, Import, Tally
from services.terminal import Terminal

_MOST_LINES = 12
"""How many of the reasons for leaving rows out have a line of their own."""


def say(job: Import, tally: Tally, console: Terminal) -> None:
    """Print the counts of an import, and the first of the rejected rows with their faults."""
    lines = [f"rows       {tally.rows}"]
    if tally.earlier or tally.corrected or tally.confirmed:
        lines.append(f"confirmed  {tally.confirmed}")
        lines.append(f"corrected  {tally.corrected}")
        lines += _parts({", ".join(kinds): n for kinds, n in tally.corrections.most_common()})
        lines.append(f"new        {tally.new}")
    else:
        lines.append(f"incidents  {tally.new}")
    if tally.left_out:
        lines.append(f"left out   {tally.left_out.total()}")
        lines += _parts(_first(tally.left_out))
    lines.append(f"rejected   {tally.rejected}")
    lines += _parts(dict(tally.reasons.most_common()))
    lines += [f"  {bad.row.place}: {bad.reason}"[:400] for bad in tally.listed]
    if tally.rejected > LISTED:
        lines.append(f"  ... and {tally.rejected - LISTED} more")
    earlier: Path | None = getattr(job, "supersedes", None)
    console.say("\n".join(lines))
    if isinstance(earlier, Path):
        console.say("\n".join(_of_earlier(earlier, tally)))
    elif tally.retracted:
        console.say(f"retracted  {tally.retracted}")


def _parts(counts: dict[str, int]) -> list[str]:
    return [f"  by {what}: {number}" for what, number in counts.items()]


def _first(counts: Counter[str]) -> dict[str, int]:
    shown = dict(counts.most_common(_MOST_LINES))
    if rest := len(counts) - len(shown):
        shown[f"{rest} more"] = counts.total() - sum(shown.values())
    return shown


def _of_earlier(file: Path, tally: Tally) -> list[str]:
    """Account for every row of the earlier release."""
    covered = (tally.coverage.first, tally.coverage.last)
    days = " to ".join(f"{day:%Y-%m-%d}" for day in covered if day) or "none readable"
    lines = [
        f"superseded {tally.earlier} rows of {file.name}",
        f"  confirmed or corrected: {tally.confirmed + tally.corrected}",
        f"  retracted: {tally.retracted}",
        f"  outside coverage ({days}), left as is: {tally.outside}",
        f"  rejected in the new release, left as is: {tally.kept}",
        f"  rejected there already: {tally.earlier_rejected}",
    ]
    if tally.nameless:
        first = tally.nameless[0]
        lines.append(
            f"  missing, left as is: {tally.unsure}: each could be row {first}, whose id cannot be "
            "read; correct the row and import again"
        )
    return lines
