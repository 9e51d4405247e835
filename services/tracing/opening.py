"""Opens the way out for spans, where OpenTelemetry's own variables name one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from yarl import URL

from services.faults import Fault
from services.metrics.table import Process
from services.tracing.spans import UNTOLD, Spans

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Either turns traces on; the first is taken as it stands, the second gets /v1/traces."""

PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

PROTOCOL = "http/protobuf"

OFF = "OTEL_SDK_DISABLED=true turns traces off"

LEAVE_S = 5
"""How long the last spans may take to be handed over when a process ends [s]."""


class NotTraced(Fault):
    """Traces are wanted, and cannot be had."""


@contextmanager
def opened(process: Process, environ: Mapping[str, str] | None = None) -> Iterator[Spans]:
    """Give what spans are told to: nobody, unless the environment names where.

    Raises
    ------
    NotTraced
        The environment names where, and it cannot be, or the SDK is not installed.
    """
    environ = os.environ if environ is None else environ
    if not wanted(environ):
        yield UNTOLD
        return
    _check(environ)
    try:
        from services.tracing import exporting
    except ImportError as error:
        msg = (
            f"{_named(environ)}: traces need packages that are not installed ({error.name}); "
            f"pip install 'forewarn[otel]', or unset it; {OFF}"
        )
        raise NotTraced(msg) from error
    with exporting.exported(process, environ, LEAVE_S) as spans:
        yield spans


def wanted(environ: Mapping[str, str]) -> bool:
    """Tell whether spans are to be exported, as any program with OpenTelemetry would."""
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    none = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    return not disabled and not none and _named(environ) is not None


def _named(environ: Mapping[str, str]) -> str | None:
    return next((name for name in ENDPOINTS if environ.get(name)), None)


def _check(environ: Mapping[str, str]) -> None:
    """Refuse what the exporter would only ever fail with, in the background."""
    name = _named(environ)
    assert name is not None
    if not _is_address(environ[name]):
        # It may hold a password, and is not shown.
        msg = f"{name}: expected the address of a collector, e.g. http://localhost:4318; {OFF}"
        raise NotTraced(msg)
    said = next((n for n in PROTOCOLS if environ.get(n)), None)
    if said is not None and environ[said] != PROTOCOL:
        msg = (
            f"{said}: found {environ[said]!r}; expected {PROTOCOL}, which collectors take at port "
            f"4318, or unset; {OFF}"
        )
        raise NotTraced(msg)


def _is_address(text: str) -> bool:
    try:
        url = URL(text)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.host)
