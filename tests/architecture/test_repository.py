"""What is in the repository: nothing that was only made beside it."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_nothing_is_kept_that_is_to_be_ignored() -> None:
    if not (ROOT / ".git").exists():
        reason = "this is a copy without its repository: what is kept in it cannot be told"
        print(reason)
        pytest.skip(reason)
    asked = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == []
