"""One trace over HTTP and Kafka: from who publishes a report to who is told of its alert."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from schemas.topics import ALERTS, ASSESSMENTS, DELIVERIES, INCIDENTS, OBSERVATIONS, Topic
from services.local.stack import stack
from services.log import reader
from services.records import Delivery
from services.settings import Notifier, Settings
from services.terminal import Terminal
from services.tracing import context
from services.truth import command
from tests.builders import raw, report
from tests.channels.canary import KEY
from tests.channels.receiver import Receiver, receiving
from tests.integration.gateway import gateway
from tests.spans import SAMPLED, SPAN_ID, TRACE_ID

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITNESS = "Ms A. Witness"
JSON = {"content-type": "application/cloudevents+json"}
CONFIG = """
heartbeat_every = "0 seconds"
[receivers.duty]
[[receivers.duty.channels]]
kind = "webhook"
url = "{url}"
secrets = ["whsec_{key}"]
allow_private = true
[[routes]]
receiver = "duty"
group_wait = "0 seconds"
"""


class Collector:
    """What an OTLP receiver has got: spans by process and name."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    @property
    def spans(self) -> dict[tuple[str, str], list[Any]]:
        found: dict[tuple[str, str], list[Any]] = {}
        for got in self._receiver.got:
            assert got.path == "/v1/traces"
            for told in ExportTraceServiceRequest.FromString(got.body).resource_spans:
                service = attributes(told.resource)["service.name"]
                for span in (s for scope in told.scope_spans for s in scope.spans):
                    found.setdefault((service, span.name), []).append(span)
        return found

    @property
    def bytes(self) -> bytes:
        return b"".join(got.body for got in self._receiver.got)


def attributes(of: Any) -> dict[str, Any]:
    """Return what a span or a resource says that is text or a number."""
    return {
        one.key: one.value.string_value or one.value.int_value
        for one in of.attributes
        if one.value.WhichOneof("value") in ("string_value", "int_value")
    }


@asynccontextmanager
async def running(settings: Settings, duty: Receiver) -> Any:
    """Run worker and notifier, and a gateway; yields its client."""
    config = settings.data_dir / "notifier.toml"
    config.write_text(CONFIG.format(url=duty.url, key=KEY))
    settings = settings.model_copy(update={"notifier": Notifier(config=config)})
    async with (
        stack(settings, None, print, notifier=True),
        gateway(settings, settings.data_dir) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield client


async def until(true: Callable[[], bool], within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.1)


async def written(settings: Settings, topic: Topic) -> list[Delivery]:
    async with reader(settings.kafka) as log:
        return [r async for batch in log.read(topic, await log.ends(topic)) for r in batch]


def traces(records: list[Delivery]) -> set[str | None]:
    return {c and c.split("-")[1] for c in (context.of(r.headers) for r in records)}


ALL = {
    ("forewarn-gateway", "POST /v1/incidents"),
    ("forewarn-gateway", "send {p}incidents"),
    ("forewarn-worker", "process {p}incidents"),
    ("forewarn-worker", "process {p}observations"),
    ("forewarn-notifier", "deliver webhook"),
}


async def test_a_report_is_followed_from_the_gateway_to_the_receiver_by_one_trace(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {(s, name.format(p=settings.kafka.topic_prefix)) for s, name in ALL}
    async with receiving() as collecting, receiving() as duty:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collecting.url.removesuffix("/hook"))
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        collecting.status = 200
        collector = Collector(collecting)
        told = raw(report(start=datetime.now(UTC), sources=[{"name": WITNESS}]))
        async with running(settings, duty) as client:
            headers = JSON | {"traceparent": SAMPLED}
            answer = await client.post("/v1/incidents", content=told, headers=headers)
            assert answer.status_code == 202, answer.text
            await until(lambda: collector.spans.keys() >= wanted)
        verdict = await command.verify(settings, Terminal(quiet=True))
    spans = {key: collector.spans[key][0] for key in wanted}
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE_ID}
    by_name = {name.replace(settings.kafka.topic_prefix, ""): s for (_, name), s in spans.items()}
    served, sent = by_name["POST /v1/incidents"], by_name["send incidents"]
    assert served.parent_span_id.hex() == SPAN_ID
    assert sent.parent_span_id == served.span_id
    for name in ("process incidents", "process observations", "deliver webhook"):
        assert by_name[name].parent_span_id == sent.span_id, name
    record = answer.json()["record"]
    for name in ("send incidents", "process incidents"):
        said = attributes(by_name[name])
        assert said["messaging.kafka.offset"] == record["offset"], name
        assert said["messaging.destination.partition.id"] == str(record["partition"]), name
        assert said["forewarn.incident_id"] == "I-1", name
    assert WITNESS.encode() not in collector.bytes
    # Every record, and who is told, goes on with it; what was published follows from the log.
    for topic in (INCIDENTS, OBSERVATIONS, ASSESSMENTS, ALERTS, DELIVERIES):
        assert traces(await written(settings, topic)) == {TRACE_ID}, topic.name
    attempt = by_name["deliver webhook"].span_id.hex()
    assert duty.got[0].headers["traceparent"] == f"00-{TRACE_ID}-{attempt}-01"
    assert verdict.first is None
    assert verdict.records["observations"] > 0


async def test_without_a_collector_the_trace_goes_on_as_it_came(
    settings: Settings,
) -> None:
    async with receiving() as duty:
        told = raw(report(start=datetime.now(UTC)))
        async with running(settings, duty) as client:
            headers = JSON | {"traceparent": SAMPLED}
            await client.post("/v1/incidents", content=told, headers=headers)
            await until(lambda: bool(duty.got))
    assert duty.got[0].headers["traceparent"] == SAMPLED
    for topic in (INCIDENTS, OBSERVATIONS, ASSESSMENTS, ALERTS, DELIVERIES):
        found = {context.of(record.headers) for record in await written(settings, topic)}
        assert found == {SAMPLED}, topic.name
