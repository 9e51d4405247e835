"""Changes of what we write: readers meet nothing they do not know, and all they rely on."""

import copy

from schemas.topics import ALERTS, ASSESSMENTS, OBSERVATIONS, REJECTED
from tests.contract.changes.change import Accepted, Refused, at

REFUSED: list[Refused] = [
    (
        "a required field removed",
        ALERTS,
        lambda s: (
            s["$defs"]["Alert"]["properties"].pop("headline"),
            s["$defs"]["Alert"]["required"].remove("headline"),
        ),
        "data.headline: is removed, but its readers rely on it",
    ),
    (
        "a field no longer required",
        ASSESSMENTS,
        lambda s: s["required"].remove("ladder"),
        "ladder: is no longer required, but its readers rely on it",
    ),
    (
        "null where there was none",
        ALERTS,
        lambda s: s["$defs"]["Alert"]["properties"].update(
            sequence={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
        ),
        "data.sequence: gains the type null, which its readers do not know",
    ),
    (
        "text where there was a number",
        ALERTS,
        lambda s: s["$defs"]["Alert"]["properties"].update(sequence={"type": "string"}),
        "data.sequence: gains the type string, which its readers do not know",
    ),
    (
        "a number where there was a whole number",
        ASSESSMENTS,
        lambda s: at(s, "CauseIncident", "revision").update(type="number"),
        "incidents[].revision: gains the type number, which its readers do not know",
    ),
    (
        "anything where there was text",
        REJECTED,
        lambda s: at(s, "", "detail").pop("type"),
        "detail: gains the type anything, which its readers do not know",
    ),
    (
        "a new level",
        ALERTS,
        lambda s: s["$defs"]["Level"]["enum"].append("grave"),
        "data.level: gains the value 'grave', which its readers do not know",
    ),
    (
        "any word for a list of words",
        REJECTED,
        lambda s: s["$defs"]["RejectReason"].pop("enum"),
        "reason: gains values beside 'failed', 'from-the-future', 'invalid', 'key-mismatch', "
        "'not-a-cloudevent', 'not-json', 'not-open', 'revision-conflict', 'too-coarse', 'too-far', "
        "'too-large', 'unknown-version', which its readers do not know",
    ),
    (
        "a new kind of observation",
        OBSERVATIONS,
        lambda s: (
            s["$defs"].update(Note=copy.deepcopy(s["$defs"]["Tick"])),
            at(s, "Note", "kind").update({"const": "note"}),
            s["oneOf"].append({"$ref": "#/$defs/Note"}),
            s["discriminator"]["mapping"].update(note="#/$defs/Note"),
        ),
        "the whole: gains the member kind=note, which its readers do not know",
    ),
    (
        "a wider range",
        ASSESSMENTS,
        lambda s: at(s, "Probabilities", "fatal_7d").update(maximum=100),
        "probabilities.fatal_7d: its maximum changes from 1 to 100, which is not what its readers "
        "know",
    ),
    (
        "a minimum given up",
        OBSERVATIONS,
        lambda s: at(s, "RecordRef", "offset").pop("minimum"),
        "[kind=assert].cause.offset: its minimum changes from 0 to None, which is not what its "
        "readers know",
    ),
    (
        "longer text",
        ALERTS,
        lambda s: at(s, "Alert", "headline").update(maxLength=301),
        "data.headline: its maxLength changes from 300 to 301, which is not what its readers know",
    ),
    (
        "a pattern given up",
        ALERTS,
        lambda s: at(s, "Alert", "border_id").pop("pattern"),
        "data.border_id: its pattern changes from '^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$' to None, "
        "which is not what its readers know",
    ),
    (
        "a third country",
        ALERTS,
        lambda s: at(s, "Alert", "countries").update(maxItems=3),
        "data.countries: its maxItems changes from 2 to 3, which is not what its readers know",
    ),
    (
        "another first country",
        ALERTS,
        lambda s: at(s, "Alert", "countries")["prefixItems"][0].update(pattern="^[A-Z]{2}$"),
        "data.countries[0]: its pattern changes from '^[A-Z]{3}$' to '^[A-Z]{2}$', which is not "
        "what its readers know",
    ),
]

ACCEPTED: list[Accepted] = [
    (
        "a new optional field",
        ALERTS,
        lambda s: s["$defs"]["Alert"]["properties"].update(score={"type": "number"}),
    ),
    (
        "a new field always written",
        ASSESSMENTS,
        lambda s: (s["properties"].update(n={"type": "integer"}), s["required"].append("n")),
    ),
    ("a field that becomes required", REJECTED, lambda s: s["required"].append("errors")),
    ("an optional field no longer written", REJECTED, lambda s: s["properties"].pop("headers")),
    (
        "a narrower range",
        ASSESSMENTS,
        lambda s: at(s, "Probabilities", "fatal_7d").update(maximum=0.5),
    ),
    (
        "a value no longer written",
        ALERTS,
        lambda s: s["$defs"]["Transition"]["enum"].remove("updated"),
    ),
    ("null no longer written", ASSESSMENTS, lambda s: at(s, "LadderView", "step")["anyOf"].pop(1)),
    ("a pattern promised", ALERTS, lambda s: at(s, "Alert", "headline").update(pattern="^[A-Z]")),
    ("other words", ALERTS, lambda s: s.update(title="Alarm", description="Another.")),
]
