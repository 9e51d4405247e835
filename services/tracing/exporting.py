"""Exports spans over OTLP, in the background: who waits for nobody, and who loses what is too much.

The SDK reads the standard variables: where to, with which headers, how many at once, which sampler.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.metrics.table import Process
from services.tracing.otel import OtelSpans
from services.version import version


@contextmanager
def exported(process: Process, environ: Mapping[str, str], leave: float) -> Iterator[OtelSpans]:
    """Export for as long as the context lasts; what is left then gets ``leave`` [s]."""
    provider = TracerProvider(resource=_who(process, environ), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield OtelSpans(provider)
    finally:
        # The SDK would wait half a minute for a collector that is away: longer than a supervisor.
        last = threading.Thread(target=provider.shutdown, name="last spans", daemon=True)
        last.start()
        last.join(leave)


def _who(process: Process, environ: Mapping[str, str]) -> Resource:
    named = environ.get("OTEL_SERVICE_NAME")
    return Resource.create(
        {
            "service.name": named or f"forewarn-{process.value}",
            "service.version": version(),
            "service.instance.id": uuid4().hex,
        }
    )
