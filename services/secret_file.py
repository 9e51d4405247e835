"""Reads a secret from a file, such as one that a supervisor mounts."""

from pathlib import Path

LIMIT = 65_536
"""How much of a file is read [bytes]; no secret is as long."""


def read(path: Path) -> str:
    """Return what stands in a file, without the line break at its end.

    Raises
    ------
    ValueError
        It cannot be read, or is empty. Nothing of what stands in it is repeated.
    """
    try:
        with path.open("rb") as file:
            found = file.read(LIMIT).decode().rstrip("\r\n")
    except (OSError, ValueError) as error:
        # The error of a decoder shows bytes of the file.
        msg = f"the file {str(path)!r} cannot be read as text ({type(error).__name__})"
        raise ValueError(msg) from None
    if not found:
        msg = f"the file {str(path)!r} is empty"
        raise ValueError(msg)
    return found
