"""Trace contexts, and spans that stay in memory, to be looked at."""

from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from services.tracing.otel import OtelSpans

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
SAMPLED = f"00-{TRACE_ID}-{SPAN_ID}-01"
UNSAMPLED = f"00-{TRACE_ID}-{SPAN_ID}-00"
OTHER = f"00-{'a' * 32}-{'b' * 16}-01"

HOSTILE: tuple[bytes, ...] = (
    b"",
    b"-",
    b"\x00" * 55,
    b"\xff\xfe",
    SAMPLED.upper().encode(),
    SAMPLED.encode()[:-1],
    SAMPLED.encode() + b"-",
    SAMPLED.encode() + b"0",
    SAMPLED.encode() + b" " * 10_000_000,
    SAMPLED.encode() + b"\n",
    SAMPLED.encode() * 100_000,
    b"ff" + SAMPLED.encode()[2:],
    b"01" + SAMPLED.encode()[2:] + b"x",
    f"00-{'0' * 32}-{SPAN_ID}-01".encode(),
    f"00-{TRACE_ID}-{'0' * 16}-01".encode(),
    f"00-{TRACE_ID[:-1]}g-{SPAN_ID}-01".encode(),
    f"00_{TRACE_ID}_{SPAN_ID}_01".encode(),
    b"Ms A. Witness, by telephone",
)
"""What is no trace context, though a client or a producer may send it as one."""


class Collected:
    """Spans, and what was told of them; with ``always`` also of what nobody samples."""

    def __init__(self, *, always: bool = False) -> None:
        self._exporter = InMemorySpanExporter()
        sampler = ALWAYS_ON if always else None
        provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.spans = OtelSpans(provider)

    @property
    def told(self) -> list[Any]:
        """The spans that are over, in the order in which they ended."""
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> list[Any]:
        """Return the spans of a name."""
        return [span for span in self.told if span.name == name]

    @property
    def text(self) -> str:
        """Everything that is told, as it could be searched."""
        return "".join(span.to_json() for span in self.told)


def trace_id(span: Any) -> str:
    """Return the trace that a span is of."""
    return f"{span.context.trace_id:032x}"


def parent_id(span: Any) -> str | None:
    """Return the span that a span belongs to."""
    return None if span.parent is None else f"{span.parent.span_id:016x}"
