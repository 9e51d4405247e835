"""``forewarn publish``: the command line of sending reports."""

from pathlib import Path
from typing import Annotated

import typer

from services.reach import Bootstrap, reaching
from services.running import run
from services.terminal import Terminal


def publish(
    file: Annotated[
        Path,
        typer.Argument(help="Incident events: JSON, a JSON list, or NDJSON; - for standard input."),
    ],
    bootstrap: Bootstrap = None,
) -> None:
    """Check reports of incidents and send them to the topic 'incidents'.

    All are checked before the first is sent; each has its incident id as key, and counts as known
    from now on.

    Example: forewarn publish report.json
    """
    from services.publish import command

    reports = command.given(file)
    run(command.publish(reaching(bootstrap), reports, Terminal()))
