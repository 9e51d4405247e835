"""Routes of the contracts: JSON Schemas, the AsyncAPI description, the taxonomy."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from schemas.export import FOLDER
from schemas.topics import TOPICS
from services.gateway import problems
from services.gateway.asking.places import missing
from services.gateway.asking.still import Unmoving
from services.gateway.asking.words import Taxonomy, taxonomy
from services.gateway.conditional import SAME
from services.gateway.problems import Problem

router = APIRouter(tags=["contracts"], responses=SAME)

SCHEMA = "application/schema+json"
YAML = "application/yaml"
_ENDING = ".schema.json"
_FILE = "incidents.v1.schema.json"


class SchemaLink(BaseModel):
    """One exported JSON Schema."""

    model_config = ConfigDict(frozen=True)

    file: str = Field(examples=[_FILE])
    href: str = Field(description="Where it is, relative to the gateway.")
    topic: str | None = Field(description="Of whose values it is; null: of no topic.")
    what: str = Field(description="What it describes.")


class SchemaList(BaseModel):
    """The exported JSON Schemas."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "file": _FILE,
                            "href": f"/v1/schemas/{_FILE}",
                            "topic": "incidents",
                            "what": "one revision of one incident",
                        }
                    ]
                }
            ]
        },
    )

    items: tuple[SchemaLink, ...]


class JSONSchema(JSONResponse):
    """A response that is a JSON Schema."""

    media_type = SCHEMA


class YAMLText(JSONResponse):
    """A response that is YAML."""

    media_type = YAML


@router.get(
    "/v1/schemas",
    operation_id="listSchemas",
    summary="The JSON Schemas of what crosses a topic",
    response_model=SchemaList,
)
def schemas(still: Unmoving) -> Response:
    """Return the exported JSON Schemas (draft 2020-12), each with its address."""
    topics = {f"{t.name}.v{t.version}{_ENDING}": t for t in TOPICS}
    items = (
        SchemaLink(
            file=name,
            href=f"/v1/schemas/{name}",
            topic=topics[name].name if name in topics else None,
            what=topics[name].what if name in topics else "the body of a webhook's notification",
        )
        for name in _names()
    )
    return still.answer(SchemaList(items=tuple(items)))


@router.get(
    "/v1/schemas/{file}",
    operation_id="getSchema",
    summary="One JSON Schema",
    response_class=JSONSchema,
    response_model=dict[str, Any],
    responses={
        200: {
            "content": {
                SCHEMA: {
                    "example": {
                        "$schema": "https://json-schema.org/draft/2020-12/schema",
                        "type": "object",
                    }
                }
            }
        },
        **problems.responses(problems.NOT_FOUND),
    },
)
def schema(
    file: Annotated[
        str,
        Path(
            max_length=200,
            pattern=r"^[a-z][a-z0-9.-]*$",
            description="Its name, as the list has it.",
            examples=[_FILE],
        ),
    ],
    still: Unmoving,
) -> Response:
    """Return an exported JSON Schema as it stands in the repository."""
    if file not in _names():
        raise missing("schema", file, _names(), "/v1/schemas")
    return still.answer((FOLDER / file).read_bytes(), SCHEMA)


@router.get(
    "/asyncapi",
    operation_id="getAsyncAPI",
    summary="The AsyncAPI description of the topics",
    response_class=YAMLText,
    response_model=dict[str, Any],
    responses={
        200: {"content": {YAML: {"example": {"asyncapi": "3.0.0"}}}},
        **problems.responses(problems.NOT_FOUND),
    },
)
def asyncapi(still: Unmoving) -> Response:
    """Return the AsyncAPI 3 description of every topic, as YAML."""
    path = FOLDER / "asyncapi.yaml"
    if not path.exists():
        detail = "asyncapi: this build has none; the topics' schemas are at /v1/schemas"
        raise Problem(problems.NOT_FOUND, detail)
    return still.answer(path.read_bytes(), YAML)


@router.get(
    "/v1/taxonomy",
    operation_id="getTaxonomy",
    summary="Kinds of incidents, the ladder, and what UCDP and CAMEO call them",
    response_model=Taxonomy,
)
def kinds(still: Unmoving) -> Response:
    """Return the event types with their sub-event types, the steps of the ladder, and the codes."""
    return still.answer(taxonomy())


def _names() -> list[str]:
    return sorted(path.name for path in FOLDER.glob(f"*{_ENDING}"))
