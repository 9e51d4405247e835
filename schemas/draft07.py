"""Says a schema of pydantic's, draft 2020-12, in the words of AsyncAPI: draft 07 and more."""

from typing import Any

from schemas.dialect import UnknownKeyword

DEFINITIONS = "#/components/schemas/{model}"
"""Where references lead; what pydantic takes as ``ref_template``."""

_SCHEMAS = ("properties", "$defs")
_LISTS = ("anyOf", "oneOf", "allOf")
_ONE = ("items", "additionalProperties")
# Other keywords of 2020-12 would be passed over by a reader of draft 07: nothing may rest on them.
_NEWER = {"unevaluatedProperties", "unevaluatedItems", "dependentRequired", "dependentSchemas"}


def draft07(schema: Any) -> Any:
    """Return a schema that accepts the same payloads.

    ``prefixItems`` becomes a list of ``items``. The ``discriminator`` of OpenAPI goes, which is
    another keyword in AsyncAPI: the members of a union are told apart by constants all the same.
    ``classified`` is an extension there, and is written as one.

    Raises
    ------
    UnknownKeyword
        A keyword has no equal in draft 07.
    """
    if not isinstance(schema, dict):
        return schema
    if newer := sorted(schema.keys() & _NEWER):
        raise UnknownKeyword(
            f"{', '.join(newer)}: no word of draft 07; teach schemas/draft07.py it"
        )
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _SCHEMAS:
            found[key] = {name: draft07(nested) for name, nested in value.items()}
        elif key in _LISTS:
            found[key] = [draft07(nested) for nested in value]
        elif key in _ONE:
            found[key] = draft07(value)
        elif key == "prefixItems":
            found["items"] = [draft07(nested) for nested in value]
        elif key == "classified":
            found["x-classified"] = value
        elif key != "discriminator":
            found[key] = value
    return found
