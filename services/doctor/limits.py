"""Whether a process may have as many files and connections open as it may come to need."""

from services.doctor.case import Case
from services.doctor.finding import Finding, not_applicable, ok, warning

try:
    import resource
except ImportError:
    # Windows has no such limit.
    resource = None  # type: ignore[assignment]

OTHERS = 512
"""What a process has open beside the readers of the alert stream, generously."""


async def check(case: Case) -> Finding:
    """Look at the limit that this process was started with."""
    if resource is None:
        return not_applicable("this system has no such limit")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    infinite = most == resource.RLIM_INFINITY
    return judge(None if infinite else most, case.settings.gateway.readers)


def judge(most: int | None, readers: int) -> Finding:
    """Return whether a gateway can have its readers.

    Parameters
    ----------
    most
        How many a process may ask for; None: any number. The gateway asks for all of it.
    """
    needed = readers + OTHERS
    if most is None or most >= needed:
        return ok(f"{'any number' if most is None else f'{most:,}'} may be open, {needed:,} needed")
    return warning(
        f"{most:,} may be open; {readers:,} readers of the alert stream need {needed:,}",
        f"raise it: LimitNOFILE={needed} in systemd, ulimit -Hn {needed} in a shell; or lower "
        "FOREWARN_GATEWAY__READERS",
    )
