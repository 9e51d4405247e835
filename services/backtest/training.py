"""``forewarn train``: trains while telling how far it is."""

import os
from collections.abc import Sequence
from pathlib import Path

from models.domain.segments import Atlas
from models.escalation import train
from models.escalation.artifact import MANIFEST_FILE, Manifest
from services.borders import load_segments
from services.faults import Fault
from services.progress import bars
from services.terminal import Terminal


class VersionTaken(Fault):
    """A model would be written over another."""


def run(data: Sequence[Path], output: Path, segment_km: int, screen: Terminal) -> Manifest:
    """Train on ``data``, write the artefact to ``output`` and return its manifest.

    Raises
    ------
    VersionTaken
        There is a model already.
    NotGed, TooLittle
        The files hold no, or too few, events on borders.
    """
    if (output / MANIFEST_FILE).exists():
        msg = (
            f"--output: {output} holds a model, by whose name assessments may be explained; "
            "expected a new version, e.g. " + str(output.with_name(f"{output.name}-new"))
        )
        raise VersionTaken(msg)
    atlas = Atlas(load_segments(None, segment_km))
    with bars(screen) as advance:
        return train.train(data, atlas, output, advance, os.cpu_count() or 1)
