"""The one base of every fault that an operator can act on."""


class Fault(Exception):
    """Ends a command with one line and exit code 2: what is wrong, and what to do about it."""
