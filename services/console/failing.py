"""Tells in the console's own frame what cannot be shown: an unknown address, a refusal, a fault."""

from urllib.parse import urlencode

import structlog
from fastapi import Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, app, ui
from starlette.exceptions import HTTPException

from services.console.frame import SIGN_IN, page
from services.console.looking import anybody
from services.gateway import problems
from services.gateway.problems import Problem

log = structlog.get_logger(__name__)


class Again(ui.element, component="again.js"):
    """Asks for the page again until it can be shown: what is away comes back by itself."""


def install() -> None:
    """Let every failure below the console be told by it."""
    app.add_exception_handler(404, _missing)
    app.add_exception_handler(Problem, _refused)
    app.on_page_exception(_failed)


async def _missing(request: Request, error: Exception) -> Response:
    # What a page loads, and not a page.
    if request.scope.get("endpoint") not in (None, app) and isinstance(error, HTTPException):
        return await http_exception_handler(request, error)
    return _page(request, 404, "missing", name=_inner(request))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    if error.kind is problems.UNAUTHENTICATED:
        asked = urlencode({"to": _inner(request)})
        root = request.scope.get("root_path", "")
        return RedirectResponse(f"{root}{SIGN_IN}?{asked}", 303)
    text = "unknown" if error.kind is problems.NOT_FOUND else "refused"
    return _page(request, error.kind.status, text, why=error.detail)


def _failed(error: Exception) -> None:
    """Fill the page that stands in the place of one that failed."""
    # What failed stays in the log: it may hold what the one who looks must not see.
    log.error("a page failed", exc_info=error)
    request = ui.context.client.request
    at = anybody(request)
    with page(at, None, at.words("state.fault_title")):
        ui.label(at.words("state.fault")).props("role=alert")


def _page(request: Request, status: int, text: str, **values: str) -> Response:
    at = anybody(request)
    with (
        Client(ui.page(""), request=request) as client,
        page(at, None, at.words(f"state.{text}_title")),
    ):
        ui.label(at.words(f"state.{text}", **values)).props("role=alert")
        if status == problems.IDENTITY_AWAY.status:
            Again()
    return client.build_response(request, status)


def _inner(request: Request) -> str:
    """Return a path below the console."""
    root: str = request.scope.get("root_path", "")
    return request.url.path.removeprefix(root) or "/"
