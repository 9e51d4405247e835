"""Which build this is."""

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """Return the version of the package."""
    return metadata.version("forewarn")
