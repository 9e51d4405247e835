"""Writes ``docs/settings.md`` from the settings: ``python -m services.settings_page``."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from models.domain.durations import in_words
from services.settings import Settings
from services.variables import FILE, PREFIX, is_secret

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

_HEAD = """\
# Settings

Every setting is an environment variable. A name that begins with `FOREWARN_` and is no setting is
refused, with the nearest right one.

A secret may stand in a file: a variable that ends in `_FILE` names it, in place of the one without
that end. The line break at the end of the file does not count.

| variable | default | meaning |
|---|---|---|
"""


_TAIL = """
Traces alone are set by variables of another name, those of OpenTelemetry: they are exported once
`OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` names a collector.
[Observing](observing.md#one-trace-over-http-and-kafka) has the rest.
"""


def page() -> str:
    """Return the page: a line for each setting, in the order of the model."""
    rows = "".join(f"| `{n}` | {d} | {what} |\n" for n, d, what in _rows(Settings, PREFIX))
    return _HEAD + rows + _TAIL


def _rows(
    model: type[BaseModel], prefix: str, section: BaseModel | None = None
) -> Iterator[tuple[str, str, str]]:
    """Yield variable, default and meaning; those of a section default to what it holds."""
    for field, info in model.model_fields.items():
        name = f"{prefix}{field}".upper()
        default = info.default if section is None else getattr(section, field)
        if isinstance(default, BaseModel):
            yield from _rows(type(default), f"{name}__", default)
        else:
            yield name, _shown(default), info.description or ""
            if is_secret(info.annotation):
                yield f"{name}{FILE}", "unset", f"Names the file that holds `{name}`."


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "unset"
    if isinstance(value, timedelta):
        return in_words(value)
    return f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page())
