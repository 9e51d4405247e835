"""What is asked of the gateway: places, incidents, assessments, alerts, and what the words mean."""

from fastapi import APIRouter, FastAPI

from services.gateway.asking import (
    alerts,
    assessments,
    contracts,
    drawn,
    incidents,
    kinds,
    model,
    operating,
    page,
)
from services.gateway.asking.answering import NotModified, not_modified

ROUTERS: tuple[APIRouter, ...] = (
    drawn.router,
    incidents.router,
    assessments.router,
    alerts.router,
    operating.router,
    model.router,
    contracts.router,
    kinds.router,
    page.router,
)
"""The groups of routes, in the order of the documentation."""


def install(app: FastAPI) -> None:
    """Let routes end a request by saying that the client has the answer."""
    app.add_exception_handler(NotModified, not_modified)
