"""Ports that stay free while the process that has them is away."""

import random
import socket

_taken: set[int] = set()


def lasting_port() -> int:
    """Return a free port of 127.0.0.1 below those that a system gives to connections."""
    while True:
        port = random.SystemRandom().randrange(12_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _taken:
            _taken.add(port)
            return port
