"""Asks without any key: only from this machine, and from no web page of elsewhere."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from services.faults import Fault

_NAMES = ("localhost",)
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class OpenToAll(Fault):
    """The gateway would be reachable from elsewhere, and nobody would have to say who they are."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"FOREWARN_GATEWAY__HOST: {host} is reachable from other machines, and there is no "
            "key, so that anyone could do anything. Make one first: forewarn keys create NAME "
            "--scope admin; or name an identity provider: FOREWARN_GATEWAY__OIDC__ISSUER; or "
            "listen at 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Tell whether ``host``, a name or an address, can only mean this machine."""
    name = host.strip().rstrip(".").lower()
    if name in _NAMES or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def foreign(headers: Mapping[str, str], client: str | None, scheme: str) -> str | None:
    """Return why a request without a key is not taken for one of this machine's person.

    A web page of elsewhere can let the browser of this machine ask: under its own name, which it
    lets lead here (DNS rebinding: the Host tells), or ours (the Origin or Sec-Fetch-Site tells).

    Parameters
    ----------
    headers
        By lower-case name.
    client
        The address that the request came from; None where it has none, as in a pipe.
    """
    host = headers.get("host", "")
    if client is not None and not is_loopback(client):
        return f"it comes from {client}, not from this machine"
    if not is_loopback(_name_in(host)):
        return f"Host: found {host[:100]!r}; expected localhost or 127.0.0.1"
    if proxied := next((name for name in _PROXIED if name in headers), None):
        return f"{proxied}: it comes through a proxy, from who knows where"
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"{scheme}://{host}".lower():
        return f"Origin: found {origin[:100]!r}; expected a page of the gateway itself"
    site = headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin"):
        return f"Sec-Fetch-Site: found {site[:100]!r}; expected same-origin"
    return None


def _name_in(host: str) -> str:
    """Return the name or address of a ``Host``, without its port; empty where it has none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
