"""What is known of a request while it is answered: for the log and the audit."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import Scope

_HERE = "forewarn.exchange"


@dataclass(slots=True)
class Exchange:
    """One request: whose it is, and what it is about.

    Parameters
    ----------
    caller
        The name of who asks; None until somebody was identified.
    subject
        What is changed, where the path does not say it.
    """

    request_id: str
    caller: str | None = None
    subject: str | None = None


def begin(scope: Scope, request_id: str) -> Exchange:
    """Return the exchange of a request that has just come in."""
    found = scope[_HERE] = Exchange(request_id)
    return found


def of(scope: Scope) -> Exchange:
    """Return the exchange of a request; one of its own where nothing began it."""
    found = scope.get(_HERE)
    return found if isinstance(found, Exchange) else begin(scope, "-")


def about(request: HTTPConnection, subject: str) -> None:
    """Name what a request changes, for its row in the audit: an id or a number, never content."""
    of(request.scope).subject = subject


def template(scope: Scope) -> str:
    """Return the path of a request with its parameters' names in place of their values."""
    path = getattr(scope.get("route"), "path", None)
    return "(no such path)" if path is None else path.replace(":path}", "}")


def action(scope: Scope) -> str:
    """Return what a request asks for: the operation's id, else its method and path."""
    named = getattr(scope.get("route"), "operation_id", None)
    return named or f"{scope['method']} {template(scope)}"
