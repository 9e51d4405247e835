"""Every metric of every process: its name, its kind, its labels, and what it says.

Units are Prometheus' base units: seconds since 1970 for moments, seconds for spans, records and
keys as plain numbers. A label has few values: none has one for each segment of the world, each
incident or each caller. ``forewarn_segment_probability`` names segments, ten at most.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The types of Prometheus that are used."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Process(StrEnum):
    """Who tells of it."""

    WORKER = "worker"
    LEDGER = "ledger"
    NOTIFIER = "notifier"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Parameters
    ----------
    what
        A sentence: the help text of the exposition and of the documentation.
    by
        The processes that tell of it.
    buckets
        Upper bounds of a histogram, in its unit.
    """

    name: str
    kind: Kind
    what: str
    by: tuple[Process, ...]
    labels: tuple[str, ...] = field(default=())
    buckets: tuple[float, ...] = field(default=())


SHORT_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Buckets for what a machine does [s]."""

LONG_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 6 * 3_600, 86_400, 7 * 86_400)
"""Buckets for what people and the world take too [s]: to a week."""

WAITING_S = (0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800)
"""Buckets for what is waited for while a process is not ready [s]."""

_WORKER, _LEDGER = (Process.WORKER,), (Process.LEDGER,)
_NOTIFIER, _GATEWAY = (Process.NOTIFIER,), (Process.GATEWAY,)

BUILD = Metric(
    "forewarn_build_info", Kind.GAUGE, "Always 1; the version that runs, by process.",
    tuple(Process), ("process", "version"),
)  # fmt: skip
READY = Metric(
    "forewarn_ready", Kind.GAUGE, "1 where a process is ready for its work; /readyz says why not.",
    tuple(Process),
)  # fmt: skip
HEARTBEAT = Metric(
    "forewarn_heartbeat_timestamp_seconds", Kind.GAUGE,
    "Record time of the last heartbeat that has come this far; 0: none has.",
    (Process.WORKER, Process.LEDGER, Process.NOTIFIER),
)  # fmt: skip

# The stages of a report's way.
PIPELINE = Metric(
    "forewarn_pipeline_records_total", Kind.COUNTER,
    "Records that have passed a stage: received (reports), located (observations), folded (into a "
    "segment's state), scored (assessments), alerted (transitions), delivered (notifications).",
    (Process.WORKER, Process.NOTIFIER), ("stage",),
)  # fmt: skip
REJECTED = Metric(
    "forewarn_rejected_records_total", Kind.COUNTER,
    "Records that were rejected or set aside, by reason.", _WORKER, ("reason",),
)  # fmt: skip
REPORT_DELAY = Metric(
    "forewarn_report_delay_seconds", Kind.HISTOGRAM,
    "From an event's occurrence, and from its report, until the worker has located it.",
    _WORKER, ("since",), LONG_S,
)  # fmt: skip
ALERT_DELAY = Metric(
    "forewarn_alert_delay_seconds", Kind.HISTOGRAM,
    "From the occurrence, and from the record, of a report to the alert that it led to, written.",
    _WORKER, ("since",), LONG_S,
)  # fmt: skip
BATCH_RECORDS = Metric(
    "forewarn_batch_records", Kind.HISTOGRAM, "Records that were handled together, by topic.",
    _WORKER, ("topic",), (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000),
)  # fmt: skip
BATCH_SECONDS = Metric(
    "forewarn_batch_seconds", Kind.HISTOGRAM,
    "Handling records together and writing what follows, by topic.", _WORKER, ("topic",), SHORT_S,
)  # fmt: skip
PROBABILITY = Metric(
    "forewarn_assessment_probability", Kind.HISTOGRAM,
    "What the model says of actual traffic, by label.", _WORKER, ("label",),
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95),
)  # fmt: skip

# The worker as a member of its group.
REBALANCES = Metric(
    "forewarn_rebalance_seconds", Kind.HISTOGRAM,
    "From the start of a rebalance until partitions are assigned.", _WORKER, (), WAITING_S,
)  # fmt: skip
RESTORES = Metric(
    "forewarn_restore_seconds", Kind.HISTOGRAM,
    "From assigned partitions until their tables are restored and records flow.",
    _WORKER, (), WAITING_S,
)  # fmt: skip
RESTORING = Metric(
    "forewarn_restoring_seconds", Kind.GAUGE,
    "How long the worker has not been ready by now: rebalancing or restoring; 0: it is.", _WORKER,
)  # fmt: skip
PARTITIONS = Metric(
    "forewarn_assigned_partitions", Kind.GAUGE, "Partitions that this worker reads, by topic.",
    _WORKER, ("topic",),
)  # fmt: skip
COMMITS = Metric(
    "forewarn_commit_seconds", Kind.HISTOGRAM, "Committing offsets.", _WORKER, (), SHORT_S,
)  # fmt: skip
TABLE_KEYS = Metric(
    "forewarn_table_keys", Kind.GAUGE, "Keys that this worker holds, by table.",
    _WORKER, ("table",),
)  # fmt: skip

# The model.
MODEL = Metric(
    "forewarn_model_info", Kind.GAUGE, "Always 1; the models in use, and which one decides.",
    _WORKER, ("version", "role"),
)  # fmt: skip
MODEL_DATA_END = Metric(
    "forewarn_model_data_end_timestamp_seconds", Kind.GAUGE,
    "The last day of the data that the deciding model was trained on.", _WORKER, ("version",),
)  # fmt: skip
MODEL_ROWS = Metric(
    "forewarn_model_sampled_rows", Kind.GAUGE, "Rows sampled: one a segment and week.", _WORKER
)
FEATURE_PSI = Metric(
    "forewarn_model_feature_psi", Kind.GAUGE,
    "Population stability index of a feature; above 0.25 it has shifted.", _WORKER, ("feature",),
)  # fmt: skip
SCORE_PSI = Metric(
    "forewarn_model_score_psi", Kind.GAUGE,
    "Population stability index of a label's score; above 0.25 it has shifted.",
    _WORKER, ("label",),
)  # fmt: skip
CALIBRATION = Metric(
    "forewarn_model_calibration_ratio", Kind.GAUGE,
    "What happened over what was forecast, by label.", _WORKER, ("label",),
)  # fmt: skip

# How far everybody is, and where the risk is.
LAG_RECORDS = Metric(
    "forewarn_consumer_lag_records", Kind.GAUGE,
    "Records that a group has not committed yet; never below 0.",
    (Process.LEDGER, Process.NOTIFIER), ("group", "topic", "partition"),
)  # fmt: skip
LAG_SECONDS = Metric(
    "forewarn_consumer_lag_seconds", Kind.GAUGE,
    "Age of the first record that a group has not committed; 0: there is none.",
    (Process.LEDGER, Process.NOTIFIER), ("group", "topic", "partition"),
)  # fmt: skip
SEGMENTS = Metric(
    "forewarn_segments", Kind.GAUGE,
    "Segments of a border at a level, by what was last said of actual traffic; none: nothing yet.",
    _LEDGER, ("border", "level"),
)  # fmt: skip
TOP = Metric(
    "forewarn_segment_probability", Kind.GAUGE,
    "Probability of escalation in 14 days of the segments with the highest ones.",
    _LEDGER, ("segment",),
)  # fmt: skip
WRITTEN = Metric(
    "forewarn_ledger_records_total", Kind.COUNTER, "Records read into the read model, by topic.",
    _LEDGER, ("topic",),
)  # fmt: skip
WRITING = Metric(
    "forewarn_ledger_write_seconds", Kind.HISTOGRAM, "Writing a batch into the read model.",
    _LEDGER, (), SHORT_S,
)  # fmt: skip

# Delivery.
ATTEMPTS = Metric(
    "forewarn_delivery_attempts_total", Kind.COUNTER,
    "Attempts to hand over a notification, by outcome: delivered, retried, failed.",
    _NOTIFIER, ("receiver", "channel", "outcome"),
)  # fmt: skip
FAILURES = Metric(
    "forewarn_delivery_failures_total", Kind.COUNTER,
    "Attempts that failed, by what was wrong: no-answer, status-4xx, status-5xx, other.",
    _NOTIFIER, ("receiver", "channel", "reason"),
)  # fmt: skip
ATTEMPT_SECONDS = Metric(
    "forewarn_delivery_attempt_seconds", Kind.HISTOGRAM, "One attempt, whatever came of it.",
    _NOTIFIER, ("receiver", "channel"), SHORT_S,
)  # fmt: skip
DELIVERY_DELAY = Metric(
    "forewarn_delivery_delay_seconds", Kind.HISTOGRAM,
    "From the record of an alert's cause until a channel has it; groups and quiet hours included.",
    _NOTIFIER, ("receiver", "channel"), LONG_S,
)  # fmt: skip
OUTBOX = Metric(
    "forewarn_outbox_notifications", Kind.GAUGE, "Notifications that wait for an attempt.",
    _NOTIFIER, ("receiver", "channel"),
)  # fmt: skip
DISABLED = Metric(
    "forewarn_channel_disabled", Kind.GAUGE, "1 where a channel wants nothing any more.",
    _NOTIFIER, ("receiver", "channel"),
)  # fmt: skip
PULSE = Metric(
    "forewarn_heartbeat_broken", Kind.GAUGE,
    "1 where no heartbeat has come back to the notifier for longer than its patience.", _NOTIFIER,
)  # fmt: skip

# The gateway.
REQUESTS = Metric(
    "forewarn_http_requests_total", Kind.COUNTER, "Requests answered, by route and status.",
    _GATEWAY, ("method", "route", "status"),
)  # fmt: skip
REQUEST_SECONDS = Metric(
    "forewarn_http_request_seconds", Kind.HISTOGRAM,
    "Until the first byte of the answer, by route.", _GATEWAY, ("method", "route"), SHORT_S,
)  # fmt: skip
IN_PROGRESS = Metric(
    "forewarn_http_requests_in_progress", Kind.GAUGE, "Requests that are being answered.", _GATEWAY
)
APPENDED = Metric(
    "forewarn_gateway_records_total", Kind.COUNTER,
    "Records written to the log for callers, by topic.", _GATEWAY, ("topic",),
)  # fmt: skip
READERS = Metric(
    "forewarn_stream_readers", Kind.GAUGE, "Readers that follow the alerts now.", _GATEWAY
)

TABLE = tuple(value for value in dict(globals()).values() if isinstance(value, Metric))
"""All of them, in this order."""
