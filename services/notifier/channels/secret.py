"""Secrets of the configuration: given as they are, by a variable's name, or by a file's."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from services import secret_file


def _resolved(value: object) -> object:
    """Return the secret that ``value`` is or names.

    Raises
    ------
    ValueError
        There is none, or an empty one. It never repeats what was given in place of a name.
    """
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Mapping):
        value = _named(value)
    if not isinstance(value, str):
        raise ValueError('expected a text, {"env": "NAME"} or {"file": "/run/secrets/name"}')
    if not value:
        raise ValueError("expected a secret that is not empty")
    return value


def _named(source: Mapping[object, object]) -> str:
    match dict(source):
        case {"env": str(name), **rest} if not rest:
            found = os.environ.get(name)
            if not found:
                msg = f"the environment variable {name!r} is not set, or is empty"
                raise ValueError(msg)
            return found
        case {"file": str(name), **rest} if not rest:
            return secret_file.read(Path(name))
    raise ValueError('expected {"env": "NAME"} or {"file": "/run/secrets/name"}, and nothing else')


Secret = Annotated[
    SecretStr,
    BeforeValidator(_resolved),
    Field(description="The secret, {'env': 'NAME'} or {'file': '/run/secrets/name'}."),
]
"""Never shown: not in a repr, a log, an outcome or an error."""
