"""Whether Python and the packages are those that Forewarn asks for."""

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from services.doctor.case import Case
from services.doctor.finding import Finding, failed, together
from services.version import version

_AGAIN = (
    "install again as docs/deploying.md says: pip install --require-hashes -r requirements.lock"
)


@dataclass(frozen=True, slots=True)
class Needed:
    """A package, which versions of it are asked for, and which one is there; None: none."""

    name: str
    wanted: SpecifierSet
    there: str | None


async def check(_case: Case) -> Finding:
    """Look at the interpreter that runs this, and at what is installed beside it."""
    told = metadata.metadata("forewarn")
    return judge(platform.python_version(), told["Requires-Python"], list(_needed()))


def judge(python: str, wanted: str, needed: Iterable[Needed]) -> Finding:
    """Return whether a Python and the packages will do."""
    faults = []
    if not SpecifierSet(wanted).contains(python, prereleases=True):
        advice = "install Python of that version, make a new environment with it, and install again"
        faults.append(failed(f"Python {python}; expected {wanted}", advice))
    needed = list(needed)
    for one in needed:
        if one.there is None:
            faults.append(failed(f"{one.name} is not installed", _AGAIN))
        elif not one.wanted.contains(one.there, prereleases=True):
            faults.append(failed(f"{one.name} {one.there}; expected {one.wanted}", _AGAIN))
    fine = f"Forewarn {version()}, Python {python}, {len(needed)} packages as they are asked for"
    return together(faults, fine)


def _needed() -> Iterator[Needed]:
    for text in metadata.requires("forewarn") or ():
        one = Requirement(text)
        # Those of extras are for development.
        if one.marker is None or one.marker.evaluate({"extra": ""}):
            yield Needed(one.name, one.specifier, _there(one.name))


def _there(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
