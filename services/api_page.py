"""Writes ``docs/api.md`` from the gateway's OpenAPI: ``python -m services.api_page``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.gateway.app import described
from services.gateway.problems import KINDS
from services.gateway.who import IMPLIED

PAGE = Path(__file__).parents[1] / "docs" / "api.md"

GROUPS = {
    "publish": ("Publish", "[Publishing](publishing.md)"),
    "operate": ("Operate", "[Publishing](publishing.md#operators)"),
    "follow": ("Follow", "[Following the alerts](following.md)"),
    "places": ("Borders and segments", "[Asking](asking.md#where-does-each-segment-stand)"),
    "incidents": ("Incidents", "[Asking](asking.md#what-was-reported)"),
    "assessments": ("Assessments", "[Asking](asking.md#what-was-said-of-the-risk-and-why)"),
    "alerts": ("Alerts", "[Alerts](alerts.md)"),
    "operating": ("Silences and rejections", "[Dead letters](dead-letters.md)"),
    "model": ("The model", "[Models](models.md)"),
    "contracts": ("Contracts", "[Versions](versions.md), [Topics](topics.md)"),
    "meta": ("Problems and the build", "[Publishing](publishing.md#problems)"),
    "administration": ("Administer", "[Access](access.md)"),
    "health": ("Probes", "[Observing](observing.md#asking-a-process)"),
}
"""Of each tag of the description: the heading, and the page that explains what stands there."""

_HEAD = """\
# The API

Every route of the gateway, as it describes itself: `/openapi.json` is the same for programs, with
the schema and an example of every answer, and `/docs` for browsers. How routes are used is told
elsewhere; each section says where.

A scope is what a key must have: {scopes}.
A route without one asks for no key.

Beside the answers that a table names, a route with a scope answers 401, 403 and 503; any route
answers 405 to another method, and 500 where the gateway fails. An answer of 400 or more is a
problem document: [Problems](#problems) lists the kinds. What a route takes is told under
[Parameters](#parameters): those of a path must be given, all others may be left out.
"""

_MOST = 15
"""How many values of a parameter are listed; of more, two."""
_ENDLESS = 2**63 - 1

_REFUSALS = frozenset({"401", "403", "503"})


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the description."""

    method: str
    path: str
    told: dict[str, Any]

    @property
    def tag(self) -> str:
        """The group that it belongs to."""
        return str(self.told["tags"][0])

    @property
    def scope(self) -> str | None:
        """What a key must have; None where none is asked for."""
        return next((str(s) for one in self.told.get("security", ()) for s in one["bearer"]), None)

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """What it takes beside a body."""
        return list(self.told.get("parameters", ()))


def routes() -> list[Route]:
    """Return every route, in the order of the description."""
    return [
        Route(method.upper(), path, told)
        for path, methods in described()["paths"].items()
        for method, told in methods.items()
    ]


def page() -> str:
    """Return the page: a table for each group of routes, their parameters, the problems."""
    every = routes()
    parts = [_HEAD.format(scopes=_scopes())]
    for tag, (heading, explained) in GROUPS.items():
        head = "| request | scope | does | takes | answers |\n|---|---|---|---|---|\n"
        rows = "".join(_row(route) for route in every if route.tag == tag)
        parts.append(f"## {heading}\n\nExplained in {explained}.\n\n{head}{rows}")
    head = "| parameter | in | of | what | takes |\n|---|---|---|---|---|\n"
    parts.append(f"## Parameters\n\n{head}{''.join(_parameters(every))}")
    head = "| status | type | says |\n|---|---|---|\n"
    parts.append(f"## Problems\n\n{_PROBLEMS}\n{head}{''.join(_problems())}")
    return "\n".join(parts)


_PROBLEMS = """\
The `type` of a problem ends with one of these, and leads to what to do: `/v1/problems/NAME`.
What to do when publishing stands in [Publishing](publishing.md#problems).
"""


def _scopes() -> str:
    return ", ".join(
        f"`{scope}`" + (f" (and so {also})" if (also := _and(held - {scope})) else "")
        for scope, held in IMPLIED.items()
    )


def _and(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _row(route: Route) -> str:
    scope = f"`{route.scope}`" if route.scope else ""
    takes = [f"`{_name(p)}`" for p in route.parameters if p["in"] != "path"]
    takes += [f"body: `{kind}`" for kind in route.told.get("requestBody", {}).get("content", ())]
    answers = ", ".join(_answers(route))
    what = route.told["summary"]
    return (
        f"| `{route.method} {route.path}` | {scope} | {what} | {', '.join(takes)} | {answers} |\n"
    )


def _name(parameter: dict[str, Any]) -> str:
    """Return its name; those of headers are written alike, since their case does not count."""
    name = str(parameter["name"])
    return name.title() if parameter["in"] == "header" else name


def _answers(route: Route) -> Iterator[str]:
    """Yield each status that is answered, with the media types of what is no problem."""
    for status, told in route.told["responses"].items():
        kinds = " or ".join(f"`{kind}`" for kind in told.get("content", ()))
        if int(status) < 400:
            yield f"{status} {kinds}".rstrip()
        elif not (route.scope and status in _REFUSALS):
            yield status


def _parameters(every: list[Route]) -> Iterator[str]:
    """Yield a row for each meaning of each name; where it has several, with their groups."""
    found: dict[tuple[str, str], dict[tuple[str, str], dict[str, None]]] = {}
    for route in every:
        for parameter in route.parameters:
            called = (_name(parameter), parameter["in"])
            meaning = (_cell(parameter["description"]), _taken(parameter["schema"]))
            found.setdefault(called, {}).setdefault(meaning, {})[GROUPS[route.tag][0]] = None
    for (name, where), meanings in sorted(found.items(), key=lambda one: one[0][0].lower()):
        for (what, taken), groups in meanings.items():
            of = ", ".join(groups) if len(meanings) > 1 else ""
            yield f"| `{name}` | {where} | {of} | {what} | {taken} |\n"


def _taken(schema: dict[str, Any]) -> str:
    """Return the values that a parameter takes, and what it is when it is left out."""
    schema = _resolved(schema)
    if schema.get("type") == "array":
        of, default = _values(schema["items"]), _and(schema.get("default", ()))
        taken = f"several of: {of}" if of else "several"
    else:
        taken = _values(schema)
        default = f"`{str(schema['default']).lower()}`" if "default" in schema else ""
    return f"{taken}; else {default}" if default else taken


def _values(schema: dict[str, Any]) -> str:
    """Return the values of one type that are taken; a text's form is told in words."""
    schema = _resolved(schema)
    if "enum" in schema:
        shown = schema["enum"] if len(schema["enum"]) <= _MOST else schema["enum"][:2]
        more = f" and {n} more" if (n := len(schema["enum"]) - len(shown)) else ""
        return ", ".join(f"`{value}`" for value in shown) + more
    if schema.get("format") == "date-time":
        return "a moment"
    if schema.get("type") == "integer":
        bounded = schema.get("maximum", _ENDLESS) < _ENDLESS
        return f"{schema['minimum']} to {schema['maximum']}" if bounded else "a whole number"
    return "" if schema.get("type", "string") == "string" else str(schema["type"])


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with what it refers to in it."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return described()["components"]["schemas"][name] | schema if name else schema


def _problems() -> Iterator[str]:
    for kind in sorted(KINDS.values(), key=lambda kind: kind.status):
        yield f"| {kind.status} | `{kind.name}` | {kind.title} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page())
