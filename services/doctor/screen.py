"""How an examination looks: a line for each check, and one below it where something is to do."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.text import Text

from services.doctor.examine import Examined
from services.doctor.finding import Finding, Status
from services.rejected.screen import printable
from services.terminal import Terminal

_STYLE = {
    Status.OK: "green",
    Status.NOT_APPLICABLE: "dim",
    Status.WARNING: "yellow",
    Status.FAILED: "bold red",
}
_STATUS_WIDTH = max(map(len, Status)) + 2


def show(examined: Sequence[Examined], console: Terminal) -> None:
    """Print every check, then how many of them stand how."""
    width = max(len(one.name) for one in examined) + 2
    for one in examined:
        console.say(_line(one.name.ljust(width), one.finding))
        if one.finding.advice is not None:
            advice = f"{' ' * (_STATUS_WIDTH + width)}do: {printable(one.finding.advice)}"
            console.say(advice)
    console.say(", ".join(_counts(examined)))


def as_json(examined: Sequence[Examined]) -> str:
    """Return the same for programs."""
    checks: list[dict[str, Any]] = [
        {
            "name": one.name,
            "status": one.finding.status.value,
            "found": one.finding.found,
            "advice": one.finding.advice,
        }
        for one in examined
    ]
    return json.dumps({"ok": not broken(examined), "checks": checks}, indent=2) + "\n"


def broken(examined: Iterable[Examined]) -> bool:
    """Tell whether any check failed; a warning is none."""
    return any(one.finding.status is Status.FAILED for one in examined)


def _line(name: str, finding: Finding) -> Text:
    status = finding.status.value.ljust(_STATUS_WIDTH)
    # What is found holds values from outside: they must not steer a terminal.
    return Text.assemble((status, _STYLE[finding.status]), name, printable(finding.found))


def _counts(examined: Sequence[Examined]) -> Iterable[str]:
    for status in Status:
        if count := sum(one.finding.status is status for one in examined):
            yield f"{count} {status.value}"
