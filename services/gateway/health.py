"""Whether the gateway runs, and whether what it needs answers."""

import asyncio
from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from services.gateway import problems
from services.gateway.parts import Given, Parts
from services.ledger.database import reading, reason

log = structlog.get_logger(__name__)

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The gateway answers."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = Field(default="ok")


@router.get("/healthz", operation_id="getLiveness", summary="Whether the gateway runs")
async def live() -> Health:
    """Tell that the process answers."""
    return Health()


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether what the gateway needs answers",
    responses=problems.responses(problems.READ_MODEL_AWAY),
)
async def ready(parts: Given) -> Health:
    """Tell that the read model and the gateway's own database answer too."""
    if (name := await asyncio.to_thread(silent, parts)) is not None:
        raise problems.unanswered(name)
    return Health()


def silent(parts: Parts) -> str | None:
    """Return which database does not answer, or None when both do."""
    for name, engine in (("the read model", parts.ledger), ("the gateway's database", parts.own)):
        if why := _silent(engine):
            log.warning("not ready", database=name, reason=why)
            return name
    return None


def _silent(engine: Engine) -> str | None:
    """Return why a database does not answer, or None when it does."""
    try:
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as error:
        return reason(error)
    return None
