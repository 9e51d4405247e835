"""The processes that a deployment starts: what is asked of each, wherever it is written down."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.main import get_command

from services.cli import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

METRICS_PORT = "9108"
"""Where each container tells of itself: the port of deploy/prometheus/targets.yml."""


@dataclass(frozen=True)
class Started:
    """A process of ours: where it is written down, its command, its variables."""

    name: str
    command: tuple[str, ...]
    environ: dict[str, str]

    def __str__(self) -> str:
        return self.name


def refuse_unknown_command(command: tuple[str, ...]) -> None:
    """Parse a command as the program would, without running it.

    Raises
    ------
    KeyError
        There is no such command.
    click.UsageError
        It takes no such argument or option, or lacks one.
    """
    found: Any = get_command(app)
    rest = list(command)
    while hasattr(found, "commands"):
        found = found.commands[rest.pop(0)]
    found.make_context(found.name, rest)


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile in their order: each its name and the rest."""
    bare = "".join(line for line in dockerfile.splitlines(True) if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", " ", bare).splitlines()
    return [
        (name.upper(), rest) for name, _, rest in (line.partition(" ") for line in lines if line)
    ]


def image_environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    text = (DEPLOY / "Dockerfile").read_text()
    last = text[text.rindex("\nFROM ") :]
    said = [rest for name, rest in instructions(last) if name == "ENV"]
    return dict(pair.split("=", 1) for rest in said for pair in rest.split())
