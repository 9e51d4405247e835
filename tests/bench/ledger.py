"""Measures how fast a ledger takes records in, without a broker: python -m tests.bench.ledger."""

import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import URL, make_url

from services.ledger import database
from services.ledger.rows import row
from services.ledger.store import Batch, Store
from tests.builders import at, report
from tests.ledger.builders import Tape, alert

BATCH = 1_000


def main(reports: int = 5_000) -> None:
    """Print records and seconds of making rows, and of writing them, on each database."""
    with tempfile.TemporaryDirectory() as folder:
        file = URL.create("sqlite", database=str(Path(folder, "ledger.sqlite")))
        for where in (file, *(make_url(text) for text in sys.argv[1:])):
            _measure(where, reports)


def _measure(where: URL, reports: int) -> None:
    log = Tape()
    for n in range(reports):
        log.report(report(incident_id=f"I-{n}"), at(n))
        log.assess(at(n))
        log.alert(alert(n + 1, at(n)))
    store = Store(engine := database.connect(where))
    store.begin(log.places())
    made, written = 0.0, 0.0
    for topic, partition in log.places():
        records = [r for r in log.records if r.ref.topic == topic]
        began = store.offsets()[topic, partition]
        for start in range(0, len(records), BATCH):
            some, before = records[start : start + BATCH], time.perf_counter()
            rows = tuple(r for record in some if (r := row(record)) is not None)
            between = time.perf_counter()
            end = began + start + len(some)
            store.write([Batch(topic, partition, began + start, end, rows)])
            made, written = made + between - before, written + time.perf_counter() - between
    count, total = len(log.records), made + written
    print(
        f"{where.get_backend_name()}: {count:,} records in {total:.1f} s = {count / total:,.0f}/s "
        f"(rows made {count / made:,.0f}/s, written {count / written:,.0f}/s)"
    )
    engine.dispose()


if __name__ == "__main__":
    main()
