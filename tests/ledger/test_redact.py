"""No classified field of any contract outlives redaction."""

from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from pydantic import BaseModel

from schemas.event import IncidentEvent
from schemas.topics import TOPICS
from services.ledger.redact import WITHHELD, redact

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples" / "incidents" / "v1" / "valid"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_a_redacted_incident_is_valid_and_names_no_source(path: Path) -> None:
    event = IncidentEvent.model_validate_json(path.read_bytes())
    text = redact(event).model_dump_json()
    IncidentEvent.model_validate_json(text)
    for source in orjson.loads(path.read_bytes())["data"].get("sources", []):
        assert orjson.dumps(source["name"]).decode() not in text
        assert source.get("url") is None or source["url"] not in text


def test_what_is_not_classified_is_left_as_it_is() -> None:
    event = IncidentEvent.model_validate_json((EXAMPLES / "minimal-report.json").read_bytes())
    assert redact(event).data.model_dump(exclude={"sources"}) == event.data.model_dump(
        exclude={"sources"}
    )


def test_every_required_classified_field_is_a_text_that_may_read_withheld() -> None:
    found = {
        f"{model.__name__}.{name}": field
        for topic in TOPICS
        for model in models(topic.value._type)
        for name, field in model.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("classified")
    }
    assert {"Source.name", "Source.url", "LinkCommand.author"} <= set(found)
    required = {name for name, field in found.items() if field.is_required()}
    assert {found[name].annotation for name in required} == {str}
    assert WITHHELD


def models(kind: Any) -> set[type[BaseModel]]:
    """Return every model that a type is made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inner = [models(f.annotation) for f in kind.model_fields.values()]
        return {kind}.union(*inner)
    return set().union(*(models(part) for part in get_args(kind)))
