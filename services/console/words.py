"""Every text of the console, in each of its languages, from one catalogue a language."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = {"en": "English", "ru": "Русский"}
"""The languages of the catalogue, each by its own name."""

DEFAULT = "en"


class Words:
    """The texts of one language.

    ``words("now.title")`` is a text; values fill its places: ``words("age", minutes=3)``.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue(language)

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a text, with its places filled.

        Raises
        ------
        KeyError
            The catalogue has no such text, or the text wants a value that is not given.
        """
        return self._texts[name].format_map(values)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by their dotted names."""
    source = files("services.console").joinpath("catalogue", f"{language}.toml")
    return dict(_flat(tomllib.loads(source.read_text(encoding="utf-8")), ""))


def preferred(accepted: str | None, chosen: str | None = None) -> str:
    """Return the language to speak: the chosen one, else the first of ``Accept-Language``."""
    if chosen in LANGUAGES:
        return chosen
    for part in (accepted or "").split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return DEFAULT


def _flat(content: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
