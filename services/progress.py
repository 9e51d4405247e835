"""The one progress bar: what is done, how much of how many, and how long it still takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.terminal import Terminal

Advance = Callable[[str, int, int], None]
"""Told of progress: what is being done, how much of it is done, and how much there is."""


def progress(console: Terminal) -> Progress:
    """Return a bar that is gone when it is done; off a terminal, where it cannot move, none."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@contextmanager
def bars(screen: Terminal) -> Iterator[Advance]:
    """Show a bar with an estimate for each thing that is told of."""
    with progress(screen) as bar:
        tasks = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield advance
