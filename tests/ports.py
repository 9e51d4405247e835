"""Ports that stay free until the process that is to have them comes, or comes again."""

import random
import socket
from contextlib import ExitStack

_taken: set[int] = set()
_dice = random.SystemRandom()


def lasting_port() -> int:
    """Return a free port of 127.0.0.1 below those that a system gives to connections."""
    return lasting_ports(1)


def lasting_ports(count: int) -> int:
    """Return the first of ``count`` such ports in a row; none of them is returned again."""
    while True:
        first = _dice.randrange(12_000, 32_000)
        row = range(first, first + count)
        with ExitStack() as probes:
            try:
                for port in row:
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        if _taken.isdisjoint(row):
            _taken.update(row)
            return first
