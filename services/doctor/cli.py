"""``forewarn doctor``: whether an installation has what it needs, and what to do where not."""

import sys
from typing import Annotated

import typer

from services.reach import Bootstrap
from services.running import run
from services.terminal import Terminal

console = Terminal()
errors = Terminal(stderr=True)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="How many seconds one check may take.")
    ] = 30.0,
    bootstrap: Bootstrap = None,
) -> None:
    """Examine this installation and say what to do about what is wrong; nothing is changed.

    Ends with 1 when a check failed, else with 0. Run it with the settings, and as the user, of what
    is to be examined.

    Example: forewarn doctor; forewarn doctor --json --timeout 5
    """
    import os

    from services.doctor import command, screen
    from services.doctor.case import Case

    case = Case(os.environ, bootstrap, timeout)
    found = run(command.doctor(case, errors))
    if as_json:
        sys.stdout.write(screen.as_json(found))
    else:
        screen.show(found, console)
    raise typer.Exit(screen.broken(found))
