"""Reads the addresses of brokers: host:port, several with commas between them."""


def addresses(servers: str) -> list[tuple[str, int]]:
    """Return host and port of each broker that ``servers`` names.

    Raises
    ------
    ValueError
        One of them is no host:port; the message says what was expected.
    """
    return [_address(one.strip()) for one in servers.split(",")]


def _address(one: str) -> tuple[str, int]:
    host, _, port = one.rpartition(":")
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65_536:
        msg = f"{one!r} is no address; expected host:port[,host:port], e.g. localhost:9092"
        raise ValueError(msg)
    return host.strip("[]"), int(port)
