"""What a check finds: how it stands, what was found, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How what was checked stands, the better first."""

    OK = "ok"
    NOT_APPLICABLE = "not applicable"
    WARNING = "warning"
    FAILED = "failed"


_ORDER = tuple(Status)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what was found, and one of what to do; None: nothing."""

    status: Status
    found: str
    advice: str | None = None


def ok(found: str) -> Finding:
    """Return that all is well."""
    return Finding(Status.OK, found)


def not_applicable(why: str, advice: str | None = None) -> Finding:
    """Return that there is nothing to look at."""
    return Finding(Status.NOT_APPLICABLE, why, advice)


def warning(found: str, advice: str) -> Finding:
    """Return what works now and may not for long, or not for everybody."""
    return Finding(Status.WARNING, found, advice)


def failed(found: str, advice: str) -> Finding:
    """Return what does not work."""
    return Finding(Status.FAILED, found, advice)


def together(faults: Sequence[Finding], fine: str) -> Finding:
    """Return one finding of several faults, the worst first; without any, that all is ``fine``."""
    if not faults:
        return ok(fine)
    worst_first = sorted(faults, key=lambda one: _ORDER.index(one.status), reverse=True)
    advice = dict.fromkeys(one.advice for one in worst_first if one.advice)
    found = "; ".join(one.found for one in worst_first)
    return Finding(worst_first[0].status, found, "; ".join(advice) or None)
