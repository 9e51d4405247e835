"""What is told of the things that a trace passes; nobody is told, unless spans are exported."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

Said = Mapping[str, str | int | Sequence[str]]
"""Attributes by name: those of OpenTelemetry's conventions, and ours, which begin ``forewarn.``."""


class Kind(StrEnum):
    """Which part a span has in what is asked and sent."""

    SERVER = "server"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    CLIENT = "client"


class Span:
    """One thing that is done, of which nobody is told.

    Parameters
    ----------
    trace
        The context that goes on from it; None: there is no trace.
    """

    def __init__(self, trace: str | None) -> None:
        self.trace = trace

    def tell(self, said: Said, name: str | None = None) -> None:
        """Add what is known by now."""

    def end(self, failed: str | None = None, at: int | None = None) -> None:
        """Say that it is over, now or at a time [ns since 1970]; ``failed``: what was wrong."""


class Spans:
    """Begins spans of which nobody is told: what comes in goes on."""

    exported = False

    def begin(
        self,
        name: str,  # noqa: ARG002
        kind: Kind,  # noqa: ARG002
        parent: str | None,
        said: Said,  # noqa: ARG002
        links: Sequence[str] = (),  # noqa: ARG002
        at: int | None = None,  # noqa: ARG002
    ) -> Span:
        """Begin a span.

        Parameters
        ----------
        parent
            The trace context that it belongs to; None: it begins a trace.
        links
            Contexts of other traces that it also belongs to.
        at
            When it began [ns since 1970]; None: now.
        """
        return Span(parent)


UNTOLD = Spans()
