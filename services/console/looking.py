"""Who looks at a page, and how they want it: the language and the theme."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fastapi import Request
from nicegui import app

from services.console.view import View
from services.console.words import Words, preferred
from services.gateway.who import Caller

LANGUAGE, DARK, SHORTCUTS = "language", "dark", "shortcuts"
"""Under which names the server keeps what a browser has chosen."""

OPERATOR = "operator"
"""Under which name the server keeps who acts, where no key says it."""

KEY_ID = "key_id"
"""Under which name the server keeps, of one who has signed in, the id of the key: no secret."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How a page is shown, and to whom.

    Parameters
    ----------
    dark
        None: as the browser has it.
    view
        What of the log is shown.
    caller
        None on the pages that anybody is shown: the sign-in and the errors.
    again
        Finds out anew who looks, as long as the page is open.
    signed_in
        Whether there is something to sign out of.
    """

    words: Words
    dark: bool | None
    view: View = field(default_factory=View)
    caller: Caller | None = None
    again: Callable[[], Awaitable[Caller]] | None = None
    signed_in: bool = False


def anybody(request: Request) -> Looking:
    """Return how a page is shown to one of whom nothing is known."""
    return Looking(*taste(request))


def taste(request: Request) -> tuple[Words, bool | None]:
    """Return the language and the theme that were chosen, else those that the browser asks for."""
    kept = app.storage.user
    asked = request.headers.get("accept-language")
    return Words(preferred(asked, kept.get(LANGUAGE))), kept.get(DARK)
