"""Models on disk for tests: copies of the newest committed one under other names."""

import json
import shutil
from pathlib import Path
from typing import Any

from models.escalation.artifact import MANIFEST_FILE
from models.escalation.registry import newest


def copied(folder: Path, **changes: Any) -> Path:
    """Copy the newest committed model to ``folder``; ``changes`` replace fields of its manifest."""
    shutil.copytree(newest(), folder)
    path = folder / MANIFEST_FILE
    manifest = json.loads(path.read_text()) | {"version": folder.name} | changes
    path.write_text(json.dumps(manifest))
    return folder
