"""What ``forewarn doctor`` does: makes every check behind a bar, and tells what it found."""

from collections.abc import Sequence

from services.doctor.case import Case
from services.doctor.examine import Check, Examined, examine
from services.doctor.registry import CHECKS
from services.progress import progress
from services.terminal import Terminal


async def doctor(case: Case, screen: Terminal, checks: Sequence[Check] = CHECKS) -> list[Examined]:
    """Return what each check found; how far it is shows on ``screen``."""
    with progress(screen) as bar:
        task = bar.add_task("", total=len(checks))

        def begins(number: int, name: str) -> None:
            bar.update(task, completed=number, description=f"examining: {name}")

        return await examine(case, checks, begins)
