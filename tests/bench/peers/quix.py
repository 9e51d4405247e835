"""Quix Streams with its defaults: without state, and with state in RocksDB and a changelog."""

from pathlib import Path
from typing import Any

from quixstreams import Application, State, message_context

from tests.bench.job import Job, Measured
from tests.bench.tally import Tally


def count(job: Job) -> Measured:
    """Decode and count each record."""
    app, tally = _application(job), Tally(job.records)

    def one(value: bytes) -> None:
        if tally.add(message_context().partition, value):
            app.stop()

    _read(app, job.incidents).update(one)
    app.run()
    return tally.measured()


def state(job: Job) -> Measured:
    """Decode each record and count it in a state under its key."""
    app, tally = _application(job), Tally(job.records)

    def one(value: bytes, state: State) -> None:
        state.set("count", state.get("count", 0) + 1)
        if tally.add(message_context().partition, value):
            app.stop()

    _read(app, job.segments).update(one, stateful=True)
    app.run()
    # It writes its changelog when it commits, the last time before it ends.
    tally.kept()
    return tally.measured()


def _application(job: Job) -> Application:
    return Application(
        broker_address=job.bootstrap,
        consumer_group=job.run,
        auto_offset_reset="earliest",
        state_dir=Path(job.folder, "quix"),
        loglevel="WARNING",
    )


def _read(app: Application, topic: str) -> Any:
    return app.dataframe(app.topic(topic, key_deserializer="bytes", value_deserializer="bytes"))
