"""Changes of what others write: whatever was valid must stay valid."""

import copy

from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS
from tests.contract.changes.change import Accepted, Refused, at

REFUSED: list[Refused] = [
    (
        "a field that becomes required",
        INCIDENTS,
        lambda s: s["$defs"]["IncidentReport"]["required"].append("native"),
        "data[status=reported].native: becomes required, and what lacks it is refused",
    ),
    (
        "a new field that is required",
        COMMANDS,
        lambda s: (
            s["$defs"]["ResolveCommand"]["properties"].update(rank={"type": "integer"}),
            s["$defs"]["ResolveCommand"]["required"].append("rank"),
        ),
        "[kind=resolve].rank: becomes required, and what lacks it is refused",
    ),
    (
        "a field removed where unknown ones are refused",
        COMMANDS,
        lambda s: s["$defs"]["ResolveCommand"]["properties"].pop("note"),
        "[kind=resolve].note: is removed, and refused where it is still sent",
    ),
    (
        "unknown fields refused that were let through",
        INCIDENTS,
        lambda s: s.update(additionalProperties=False),
        "the whole: refuses unknown fields, which were let through",
    ),
    (
        "null refused",
        COMMANDS,
        lambda s: at(s, "ResolveCommand", "note")["anyOf"].pop(1),
        "[kind=resolve].note: loses the type null, valid until now",
    ),
    (
        "a number that becomes a whole number",
        INCIDENTS,
        lambda s: at(s, "Place", "latitude")["anyOf"][0].update(type="integer"),
        "data[status=reported].place.latitude: loses the type number, valid until now",
    ),
    (
        "a value removed",
        INCIDENTS,
        lambda s: s["$defs"]["SubEventType"]["enum"].remove("Joint patrol"),
        "data[status=reported].sub_event_type: loses the value 'Joint patrol', valid until now",
    ),
    (
        "a constant changed",
        COMMANDS,
        lambda s: at(s, "ResolveCommand", "schema_version").update({"const": 2}),
        "[kind=resolve].schema_version: loses the value 1, valid until now",
    ),
    (
        "free text limited to a list",
        INCIDENTS,
        lambda s: at(s, "", "source").update(enum=["urn:example:mission"]),
        "source: loses values beside 'urn:example:mission', valid until now",
    ),
    (
        "a member of a union removed",
        INCIDENTS,
        lambda s: (
            at(s, "", "data")["oneOf"].pop(1),
            at(s, "", "data")["discriminator"]["mapping"].pop("retracted"),
        ),
        "data: loses the member status=retracted, valid until now",
    ),
    (
        "a higher minimum",
        INCIDENTS,
        lambda s: at(s, "Toll", "best")["anyOf"][0].update(minimum=1),
        "data[status=reported].fatalities.best: its minimum changes from 0 to 1, which refuses "
        "what was valid",
    ),
    (
        "a maximum where there was none",
        OBSERVATIONS,
        lambda s: at(s, "Effect", "revision").update(maximum=9),
        "[kind=assert].effect.revision: its maximum changes from None to 9, which refuses what "
        "was valid",
    ),
    (
        "shorter text",
        INCIDENTS,
        lambda s: at(s, "IncidentReport", "summary").update(maxLength=280),
        "data[status=reported].summary: its maxLength changes from 4000 to 280, which refuses "
        "what was valid",
    ),
    (
        "fewer items",
        INCIDENTS,
        lambda s: at(s, "IncidentReport", "actors").update(maxItems=2),
        "data[status=reported].actors: its maxItems changes from 50 to 2, which refuses what was "
        "valid",
    ),
    (
        "another pattern",
        INCIDENTS,
        lambda s: at(s, "IncidentRetraction", "incident_id").update(pattern="^[a-z]+$"),
        "data[status=retracted].incident_id: its pattern changes from "
        "'^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$' to '^[a-z]+$', which refuses what was valid",
    ),
    (
        "another format",
        INCIDENTS,
        lambda s: at(s, "When", "start").update(format="date"),
        "data[status=reported].occurred.start: its format changes from 'date-time' to 'date', "
        "which refuses what was valid",
    ),
    (
        "narrower items",
        INCIDENTS,
        lambda s: at(s, "Place", "countries")["items"].update(pattern="^KGZ|TJK$"),
        "data[status=reported].place.countries[]: its pattern changes from '^[A-Z]{3}$' to "
        "'^KGZ|TJK$', which refuses what was valid",
    ),
    (
        "an absent field that comes to mean something else",
        INCIDENTS,
        lambda s: at(s, "IncidentReport", "traffic").update(default="test"),
        "data[status=reported].traffic: changes its default, so that what is absent means "
        "something else",
    ),
]

ACCEPTED: list[Accepted] = [
    (
        "a new optional field",
        INCIDENTS,
        lambda s: s["$defs"]["Place"]["properties"].update(height={"type": "number"}),
    ),
    (
        "a field no longer required",
        INCIDENTS,
        lambda s: s["$defs"]["IncidentReport"]["required"].remove("summary"),
    ),
    ("a wider range", INCIDENTS, lambda s: at(s, "Toll", "best")["anyOf"][0].update(maximum=10**9)),
    (
        "a new value",
        INCIDENTS,
        lambda s: s["$defs"]["SubEventType"]["enum"].append("Mine clearance"),
    ),
    (
        "null allowed",
        INCIDENTS,
        lambda s: s["$defs"]["IncidentReport"]["properties"].update(
            summary={
                "anyOf": [{"type": "null"}, {"type": "string", "minLength": 1, "maxLength": 4000}]
            }
        ),
    ),
    (
        "whole numbers that may be any",
        COMMANDS,
        lambda s: at(s, "ResolveCommand", "schema_version").update(type="number"),
    ),
    (
        "a pattern given up",
        INCIDENTS,
        lambda s: at(s, "IncidentReport", "incident_id").pop("pattern"),
    ),
    (
        "unknown fields let through",
        COMMANDS,
        lambda s: s["$defs"]["ResolveCommand"].pop("additionalProperties"),
    ),
    (
        "a new member of a union",
        INCIDENTS,
        lambda s: (
            s["$defs"].update(Doubt=copy.deepcopy(s["$defs"]["IncidentRetraction"])),
            at(s, "Doubt", "status").update({"const": "doubted"}),
            at(s, "", "data")["oneOf"].append({"$ref": "#/$defs/Doubt"}),
            at(s, "", "data")["discriminator"]["mapping"].update(doubted="#/$defs/Doubt"),
        ),
    ),
    (
        "a model of another name",
        COMMANDS,
        lambda s: (
            s["$defs"].update(Reality=s["$defs"].pop("Traffic")),
            [
                one["properties"]["traffic"].update({"$ref": "#/$defs/Reality"})
                for one in s["$defs"].values()
                if "traffic" in one.get("properties", {})
            ],
        ),
    ),
]
