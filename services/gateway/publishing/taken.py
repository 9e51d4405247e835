"""What the description says of the bodies that routes read themselves.

The same contract judges a report here as in the log, so that the framework does not read it.
"""

from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter

from schemas.event import IncidentEvent
from schemas.incident import INCIDENT
from services.gateway.asking.examples import example, whole
from services.gateway.publishing.contents import EXAMPLES, NewSilence, Note, OnLevel
from services.gateway.publishing.statuses import BatchEnd, LineStatus

JSON = "application/json"
CLOUDEVENT = "application/cloudevents+json"
NDJSON = "application/x-ndjson"

_REF = "#/components/schemas/{model}"
_REPORTS: dict[str, TypeAdapter[Any]] = {
    "Incident": INCIDENT,
    "IncidentEvent": TypeAdapter(IncidentEvent),
}
_OURS: tuple[type[BaseModel], ...] = (OnLevel, Note, NewSilence, LineStatus, BatchEnd)

_REPORT = example("incidents", "minimal-report")
_EVENT = whole("incidents", "minimal-report")
_REVISED = {**_REPORT, "revision": 2, "status": "corrected", "status_reason": "A later hour."}
_REASON = {"reason": "The report was of another year.", "revision": 2}


def components() -> dict[str, Any]:
    """Return the schemas of what is read, and of the lines that answer a batch, by name."""
    found: dict[str, Any] = {}
    for name, contract in _REPORTS.items():
        told = contract.json_schema(ref_template=_REF)
        found |= told.pop("$defs", {}) | {name: told}
    for schema in found.values():
        # A field that this version does not know has no effect, and is named in the answer.
        schema.pop("additionalProperties", None)
    revised = [_revised(found, kind) for kind in ("Report", "Retraction")]
    found["Revision"] = {
        "description": "An incident whose `incident_id` is the path's, and whose `revision` may "
        "follow from If-Match.",
        "oneOf": revised,
    }
    found["RetractionReason"] = _RETRACTION
    for model in _OURS:
        told = model.model_json_schema(ref_template=_REF)
        found = told.pop("$defs", {}) | found | {model.__name__: told}
    return found


def _revised(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """Add the schema of a revision, which may leave out what is told beside it."""
    said = found[f"Incident{kind}"]
    required = [name for name in said["required"] if name not in ("incident_id", "revision")]
    found[f"Revised{kind}"] = said | {"required": required, "title": f"Revised{kind}"}
    return {"$ref": _REF.format(model=f"Revised{kind}")}


_RETRACTION: dict[str, Any] = {
    "title": "RetractionReason",
    "type": "object",
    "required": ["reason"],
    "additionalProperties": False,
    "properties": {
        "reason": {"type": "string", "minLength": 1, "maxLength": 4000},
        "revision": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
    },
}


def _taken(content: dict[str, tuple[str, Any]], *, required: bool = True) -> dict[str, Any]:
    """Return what a route's OpenAPI says of its body: by media type the model and an example."""
    told = {
        media: {"schema": {"$ref": _REF.format(model=model)}, "example": shown}
        for media, (model, shown) in content.items()
    }
    return {"requestBody": {"required": required, "content": told}}


REPORT = _taken({JSON: ("Incident", _REPORT), CLOUDEVENT: ("IncidentEvent", _EVENT)})
REVISION = _taken({JSON: ("Revision", _REVISED)})
RETRACTION = _taken({JSON: ("RetractionReason", _REASON)})
ON_ALERT = _taken({JSON: ("OnLevel", EXAMPLES[OnLevel])}, required=False)
NOTE = _taken({JSON: ("Note", EXAMPLES[Note])})
SILENCE = _taken({JSON: ("NewSilence", EXAMPLES[NewSilence])})

_LINES = {"type": "string", "contentMediaType": NDJSON}
BATCH = {
    "requestBody": {
        "required": True,
        "description": "One report a line: an Incident or an IncidentEvent.",
        "content": {
            NDJSON: {"schema": _LINES, "example": orjson.dumps(_EVENT).decode() + "\n"},
        },
    }
}
ANSWERED: dict[str, Any] = {
    NDJSON: {
        "schema": _LINES,
        "example": '{"line":1,"status":"accepted","incident_id":"MISSION-0421","revision":1,'
        '"record":{"topic":"incidents","partition":1,"offset":42}}\n'
        '{"status":"end","lines":1,"counts":{"accepted":1}}\n',
    }
}
"""What a batch is answered with: a LineStatus a line, then a BatchEnd."""
