"""The environment variables of a settings model: their names, and what is wrong with a value."""

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import EnvSettingsSource

from services import secret_file
from services.faults import Fault

PREFIX = "FOREWARN_"

TESTS = "FOREWARN_TEST_"
"""How variables begin that the tests alone read, which run commands of ours with them set."""

FILE = "_FILE"
"""How the variable ends that names the file of a secret, in place of the secret itself."""

# Kubernetes tells each pod of the services beside it: one that is called 'forewarn-gateway' gives
# FOREWARN_GATEWAY_SERVICE_HOST, FOREWARN_GATEWAY_PORT=tcp://... and the like.
_SERVICE_LINK = re.compile(r"_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$")
_SERVICE_URL = re.compile(r"(tcp|udp|sctp)://")


class UnknownSetting(Fault):
    """A variable has our prefix, and no setting is called so."""


class BadSetting(Fault):
    """A variable holds what its setting cannot be."""


class Environment(EnvSettingsSource):
    """Reads the environment, and refuses a name that would otherwise be silently ignored."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        """Return the variables; a secret's may be given by another that names a file.

        Raises
        ------
        UnknownSetting
            With the nearest right name.
        BadSetting
            A file cannot be read, or a secret is given twice.
        """
        refuse_unknown(self.settings_cls, os.environ)
        found = dict(super()._load_env_vars())
        for secret, value in _from_files(self.settings_cls, os.environ).items():
            # A section would take the file's variable for a field of its own.
            found.pop(f"{secret}{FILE}".lower(), None)
            if value is not None:
                found[secret.lower()] = value
        return found


def names(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    """Yield the variable of every setting; one that ends in ``*`` stands for any that begin so."""
    for field, info in model.model_fields.items():
        name = f"{prefix}{field}".upper()
        yield name
        if is_secret(info.annotation):
            yield f"{name}{FILE}"
        if _is_mapping(info.annotation):
            yield f"{name}__*"
        elif section := _section(info.annotation):
            yield from names(section, f"{name}__")


def _from_files(model: type[BaseModel], environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return what a file holds for each secret, by its variable; None where none is named."""
    given = {name.upper(): value for name, value in environ.items()}
    found: dict[str, str | None] = {}
    for secret in (n.removesuffix(FILE) for n in names(model) if n.endswith(FILE)):
        path = given.get(f"{secret}{FILE}")
        found[secret] = None
        if not path:
            continue
        if given.get(secret):
            msg = f"{secret}{FILE}: {secret} is set too; expected one of them"
            raise BadSetting(msg)
        try:
            found[secret] = secret_file.read(Path(path))
        except ValueError as error:
            # What was given may be the secret itself, put where its file's name belongs.
            raise BadSetting(f"{secret}{FILE}: {_unseen(error, path)}") from None
    return found


def _unseen(error: ValueError, path: str) -> str:
    said = str(error)
    return (
        said
        if path.startswith(("/", "./"))
        else said.replace(repr(path), "that is named (not shown here)")
    )


def refuse_unknown(model: type[BaseModel], environ: Mapping[str, str]) -> None:
    """Refuse variables with our prefix that name no setting of ``model``.

    Raises
    ------
    UnknownSetting
        With the nearest right name for each.
    """
    known = list(names(model))
    found = [n for n in environ if n.upper().startswith(PREFIX) and not n.upper().startswith(TESTS)]
    unknown = [
        n
        for n in sorted(found)
        if not any(fnmatchcase(n.upper(), k) for k in known) and not _is_link(n, environ[n])
    ]
    if unknown:
        raise UnknownSetting("; ".join(_nearest(n, known) for n in unknown))


def told(error: ValidationError, model: type[BaseModel]) -> str:
    """Return what is wrong with the settings: the variable, its value unless secret, what fits."""
    return "; ".join(_told(dict(fault), model) for fault in error.errors(include_url=False))


def _told(fault: dict[str, Any], model: type[BaseModel]) -> str:
    name, showable = _variable(fault["loc"], model)
    if fault["type"] == "extra_forbidden":
        return _nearest(name, list(names(model)))
    said: str = fault["msg"]
    expected = said.removeprefix("Value error, ").replace("Input should be", "expected")
    if expected.startswith(PREFIX):
        # A section's own check of several values names the one that is wrong.
        return expected
    found = f"found {fault['input']!r}" if showable else "found a value that is not shown here"
    return f"{name}: {found}; {expected}"


def _variable(loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, bool]:
    """Return the variable of a place in the settings, and whether its value may be shown."""
    parts, at, showable = [], model, False
    for part in loc:
        info = at.model_fields.get(str(part)) if at else None
        if info is None:
            if at is not None and isinstance(part, str):
                parts.append(part)
            break
        parts.append(str(part))
        section = _section(info.annotation)
        # A whole section may hold a password somewhere.
        showable = section is None and not _mentions(info.annotation, SecretStr)
        at = section  # type: ignore[assignment]
    return PREFIX + "__".join(parts).upper(), showable


def _nearest(name: str, known: list[str]) -> str:
    single = [k for k in known if not any(other.startswith(f"{k}__") for other in known)]
    near = get_close_matches(name.upper(), single, n=1, cutoff=0.6)
    top = ", ".join(k for k in known if "__" not in k)
    hint = f"did you mean {near[0]}?" if near else f"expected one of {top}"
    return f"{name}: there is no such setting; {hint}"


def _is_link(name: str, value: str) -> bool:
    is_url = name.upper().endswith("_PORT") and _SERVICE_URL.match(value) is not None
    return is_url or _SERVICE_LINK.search(name.upper()) is not None


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a section of settings, or None for a plain one."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def _is_mapping(annotation: Any) -> bool:
    return any(dict in (one, get_origin(one)) for one in (annotation, *get_args(annotation)))


def is_secret(annotation: Any) -> bool:
    """Tell whether a plain setting is a secret."""
    return _section(annotation) is None and _mentions(annotation, SecretStr)


def _mentions(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_mentions(one, kind) for one in get_args(annotation))
