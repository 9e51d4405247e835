"""The page that shows the OpenAPI description in a browser, without fetching from elsewhere."""

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files

import orjson
from fastapi import APIRouter, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

router = APIRouter(include_in_schema=False)


@cache
def _style() -> str:
    return files("services.gateway.asking").joinpath("templates", "docs.css").read_text("utf-8")


@cache
def _policy() -> str:
    """Return a policy by which the page may do nothing but wear its own style."""
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def _indented(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


@router.get("/docs")
def docs(request: Request) -> Response:
    """Return the page."""
    described = request.app.openapi()
    templates = Environment(
        loader=PackageLoader("services.gateway.asking"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["indented"] = _indented
    body = templates.get_template("docs.html.j2").render(api=described, style=_style())
    headers = {"Content-Security-Policy": _policy(), "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type="text/html; charset=utf-8", headers=headers)
