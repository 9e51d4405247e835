"""Whether the settings can be read: every FOREWARN_ name is one, every value fits."""

from collections.abc import Mapping

from services.doctor.case import Case
from services.doctor.finding import Finding, ok
from services.variables import PREFIX, TESTS


async def check(case: Case) -> Finding:
    """Read the settings; what is wrong with them is raised in words."""
    assert case.settings
    return judge(case.environ)


def judge(environ: Mapping[str, str]) -> Finding:
    """Return which variables are set, by their names: a value may be secret."""
    ours = [name for name in sorted(environ) if name.startswith(PREFIX)]
    named = [name for name in ours if not name.startswith(TESTS)]
    return ok(f"{len(named)} set: {', '.join(named)}" if named else "none set: all defaults")
