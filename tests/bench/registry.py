"""The table of all cases; whoever measures something new adds a line here and nothing elsewhere.

The HTTP ingest and the stream to many readers have no case yet: they belong into a group ``http``,
beside the gateway that they measure.
"""

from collections.abc import Callable, Mapping

from tests.bench.declared import Case, Changelog, Sizes
from tests.bench.peers import kafka_streams

_PEERS, _CASES = "tests.bench.peers", "tests.bench.cases"

STATES = (1_000, 10_000, 100_000)
"""How many segments of state a worker starts with."""

RATES = (10, 100, 1_000)
"""At how many reports a second latency is measured."""

HOPS = 2
"""From topic to topic that a report goes to its alert: it is located, and then assessed."""


def _plain(key: bytes) -> bytes:
    return key


def _quix_key(key: bytes) -> bytes:
    """Return the record's key from a key of Quix Streams: the prefix, a bar, the name as JSON."""
    return key.rpartition(b"|")[0]


def _faust(table: str) -> Changelog:
    return Changelog("{run}-" + table + "-changelog", key=_plain, value=int)


def _whole(sizes: Sizes) -> dict[str, int]:
    return {"incidents": sizes.whole}


def _at(rate: int) -> Callable[[Sizes], Mapping[str, float]]:
    return lambda sizes: {"rate": rate, "seconds": sizes.seconds}


def _passed_on(peer: str, hops: int) -> Callable[[Sizes], Mapping[str, float | str]]:
    return lambda sizes: {
        "rate": RATES[0],
        "seconds": sizes.seconds,
        "hops": hops,
        "peer": peer,
    }


def _with(segments: int) -> Callable[[Sizes], Mapping[str, int]]:
    return lambda _sizes: {"segments": segments}


_KEPT = ("kept_per_s", "per_s")

COUNT = (
    Case(
        name="count-forewarn",
        group="count",
        label="Forewarn: Faust on its transport",
        run=f"{_PEERS}.forewarn:count",
        topic="incidents",
        against=("count-faust", "count-quix"),
    ),
    Case(
        name="count-faust",
        group="count",
        label="Faust",
        run=f"{_PEERS}.faust_stock:count",
        topic="incidents",
    ),
    Case(
        name="count-quix",
        group="count",
        label="Quix Streams",
        run=f"{_PEERS}.quix:count",
        topic="incidents",
        elsewhere=True,
        against=("count-faust",),
    ),
    Case(
        name="count-aiokafka",
        group="count",
        label="aiokafka, a loop of fetches",
        run=f"{_PEERS}.loops:count",
        topic="incidents",
        against=("count-faust",),
    ),
    Case(
        name="count-confluent",
        group="count",
        label="confluent-kafka, a loop of fetches",
        run=f"{_PEERS}.confluent:count",
        topic="incidents",
        elsewhere=True,
        against=("count-faust",),
    ),
)

STATE = (
    Case(
        name="state-forewarn",
        group="state",
        label="Forewarn: Faust on its transport, a table written once a batch",
        run=f"{_PEERS}.forewarn:state",
        topic="segments",
        metrics=_KEPT,
        changelog=_faust("counts"),
        against=("state-faust", "state-quix", "state-kafka-streams"),
    ),
    Case(
        name="state-faust",
        group="state",
        label="Faust, a table",
        run=f"{_PEERS}.faust_stock:state",
        topic="segments",
        metrics=_KEPT,
        changelog=_faust("counts"),
    ),
    Case(
        name="state-quix",
        group="state",
        label="Quix Streams, a state in RocksDB",
        run=f"{_PEERS}.quix:state",
        topic="segments",
        metrics=_KEPT,
        elsewhere=True,
        changelog=Changelog("changelog__{run}--{topic}--default", key=_quix_key, value=int),
        against=("state-faust",),
    ),
    Case(
        name="state-kafka-streams",
        group="state",
        label="Kafka Streams (Java), a count in RocksDB",
        run=f"{_PEERS}.kafka_streams:state",
        topic="segments",
        metrics=_KEPT,
        changelog=Changelog("{run}-counts-changelog", key=_plain, value=kafka_streams.number),
        missing=kafka_streams.missing,
        against=("state-faust",),
    ),
)

WHOLE = tuple(
    Case(
        name=f"whole-{word}",
        group="whole",
        label=label,
        run=f"{_CASES}.whole:{word}",
        metrics=("incidents_per_s", "observations_per_s", "logged_bytes", "kept_bytes"),
        options=_whole,
        against=against,
    )
    for word, label, against in (
        ("one", "One risk worker", ("count-faust", "count-aiokafka")),
        ("two", "Two risk workers, half of the partitions each", ("whole-one",)),
    )
)


def _grown(what: str, label: str, **options: int) -> Case:
    """Return a case of the whole job that differs from its neighbours in one thing."""
    own = {"partitions": 4, "workers": 1} | options

    def told(sizes: Sizes) -> dict[str, int]:
        return {"incidents": sizes.growth * own.get("events", 2) // 2} | own

    return Case(
        name=f"growth-{what}-{options[what]}",
        group="growth",
        label=label,
        run=f"{_CASES}.growth:through",
        metrics=("incidents_per_s", "observations_per_s"),
        options=told,
        most_rounds=1,
    )


def _cut(km: int) -> Case:
    """Return a case that locates on a map of segments of so many km."""

    def told(sizes: Sizes) -> dict[str, int]:
        return {"incidents": sizes.growth, "segment_km": km}

    return Case(
        name=f"growth-segments-{km}",
        group="growth",
        label=f"Located in process, segments of {km} km",
        run=f"{_CASES}.growth:segments",
        metrics=("incidents_per_s", "ready_s"),
        options=told,
        most_rounds=1,
    )


GROWTH = (
    *(_grown("events", f"{times} x the incidents", events=times) for times in (1, 2, 4)),
    *(_grown("partitions", f"{n} partitions", partitions=n) for n in (1, 4, 16)),
    *(_grown("workers", f"{n} workers", workers=n) for n in (1, 2, 4)),
    *(_cut(km) for km in (200, 50, 12)),
)

LATENCY = (
    *(
        Case(
            name=f"latency-{rate}",
            group="latency",
            label=f"Report to alert, {rate:,} reports/s",
            run=f"{_CASES}.latency:alerts",
            metrics=("p50_ms", "p99_ms", "p999_ms", "answered"),
            options=_at(rate),
            against=("latency-faust",) if rate == RATES[0] else (),
        )
        for rate in RATES
    ),
    *(
        Case(
            name=f"latency-{name}",
            group="latency",
            label=f"{words}, {RATES[0]} records/s",
            run=f"{_CASES}.latency:relay",
            metrics=("p50_ms", "p99_ms", "p999_ms", "answered"),
            options=_passed_on(peer, hops),
            against=against,
        )
        for name, peer, hops, words, against in (
            ("faust-hop", "faust_stock", 1, "A Faust agent that only passes on", ()),
            ("faust", "faust_stock", HOPS, "Faust agents that only pass on, as many hops", ()),
            (
                "transport",
                "forewarn",
                HOPS,
                "The same agents on Forewarn's transport",
                ("latency-faust",),
            ),
        )
    ),
)

START = tuple(
    Case(
        name=f"start-{segments}",
        group="start",
        label=f"With {segments:,} segments of state",
        run=f"{_CASES}.start:ready",
        metrics=("ready_s", "memory_mb"),
        options=_with(segments),
    )
    for segments in STATES
)

REPLAY = (
    Case(
        name="replay-memory",
        group="replay",
        label="In process, one core",
        run=f"{_CASES}.replay:memory",
        metrics=("observations_per_s", "incidents_per_s"),
        options=lambda sizes: {"incidents": sizes.replay},
    ),
    Case(
        name="replay-kafka",
        group="replay",
        label="Through Kafka and a worker, each report waiting for its answer",
        run=f"{_CASES}.replay:kafka",
        metrics=("observations_per_s", "incidents_per_s"),
        options=lambda sizes: {"incidents": sizes.through_kafka},
        against=("replay-memory",),
    ),
)

TRUTH = (
    Case(
        name="truth",
        group="truth",
        label="verify, then rebuild",
        run=f"{_CASES}.truth:verify_and_rebuild",
        metrics=("verify_per_s", "rebuild_per_s", "verify_10m_h", "rebuild_10m_h"),
        options=lambda sizes: {"incidents": sizes.truth},
    ),
)

CASES: tuple[Case, ...] = (*COUNT, *STATE, *WHOLE, *GROWTH, *LATENCY, *START, *REPLAY, *TRUTH)

BY_NAME = {case.name: case for case in CASES}
