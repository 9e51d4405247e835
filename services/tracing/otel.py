"""Spans of OpenTelemetry, by its SDK: this module alone imports it."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as Told

from services.tracing.spans import Kind, Said, Span, Spans
from services.version import version


class OtelSpan(Span):
    """A span that is told of, where its trace is sampled."""

    def __init__(self, told: Told) -> None:
        at = told.get_span_context()
        super().__init__(f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}")
        self._told = told

    def tell(self, said: Said, name: str | None = None) -> None:
        """Add what is known by now."""
        self._told.set_attributes(dict(said))
        if name is not None:
            self._told.update_name(name)

    def end(self, failed: str | None = None, at: int | None = None) -> None:
        """Say that it is over."""
        if failed is not None:
            self._told.set_attribute("error.type", failed)
            self._told.set_status(Status(StatusCode.ERROR))
        self._told.end(at)


class OtelSpans(Spans):
    """Begins spans of a provider."""

    exported = True

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("forewarn", version())

    def begin(
        self,
        name: str,
        kind: Kind,
        parent: str | None,
        said: Said,
        links: Sequence[str] = (),
        at: int | None = None,
    ) -> Span:
        """Begin a span."""
        # An empty context, and not none: whatever else in the process is traced is no parent.
        context = Context()
        if parent is not None:
            context = set_span_in_context(NonRecordingSpan(_remote(parent)), context)
        told = self._tracer.start_span(
            name,
            context=context,
            kind=SpanKind[kind.name],
            attributes=dict(said),
            links=[Link(_remote(link)) for link in links],
            start_time=at,
        )
        return OtelSpan(told)


def _remote(trace: str) -> SpanContext:
    _, trace_id, span_id, flags = trace.split("-")
    sampled = TraceFlags(int(flags, 16))
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=sampled)
