"""Says which network addresses a notification may go to, and opens sockets to no others.

Whoever may name the address of a webhook could otherwise make the notifier call what only it can
reach: the metadata service of a cloud, an admin page on loopback. A check of the name would not do,
since a name can answer otherwise when it is asked again; so the address itself is checked, as each
socket is made that connects to it.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType

_NAT64 = IPv6Network("64:ff9b::/96")
"""Carries an IPv4 address through a network without IPv4 (RFC 6052, section 2.1)."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA gives out for use on the internet (RFC 4291, section 2.4)."""


class Refused(OSError):
    """The address is one that notifications do not go to."""

    def __init__(self) -> None:
        super().__init__("the address is private, local or reserved; allow_private would permit it")


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet.

    An IPv6 address that carries one of IPv4 is as public as that one. A zone (``%eth0``) is only
    ever part of a local address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        carried = _carried(found)
        if carried is None:
            return found in _GLOBAL_UNICAST and found.is_global and not found.scope_id
        found = carried
    return found.is_global and not (found.is_multicast or found.is_reserved)


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address as it stands, and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def open_public(info: AddrInfoType) -> socket.socket:
    """Return a socket for an address that is about to be connected to.

    Raises
    ------
    Refused
        The address is not public.
    """
    family, kind, protocol, _, address = info
    if family not in (socket.AF_INET, socket.AF_INET6) or not is_public(str(address[0])):
        raise Refused
    return socket.socket(family, kind, protocol)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that ``address`` leads to: mapped, by NAT64, by 6to4, by Teredo."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour
