"""The examples of every version ever published, as parameters of tests."""

from pathlib import Path
from typing import Any

import pytest

import schemas
from schemas.topics import TOPICS

EXAMPLES = Path(schemas.__file__).parent / "examples"
BY_NAME = {topic.name: topic for topic in TOPICS}


def files(kind: str, pattern: str = "*/*") -> list[Path]:
    """Return the ``valid`` or ``invalid`` examples in the folders ``<topic>/v<version>``."""
    return sorted(EXAMPLES.glob(f"{pattern}/{kind}/*.json"))


def examples(kind: str, pattern: str = "*/*") -> list[Any]:
    """Return (topic, file) of each example, named after its path."""
    return [
        pytest.param(BY_NAME[path.parts[-4]], path, id="/".join(path.parts[-4:]))
        for path in files(kind, pattern)
    ]


def version_of_folder(path: Path) -> int:
    """Return the version in an example's path ``<topic>/v<version>/<kind>/<name>.json``."""
    return int(path.parts[-3].removeprefix("v"))
