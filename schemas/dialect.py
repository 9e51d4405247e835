"""The part of JSON Schema draft 2020-12 that pydantic emits, and how to find one's way in it.

A keyword that is not listed here is an error: a check that skips what it does not know is switched
off by a misspelt word.
"""

from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]

_SAYS_NOTHING = {"title", "description", "examples", "classified", "deprecated", "$schema", "$id"}
_NAMED = {"properties", "$defs"}
_LISTED = {"anyOf", "oneOf", "prefixItems"}
_NESTED = {"items", "additionalProperties"}
EQUAL = ("pattern", "format", "multipleOf", "uniqueItems")
# A bound that is absent is one that holds nothing back.
LOW: Final = {"minimum": None, "exclusiveMinimum": None, "minLength": 0, "minItems": 0}
HIGH: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_OTHER = {"$ref", "type", "enum", "const", "required", "default", "discriminator"}
_KNOWN = {*_SAYS_NOTHING, *_NAMED, *_LISTED, *_NESTED, *EQUAL, *LOW, *HIGH, *_OTHER}

# A union or reference says all; a bound beside it would be read by a validator, but not here.
_ALONE = {"$ref", "anyOf", "oneOf"}
_BESIDE = {*_SAYS_NOTHING, "default", "discriminator", "$defs"}


class UnknownKeyword(ValueError):
    """A schema uses a keyword whose meaning this check does not know."""


def resolved(schema: Schema, root: Schema) -> Schema:
    """Follow ``$ref``; the words and default beside it go before those it leads to."""
    while "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        target = root.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/"))
        if target is None:
            raise UnknownKeyword(f"$ref: {schema['$ref']!r}: leads nowhere; correct it")
        schema = {**target, **beside}
    return schema


def members(schema: Schema) -> tuple[str, dict[str, Schema]] | None:
    """Return the field that tells a union's members apart, and the member of each value."""
    if "discriminator" not in schema:
        return None
    mapping = schema["discriminator"]["mapping"]
    key: str = schema["discriminator"]["propertyName"]
    return key, {tag: {"$ref": ref} for tag, ref in mapping.items()}


def branches(schema: Schema, root: Schema) -> list[Schema]:
    """Return the alternatives of a schema, each of one type or of any."""
    schema = resolved(schema, root)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return [one for member in schema[union] for one in branches(member, root)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    return [schema]


def enumerated(schema: Schema) -> set[str] | None:
    """Return the values that are allowed, written so that 1 and True differ; None for all."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {repr(value) for value in values}


def shape(schema: Schema) -> Schema:
    """Return what a schema demands without its words: two that demand the same are equal."""
    found: Schema = {}
    for key, value in schema.items():
        if key in _NAMED:
            found[key] = {name: shape(nested) for name, nested in value.items()}
        elif key in _LISTED:
            found[key] = [shape(nested) for nested in value]
        elif key in _NESTED and isinstance(value, dict):
            found[key] = shape(value)
        elif key in ("required", "enum"):
            found[key] = sorted(value, key=repr)
        elif key not in _SAYS_NOTHING:
            found[key] = value
    return found


def refuse_unknown(schema: Schema) -> None:
    """Raise ``UnknownKeyword`` for whatever in a schema cannot be compared here."""
    _walk(schema, "")
    leads = {name: set(_references(nested)) for name, nested in schema.get("$defs", {}).items()}
    while ends := [name for name, to in leads.items() if not to & leads.keys()]:
        for name in ends:
            del leads[name]
    if leads:
        raise UnknownKeyword(
            f"$defs: {', '.join(sorted(leads))}: lead back to themselves; a schema that contains "
            "itself is not compared here"
        )


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"].removeprefix("#/$defs/")
    inside = node.values() if isinstance(node, dict) else node
    for nested in inside if isinstance(node, dict | list) else ():
        yield from _references(nested)


def _walk(schema: Any, path: str) -> None:
    """Walk through every subschema, whether a payload can reach it or not."""
    if not isinstance(schema, dict):
        raise UnknownKeyword(f"{path or 'the whole'}: expected a schema, found {schema!r:.80}")
    unknown = schema.keys() - _KNOWN
    if schema.keys() & _ALONE:
        unknown |= schema.keys() - _ALONE - _BESIDE
    if unknown:
        raise UnknownKeyword(
            f"{path or 'the whole'}: {', '.join(sorted(unknown))}: not known here; correct it, or "
            "teach schemas/dialect.py and schemas/compatibility.py what it means"
        )
    _refuse_untold_members(schema, path)
    for keyword, value in schema.items():
        if keyword in _NAMED:
            for name, nested in value.items():
                _walk(nested, f"{path}/{keyword}/{name}")
        elif keyword in _LISTED:
            for n, nested in enumerate(value):
                _walk(nested, f"{path}/{keyword}/{n}")
        elif keyword in _NESTED and not (keyword != "items" and isinstance(value, bool)):
            _walk(value, f"{path}/{keyword}")


def _refuse_untold_members(schema: Schema, path: str) -> None:
    """A union's members are compared by its discriminator, which has to name them all."""
    if "discriminator" not in schema:
        return
    told = set(schema["discriminator"].get("mapping", {}).values())
    if told != {member.get("$ref") for member in schema.get("oneOf", [])}:
        raise UnknownKeyword(f"{path or 'the whole'}: discriminator: names not each of oneOf")
