"""Whether the key that wraps the keys of sealed names is one."""

from services.doctor.case import Case
from services.doctor.finding import Finding, not_applicable, ok
from services.gateway.wrapping import Wrapping


async def check(case: Case) -> Finding:
    """Make what wraps by it; a key that is none is raised."""
    gateway = case.settings.gateway
    if not gateway.seal:
        return not_applicable(
            "who reported is not sealed", "to hide it: FOREWARN_GATEWAY__SEAL=true"
        )
    if gateway.seal_key is None:
        return not_applicable(
            "whoever reads the gateway's database can open sealed names",
            'to keep them out: FOREWARN_GATEWAY__SEAL_KEY="$(openssl rand -base64 32)"',
        )
    Wrapping(gateway.seal_key)
    return ok("32 bytes")
