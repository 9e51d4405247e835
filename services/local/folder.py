"""The folder of a local stack: one stack at a time, and emptied only by the one that has it."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.local.process import NotReady

LOCK_FILE = "stack.lock"


@contextmanager
def held(folder: Path, *, empty: bool = False) -> Iterator[None]:
    """Hold ``folder`` for one stack, and first empty it on demand.

    The lock is never deleted: a new file of the same name would let a second stack in beside the
    one that holds the old file.

    Raises
    ------
    NotReady
        Another stack is running there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            msg = (
                f"another local stack is running on {folder}; stop it, or set FOREWARN_DATA_DIR "
                "to another folder"
            )
            raise NotReady(msg) from error
        if empty:
            _empty(folder)
        yield


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK_FILE:
            path.unlink()
