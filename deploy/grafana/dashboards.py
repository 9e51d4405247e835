"""Writes the dashboards of Grafana: ``python -m deploy.grafana.dashboards``."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.panels import SOURCE, bars, heat, lines, number, world

FOLDER = Path(__file__).parent / "dashboards"

GATEWAY = "http://localhost:8080/v1/segments"
"""Where the browser finds the segments; the gateway must allow Grafana's origin."""


def quantile(q: float, metric: str, *by: str) -> str:
    """Return the query for a quantile of a histogram, by some of its labels."""
    labels = ", ".join((*by, "le"))
    rate = f"rate({metric}_bucket[$__rate_interval])"
    return f"histogram_quantile({q}, sum by ({labels}) ({rate}))"


def risk() -> Dashboard:
    """Return the dashboard of where the risk is."""
    at = 'sum by (border) (forewarn_segments{{level="{}"}})'
    panels = [
        world(
            "Segments by level",
            "Fetched from the gateway by the browser that looks, as GeoJSON. The figures beside it "
            "say the same for each border.",
            GATEWAY,
            {"{{border}} {{level}}": "forewarn_segments > 0"},
        ),
        number("Segments at critical", "short", "Of all borders.",
               {"critical": 'sum(forewarn_segments{level="critical"})'}, bad_from=1),
        number("Segments at warning", "short", "Of all borders.",
               {"warning": 'sum(forewarn_segments{level="warning"})'}, bad_from=1),
        number("Segments without data", "short", "Nothing has been said of them yet.",
               {"no data": 'sum(forewarn_segments{level="none"})'}, bad_from=None),
        number("Last heartbeat", "s", "How long ago one came through to the notifier.",
               {"ago": "time() - max("
                       'forewarn_heartbeat_timestamp_seconds{process="notifier"} > 0)'},
               bad_from=900),
        lines("Critical by border", "short", "Segments at critical.",
              {"{{border}}": at.format("critical")}),
        lines("Warning by border", "short", "Segments at warning.",
              {"{{border}}": at.format("warning")}),
        bars("Highest probabilities", "percentunit",
             "Of escalation in 14 days: the ten segments with the most to fear.",
             {"{{segment}}": "sort_desc(forewarn_segment_probability)"}),
        lines("Alert transitions", "short", "A minute.",
              {"transitions": '60 * sum(rate(forewarn_pipeline_records_total{stage="alerted"}'
                              "[$__rate_interval]))"}),
    ]  # fmt: skip
    return _dashboard("Risk", "risk", panels).annotation(
        AnnotationQuery()
        .name("Borders at critical")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("red")
        .expr('ALERTS{alertname="ForewarnBorderCritical", alertstate="firing"}')
    )


def pipeline() -> Dashboard:
    """Return the dashboard of a report's way, stage by stage."""
    panels = [
        number("Processes that answer", "short", "Of those that Prometheus asks.",
               {"up": 'sum(up{job="forewarn"})'}, bad_from=None),
        number("Processes that are not ready", "short", "Ask their /readyz why.",
               {"not ready": "sum(1 - forewarn_ready)"}, bad_from=1),
        number("Lag", "s", "Of the group that is furthest behind.",
               {"{{group}}": "max by (group) (forewarn_consumer_lag_seconds)"}, bad_from=60),
        number("Rejected", "percentunit", "Of the reports of the last 15 minutes.",
               {"rejected": "forewarn:rejected:ratio15m or vector(0)"}, bad_from=0.05),
        lines("Records by stage", "cps", "What passes each stage a second.",
              {"{{stage}}": "sum by (stage) "
                            "(rate(forewarn_pipeline_records_total[$__rate_interval]))"}),
        lines("Rejected by reason", "cps", "too-far and too-coarse are of borders not watched.",
              {"{{reason}}": "sum by (reason) "
                             "(rate(forewarn_rejected_records_total[$__rate_interval]))"}),
        lines("From record to alert", "s", "On the worker's clock.",
              {f"p{q}": quantile(q / 100, 'forewarn_alert_delay_seconds', 'since')
               for q in (50, 99)}),
        heat("From report to located", "s", "How late reports come.",
             "sum by (le) (increase(forewarn_report_delay_seconds_bucket[$__rate_interval]))"),
        lines("Lag in records", "short", "What each group has not committed.",
              {"{{group}} {{topic}}": "sum by (group, topic) (forewarn_consumer_lag_records)"}),
        lines("Lag in seconds", "s", "The age of the first of them.",
              {"{{group}} {{topic}}": "max by (group, topic) (forewarn_consumer_lag_seconds)"}),
        lines("Handling a batch", "s", "With writing what follows.",
              {"{{topic}} p99": quantile(0.99, "forewarn_batch_seconds", "topic")}),
        lines("Records of a batch", "short", "How many are handled together.",
              {"{{topic}} median": quantile(0.5, "forewarn_batch_records", "topic")}),
        lines("Rebalance and restore", "s", "The longest that a worker is not ready.",
              {"{{instance}}": "forewarn_restoring_seconds"}),
        lines("Keys of the tables", "short", "What the workers hold.",
              {"{{table}}": "sum by (table) (forewarn_table_keys)"}),
        lines("Memory", "bytes", "Of each process.",
              {"{{process}} {{instance}}": 'process_resident_memory_bytes{job="forewarn"}'}),
        lines("Processor", "percentunit", "Of one core, by process.",
              {"{{process}} {{instance}}":
               'rate(process_cpu_seconds_total{job="forewarn"}[$__rate_interval])'}),
        lines("Requests", "reqps", "To the gateway, by status.",
              {"{{status}}": "sum by (status) "
                             "(rate(forewarn_http_requests_total[$__rate_interval]))"}),
        lines("Answers", "s", "Until the first byte, by route.",
              {"{{route}} p99": quantile(0.99, "forewarn_http_request_seconds", "route")}),
        lines("Readers of the stream", "short", "Who follows the alerts.",
              {"readers": "sum(forewarn_stream_readers)"}),
        lines("Written to the read model", "cps", "By topic.",
              {"{{topic}}": "sum by (topic) "
                            "(rate(forewarn_ledger_records_total[$__rate_interval]))"}),
    ]  # fmt: skip
    return _dashboard("Pipeline", "pipeline", panels)


def delivery() -> Dashboard:
    """Return the dashboard of who is told, and who is not."""
    panels = [
        number("Waiting", "short", "Notifications that wait for an attempt.",
               {"waiting": "sum(forewarn_outbox_notifications)"}, bad_from=50),
        number("Channels that want nothing more", "short", "forewarn notifier enable",
               {"disabled": "sum(forewarn_channel_disabled)"}, bad_from=1),
        number("Heartbeats", "short", "1: none comes back.",
               {"broken": "max(forewarn_heartbeat_broken)"}, bad_from=1),
        number("Given up in a day", "short", "Tell their receivers by another way.",
               {"given up": 'sum(increase(forewarn_delivery_attempts_total{outcome="failed"}[1d]))'
                            " or vector(0)"}, bad_from=1),
        lines("Attempts by outcome", "cps", "delivered, retried, failed",
              {"{{receiver}} {{channel}} {{outcome}}":
               "sum by (receiver, channel, outcome) "
               "(rate(forewarn_delivery_attempts_total[$__rate_interval]))"}),
        lines("Failures by kind", "cps", "What was wrong with the attempts.",
              {"{{receiver}} {{channel}} {{reason}}":
               "sum by (receiver, channel, reason) "
               "(rate(forewarn_delivery_failures_total[$__rate_interval]))"}),
        lines("From record to receiver", "s", "With grouping and quiet hours.",
              {"{{receiver}} {{channel}} p99":
               quantile(0.99, "forewarn_delivery_delay_seconds", "receiver", "channel")}),
        lines("One attempt", "s", "Whatever came of it.",
              {"{{receiver}} {{channel}} p99":
               quantile(0.99, "forewarn_delivery_attempt_seconds", "receiver", "channel")}),
    ]  # fmt: skip
    return _dashboard("Delivery", "delivery", panels)


def model() -> Dashboard:
    """Return the dashboard of the model that decides."""
    panels = [
        number("Model", "none", "The versions in use.",
               {"{{version}} {{role}}": "forewarn_model_info"}, bad_from=None),
        number("Age of its data", "s", "Since the last day that it learned from.",
               {"{{version}}": "time() - forewarn_model_data_end_timestamp_seconds"},
               bad_from=10 * 365 * 86_400),
        number("Sampled rows", "short", "Behind the figures of drift and calibration.",
               {"rows": "sum(forewarn_model_sampled_rows)"}, bad_from=None),
        number("Shifted features", "short", "With an index above 0.25.",
               {"shifted": "count(forewarn_model_feature_psi > 0.25) or vector(0)"}, bad_from=1),
        heat("Probability of escalation", "percentunit", "What the model says, over time.",
             "sum by (le) (increase(forewarn_assessment_probability_bucket"
             '{label="escalation_14d"}[$__rate_interval]))'),
        lines("Shift of scores", "short", "Population stability index; above 0.25 shifted.",
              {"{{label}}": "max by (label) (forewarn_model_score_psi)"}),
        bars("Shift of features", "short", "Population stability index; above 0.25 shifted.",
             {"{{feature}}": "sort_desc(max by (feature) (forewarn_model_feature_psi))"}),
        lines("Calibration", "short", "What happened over what was forecast; 1 is right.",
              {"{{label}}": "avg by (label) (forewarn_model_calibration_ratio)"}),
    ]  # fmt: skip
    return _dashboard("Model", "model", panels)


def _dashboard(title: str, name: str, panels: Iterable[Any]) -> Dashboard:
    found = (
        Dashboard(f"Forewarn: {title}")
        .uid(f"forewarn-{name}")
        .tags(["forewarn"])
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("utc")
        .readonly()
    )
    for panel in panels:
        found = found.with_panel(panel)
    return found


DASHBOARDS = {"risk": risk, "pipeline": pipeline, "delivery": delivery, "model": model}


def written(made: Dashboard) -> str:
    """Return the JSON of a dashboard, as Grafana reads it."""
    return json.dumps(made.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, make in DASHBOARDS.items():
        (FOLDER / f"{name}.json").write_text(written(make()))
