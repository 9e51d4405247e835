"""Traces are exported where OpenTelemetry's variables say so, and nobody waits for a collector."""

import socket
import sys
import time

import pytest

from services.metrics.table import Process
from services.tracing import opening
from services.tracing.opening import NotTraced, opened, wanted
from services.tracing.spans import UNTOLD, Kind
from tests.spans import SAMPLED

AT = "http://127.0.0.1:4318"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({ENDPOINT: ""}, False),
        ({ENDPOINT: AT}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{AT}/v1/traces"}, True),
        ({"OTEL_SERVICE_NAME": "forewarn"}, False),
        ({ENDPOINT: AT, "OTEL_SDK_DISABLED": "true"}, False),
        ({ENDPOINT: AT, "OTEL_SDK_DISABLED": "false"}, True),
        ({ENDPOINT: AT, "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_standard_variables_turn_traces_on_and_off(
    environ: dict[str, str], expected: bool
) -> None:
    assert wanted(environ) is expected


def test_where_nobody_collects_no_span_is_told_and_what_came_goes_on() -> None:
    with opened(Process.WORKER, {}) as spans:
        assert spans is UNTOLD
        assert spans.begin("x", Kind.SERVER, SAMPLED, {}).trace == SAMPLED
        assert spans.begin("x", Kind.SERVER, None, {}).trace is None


def test_without_the_packages_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("services.tracing.exporting", "services.tracing.otel"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(NotTraced) as said, opened(Process.WORKER, {ENDPOINT: AT}):
        pass
    assert "pip install 'forewarn[otel]'" in str(said.value)
    assert str(said.value).startswith(f"{ENDPOINT}: ")
    assert "OTEL_SDK_DISABLED=true" in str(said.value)


@pytest.mark.parametrize(
    "address", ["localhost:4318", "collector", "ftp://x", "http://", "https://[::1", "s3cret@x"]
)
def test_what_is_no_address_is_refused_at_the_start_and_not_shown(address: str) -> None:
    with pytest.raises(NotTraced) as said, opened(Process.GATEWAY, {ENDPOINT: address}):
        pass
    expected = f"{ENDPOINT}: expected the address of a collector, e.g. http://localhost:4318; "
    assert str(said.value) == f"{expected}OTEL_SDK_DISABLED=true turns traces off"


def test_another_protocol_is_refused_at_the_start() -> None:
    said = "OTEL_EXPORTER_OTLP_PROTOCOL"
    with (
        pytest.raises(NotTraced, match=f"{said}: found 'grpc'; expected http/protobuf"),
        opened(Process.GATEWAY, {ENDPOINT: AT, said: "grpc"}),
    ):
        pass


@pytest.mark.parametrize("listens", [False, True], ids=["refuses", "never answers"])
def test_a_collector_that_is_away_keeps_nobody(
    monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    monkeypatch.setattr(opening, "LEAVE_S", 0.2)
    with socket.socket() as collector:
        collector.bind(("127.0.0.1", 0))
        if listens:
            collector.listen()
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{collector.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "120")
        began = time.monotonic()
        with opened(Process.WORKER) as spans:
            # More than wait in the SDK's queue.
            for _ in range(3_000):
                spans.begin("x", Kind.CONSUMER, SAMPLED, {"a": 1}).end()
        assert time.monotonic() - began < 25
