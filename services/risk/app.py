"""Builds the Faust application of the risk worker from settings."""

from collections.abc import Callable
from functools import partial
from typing import Any

import faust
from faust.types import TP, StreamT, TableT

from models.engine import Engine
from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED, Topic
from services import topics
from services.ports import free_port
from services.records import partition_of
from services.risk import batches, fencing
from services.risk.agents import process
from services.risk.appending import Appender
from services.risk.batches import Batch
from services.risk.changelog import NoStates, TableStates
from services.risk.ending import RiskApp, Watch
from services.risk.handlers import Assessing, Locating, Obeying
from services.risk.limit import RejectLimit
from services.risk.observing import NOBODY, Observer
from services.risk.publisher import Publisher
from services.risk.restoring import Tables
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE
from services.risk.ticks import TickSource
from services.risk.transport import SCHEME
from services.settings import Kafka, Settings, Worker

# The largest record that any topic of the table holds, with room for its framing.
_MESSAGE_BYTES = REJECTED.max_message_bytes + 65_536


def build(settings: Settings, decisions: Engine, observer: Observer = NOBODY) -> RiskApp:
    """Return the application: three agents, their tables and the tick source."""
    app = RiskApp(**_configuration(settings))
    app.kafka = settings.kafka
    appender = Appender(app)
    publisher = Publisher(appender, settings.kafka)
    known = TableStates(_table(app, INCIDENTS_TABLE, settings.kafka), appender)
    states = TableStates(_table(app, SEGMENTS_TABLE, settings.kafka), appender)
    reports, commands, observed = (_watch(app, settings.worker) for _ in range(3))

    work = partial(process, observer=observer)

    async def locate(stream: StreamT[Batch]) -> None:
        await work(stream, INCIDENTS, Locating(decisions), known, publisher, reports)

    async def obey(stream: StreamT[Batch]) -> None:
        await work(stream, COMMANDS, Obeying(decisions), NoStates(), publisher, commands)

    async def assess(stream: StreamT[Batch]) -> None:
        assessing = Assessing(decisions, observer)
        await work(stream, OBSERVATIONS, assessing, states, publisher, observed)

    app.agent(_topic(app, INCIDENTS, settings.kafka), name="locate")(locate)
    app.agent(_topic(app, COMMANDS, settings.kafka), name="obey")(obey)
    app.agent(_topic(app, OBSERVATIONS, settings.kafka), name="assess")(assess)
    if settings.worker.clock == "wall":
        source = TickSource(states, publisher, _held(app, settings.kafka))
        app.timer(settings.worker.tick_every)(source.tell)
    return app


def _held(app: faust.App, kafka: Kafka) -> Callable[[bytes], bool]:
    """Return what tells whether this worker holds the segment of a key."""
    name = topics.name(OBSERVATIONS, kafka)

    def held(key: bytes) -> bool:
        return TP(name, partition_of(key, kafka.partitions)) in app.assignor.assigned_actives()

    return held


def _configuration(settings: Settings) -> dict[str, Any]:
    kafka = settings.kafka
    servers = str(kafka.bootstrap_servers).split(",")
    return {
        "id": settings.worker.group,
        "broker": [f"{SCHEME}://{server.strip()}" for server in servers],
        "broker_credentials": _credentials(kafka),
        "datadir": str(settings.data_dir / settings.worker.group),
        "store": f"{fencing.SCHEME}://",
        "TableManager": Tables,
        "web_host": "127.0.0.1",
        # Faust opens a port of its own even when its web server is off.
        "web_port": settings.worker.web_port or free_port(),
        "topic_partitions": kafka.partitions,
        "topic_replication_factor": kafka.replication_factor,
        "topic_disable_leader": True,
        # A copy on another worker costs that worker a read of every state that this one keeps.
        "table_standby_replicas": 0,
        "processing_guarantee": "at_least_once",
        # A worker that died is replaced within seconds; the defaults take half a minute.
        "broker_session_timeout": 6.0,
        "broker_rebalance_timeout": 6.0,
        "broker_heartbeat_interval": 2.0,
        "producer_linger": 0.0,
        "producer_max_request_size": _MESSAGE_BYTES,
        "consumer_max_fetch_size": _MESSAGE_BYTES,
        "key_serializer": "raw",
        "value_serializer": "raw",
    }


def _watch(app: RiskApp, worker: Worker) -> Watch:
    window = worker.reject_window
    return Watch(app, RejectLimit(worker.reject_share, window, least=window // 2))


def _credentials(kafka: Kafka) -> faust.SASLCredentials | faust.SSLCredentials | None:
    if kafka.security_protocol.startswith("SASL"):
        options = kafka.client_options()
        return faust.SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=kafka.sasl_mechanism,
            ssl_context=kafka.ssl_context,
        )
    if kafka.security_protocol == "SSL":
        return faust.SSLCredentials(context=kafka.ssl_context)
    return None


def _topic(app: faust.App, topic: Topic, kafka: Kafka) -> faust.TopicT:
    return batches.topic(app, topics.name(topic, kafka), partitions=kafka.partitions)


def _table(app: faust.App, name: str, kafka: Kafka) -> TableT[bytes, bytes]:
    return app.Table(
        name,
        key_type=bytes,
        value_type=bytes,
        partitions=kafka.partitions,
        extra_topic_configs=topics.COMPACTED,
    )
