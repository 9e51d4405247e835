"""The commands that the walk leaves to another test, or that cannot run where tests do."""

from pathlib import Path

from tests.docs.pages import ROOT, pages

PAGES = {
    "docs/deploying.md": "tests/deploy/test_page.py",
    "docs/maintaining.md": "tests/integration/test_maintaining.py",
    "docs/tutorial.md": "tests/docs/test_tutorial.py",
}
"""Pages of which another test types all commands, or holds them in their places."""

NOT_TYPED = {"docs/deploying.md"}
"""Pages whose commands are not typed anywhere: they are for machines that tests do not have."""

_LEADS = "tests/unit/test_leadtimes_command.py"
_SECURED = "tests/secured/test_secured.py"

BY = {
    "forewarn up": "tests/integration/test_command_line.py::"
    "test_a_signal_ends_a_running_stack_in_order",
    "forewarn demo": "tests/integration/test_local_broker.py::"
    "test_the_demonstration_ends_by_itself_and_leaves_nothing_running",
    # What takes long, or wants workers that are stopped.
    "forewarn rebuild": "tests/integration/test_truth.py::"
    "test_what_a_worker_keeps_is_verified_lost_and_made_anew",
    "forewarn leadtimes": f"{_LEADS}::test_the_command_shows_the_case_and_writes_its_report",
    "forewarn leadtimes --data ged.ndjson --report out": f"{_LEADS}::"
    "test_a_place_that_looks_like_markup_is_shown_as_it_stands",
    "forewarn backtest --data ged.parquet --from 2013-01-01 --to 2017-12-31 --report out": (
        "tests/contract/test_training.py::test_a_backtest_writes_its_figures_and_a_page"
    ),
    # What the walk itself begins with.
    "FOREWARN_WORKER__CLOCK=log forewarn up": "tests/docs/conftest.py::typed",
    "forewarn replay ged.ndjson": "tests/docs/conftest.py::_tell",
    # README.md trains a model of another name.
    "forewarn train --data ged.parquet --output .forewarn/models/mine-2": "README.md",
    # A worker of other settings.
    "FOREWARN_WORKER__REJECT_SHARE=1 forewarn worker": "tests/integration/test_reject_limit.py::"
    "test_a_worker_fed_only_garbage_stops_and_one_with_a_higher_limit_goes_on_from_there",
    "FOREWARN_METRICS__PORT=9108 forewarn worker": "tests/integration/test_observing.py::"
    "test_every_panel_has_data_and_every_rule_is_loaded_once_the_case_has_run",
    "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 forewarn worker": (
        "tests/integration/test_tracing.py::"
        "test_a_report_is_followed_from_the_gateway_to_the_receiver_by_one_trace"
    ),
    # Other systems: PostgreSQL, a cluster that asks who one is, Prometheus.
    "FOREWARN_LEDGER__URL=postgresql://forewarn:PASSWORD@db.example.org/forewarn "
    "forewarn ledger run": "tests/integration/test_ledger.py::"
    "test_two_ledgers_of_which_one_is_killed_keep_everything_once",
    "forewarn topics acls notifier | sed 's/$/ --bootstrap-server kafka-1:9093 "
    "--command-config admin.properties/' | sh": f"{_SECURED}::"
    "test_the_commands_that_are_printed_make_the_rules_of_the_table",
    "cd deploy/prometheus && promtool test rules tests.yml": "tests/deploy/test_rules.py::"
    "test_promtool_finds_nothing_wrong",
    # The examples that people copy.
    "KAFKA=127.0.0.1:9092 python docs/examples/consume.py &": "tests/integration/test_examples.py::"
    "test_what_is_published_is_alerted_corrected_and_told_to_the_consumer_and_the_receiver",
    "KAFKA=127.0.0.1:9092 python docs/examples/publish.py": "tests/integration/test_examples.py::"
    "test_what_is_published_is_alerted_corrected_and_told_to_the_consumer_and_the_receiver",
    "python -m tests.fault --only zombie,cut": "tests/fault/test_faults.py::"
    "test_nothing_is_unseen_counted_twice_or_different_whatever_breaks",
    # What is named in a sentence alone.
    "forewarn audit": "tests/gateway/auth/test_commands.py::"
    "test_sources_are_erased_and_every_command_is_audited",
    "forewarn unlink": "tests/integration/test_commands.py::"
    "test_two_reports_are_linked_and_unlinked_by_an_operator",
    "forewarn notifier redeliver ID": "tests/notifier/test_commands.py::"
    "test_what_was_given_up_is_sent_again_under_its_id_on_every_channel",
    "forewarn notifier enable RECEIVER": "tests/notifier/test_commands.py::"
    "test_a_disabled_receiver_is_enabled_and_what_it_missed_can_be_sent_again",
}
"""Which test runs a command, with other files and places perhaps."""

HELD = {
    # Registries are not asked by tests: the names are those that the project's own files install.
    "pip install 'forewarn[otel]'": ("pyproject.toml", r"^otel = \["),
    "apt-get install --no-install-recommends prometheus-alertmanager": (
        ".ci/run",
        r"install prometheus-alertmanager",
    ),
    # An administrator's command, of Apache Kafka: its user and mechanism are ours.
    "kafka-configs.sh --bootstrap-server kafka-1:9093 --command-config admin.properties --alter "
    "--add-config 'SCRAM-SHA-512=[password=...]' --entity-type users "
    "--entity-name forewarn-worker": ("docs/security.md", r"^\| risk worker \| `forewarn-worker`"),
}
"""What no test can run: the file that has what it names, and how it stands there."""


def walked() -> list[Path]:
    """Return the pages whose commands are typed: docs/access.md erases what others publish."""
    own = (page for page in pages() if str(page.relative_to(ROOT)) not in PAGES)
    return sorted(own, key=lambda page: page.name == "access.md")


def left_alone(text: str) -> bool:
    """Return whether a command is not typed by the walk."""
    return text in BY or text in HELD or text.startswith("make ")
