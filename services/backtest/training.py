"""``forewarn train``: trains while telling how far it is."""

import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import TaskID

from models.domain.segments import Atlas
from models.escalation import train
from models.escalation.artifact import Manifest
from services.borders import load_segments
from services.progress import progress


def run(data: Sequence[Path], output: Path, segment_km: int, screen: Console) -> Manifest:
    """Train on ``data``, write the artefact to ``output`` and return its manifest.

    Raises
    ------
    NotGed, TooLittle
        The files hold no, or too few, events on borders.
    """
    atlas = Atlas(load_segments(None, segment_km))
    with progress(screen) as bar:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done, total=of)

        return train.train(data, atlas, output, told, os.cpu_count() or 1)
