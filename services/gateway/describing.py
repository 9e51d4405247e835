"""Completes the OpenAPI description with what the framework does not tell by itself."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway import problems
from services.gateway.problems import Document, Kind
from services.gateway.publishing import taken
from services.gateway.who import IMPLIED, Scope

_REF = "#/components/schemas/{model}"
_OWN = ("HTTPValidationError", "ValidationError")
"""What the framework says a refused request is answered with; ours are problem documents."""

_HEADERS = {
    "ETag": {
        "description": "Names this answer, for If-None-Match.",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": 'The next page, as `rel="next"`; absent on the last.',
        "schema": {"type": "string"},
    },
}
"""What answers say beside their body."""


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
    schemas |= taken.components()
    for path in found["paths"].values():
        for operation in path.values():
            _complete(operation, schemas)
    return found


def _complete(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Say of an operation how it fails, and show its examples."""
    answers = operation["responses"]
    if "422" in answers:
        answers |= _problems(problems.INVALID)
    if "security" in operation:
        operation["security"] = [{"bearer": [_scope(operation["security"])]}]
        _refuse(answers)
    parameters = operation.get("parameters", ())
    for parameter in parameters:
        _show(parameter)
    if "304" in answers:
        paged = any(parameter["name"] == "cursor" for parameter in parameters)
        names = ("ETag", "Link") if paged else ("ETag",)
        answers["200"]["headers"] = {name: _HEADERS[name] for name in names}
    for answer in answers.values():
        _tell_apart(answer.get("content", {}))
        for content in answer.get("content", {}).values():
            if "example" not in content and (found := _example(content, schemas)) is not None:
                content["example"] = found
    operation["responses"] = dict(sorted(answers.items()))


def _scope(security: list[dict[str, list[str]]]) -> str:
    """Return the scope that holds all that a route's parts ask for, its router's among them."""
    asked = {Scope(scope) for one in security for scope in one["bearer"]}
    return next(scope.value for scope in Scope if asked <= IMPLIED[scope])


def _refuse(answers: dict[str, Any]) -> None:
    """Add what is answered to who is not let in; a status may have other causes too."""
    for status, told in _REFUSALS.items():
        found = answers.setdefault(status, told)
        also = told["description"].lower()
        if also not in found["description"].lower():
            answers[status] = found | {"description": f"{found['description']}; or {also}"}


def _problems(*kinds: Kind) -> dict[str, Any]:
    return {str(status): told for status, told in problems.responses(*kinds).items()}


def _tell_apart(content: dict[str, Any]) -> None:
    """Give each media type its own model, where an answer has several of both.

    The framework has one model an answer: it lists them all under the media type of JSON.
    """
    models = content.get("application/json", {}).get("schema", {}).get("anyOf", ())
    if len(content) > 1 and len(content) == len(models):
        for told, schema in zip(content.values(), models, strict=True):
            told["schema"] = schema


_REFUSALS = _problems(problems.UNAUTHENTICATED, problems.FORBIDDEN, problems.IDENTITY_AWAY)
"""What every operation may answer that asks who its caller is."""


def _example(content: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Return the example that the model of an answer has, if any."""
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return next(iter(schemas.get(name, {}).get("examples", ())), None)


def _show(parameter: dict[str, Any]) -> None:
    """Give a parameter the words and the example that its schema has.

    A query or a header has no null: what may be left out is of the one type that remains.
    """
    schema = parameter["schema"]
    some = [part for part in schema.pop("anyOf", ()) if part.get("type") != "null"]
    schema = parameter["schema"] = (some[0] if some else {}) | schema
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    if schema.get("examples"):
        parameter["example"] = schema.pop("examples")[0]
    elif "default" in schema:
        parameter.setdefault("example", schema["default"])
