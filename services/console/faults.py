"""What is wrong with a field, in words: what was found, and what is expected."""

from typing import Any

from services.console.fields import Told
from services.console.words import Words

LONGEST = 60
"""How much of a value that is refused is told [characters]."""

_NAMES = {
    "missing": "fault.missing",
    "string_too_short": "fault.missing",
    "string_too_long": "fault.too_long",
    "too_long": "fault.too_many",
    "enum": "fault.choose",
    "literal_error": "fault.choose",
    "int_type": "fault.whole",
    "int_parsing": "fault.whole",
    "int_from_float": "fault.whole",
    "float_type": "fault.number",
    "float_parsing": "fault.number",
    "greater_than_equal": "fault.least",
    "less_than_equal": "fault.most",
    "datetime_from_date_parsing": "fault.moment",
    "datetime_parsing": "fault.moment",
    "datetime_type": "fault.moment",
    "timezone_aware": "fault.moment",
}
"""What is expected, by what pydantic calls the fault."""


def told(words: Words, errors: list[Any]) -> Told:
    """Return what is wrong by the dotted path of the field, the first fault of each."""
    found: dict[str, str] = {}
    for error in errors:
        path = ".".join(str(part) for part in error["loc"])
        found.setdefault(path, _in_words(words, path, error))
    return found


def _in_words(words: Words, path: str, error: Any) -> str:
    if (name := _expected(path, error)) is None:
        # What no field type tells, the contract says itself.
        return str(error["msg"]).removeprefix("Value error, ")
    bounds = {k: f"{v:g}" if isinstance(v, float) else v for k, v in error.get("ctx", {}).items()}
    expected = words(name, **bounds)
    value = error["input"]
    if name == "fault.missing" or not isinstance(value, str | int | float):
        return expected
    shown = str(value) if len(str(value)) <= LONGEST else f"{str(value)[: LONGEST - 3]}..."
    return words("fault.found", value=shown, expected=expected)


def _expected(path: str, error: Any) -> str | None:
    if error["type"] != "string_pattern_mismatch":
        return _NAMES.get(error["type"])
    last = next((part for part in reversed(path.split(".")) if not part.isdigit()), "")
    return {"countries": "fault.country", "url": "fault.url"}.get(last, "fault.identifier")
