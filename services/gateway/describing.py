"""Completes the OpenAPI description with what the framework does not tell by itself."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from schemas.event import IncidentEvent
from schemas.incident import INCIDENT
from services.gateway import problems
from services.gateway.problems import MEDIA_TYPE, Document

_REF = "#/components/schemas/{model}"
_OWN = ("HTTPValidationError", "ValidationError")
"""What the framework says a refused request is answered with; ours are problem documents."""

_REFUSALS = problems.responses(problems.UNAUTHENTICATED, problems.FORBIDDEN, problems.IDENTITY_AWAY)
"""What every route may answer that asks who its caller is."""
_READ_AS_THEY_ARE: dict[str, TypeAdapter[Any]] = {
    "Incident": INCIDENT,
    "IncidentEvent": TypeAdapter(IncidentEvent),
}
"""Bodies that routes read themselves, since the same contract judges them as in the log."""


def install(app: FastAPI) -> None:
    """Let the application describe itself completely."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name in _OWN:
        schemas.pop(name, None)
    problem = Document.model_json_schema(ref_template=_REF)
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    for name, contract in _READ_AS_THEY_ARE.items():
        told = contract.json_schema(ref_template=_REF)
        schemas |= told.pop("$defs", {})
        schemas[name] = told
    refusal = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
    for path in found["paths"].values():
        for operation in path.values():
            if "security" in operation:
                for status, told in _REFUSALS.items():
                    operation["responses"].setdefault(str(status), told)
            if "422" in operation["responses"]:
                operation["responses"]["422"] = {
                    "description": "The content is not what is expected",
                    "content": refusal,
                }
    return found
