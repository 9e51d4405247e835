"""Prints each transition of each alert once, and goes on after a stop where it was.

Needs: pip install aiokafka, and a broker. Nothing of Forewarn.
Run:   KAFKA=localhost:9092 TOPIC=alerts STATE=alerts.sqlite python consume.py

Which transitions were handled, and where to go on, stand in one small database. What you keep in
the same transaction happens exactly once. What you do elsewhere, such as printing, is never left
out; if this program is killed at that very moment, it is done again.
"""

import asyncio
import contextlib
import json
import os
import sqlite3

from aiokafka import AIOKafkaConsumer

TOPIC = os.environ.get("TOPIC", "alerts")
SCHEMA = """
CREATE TABLE IF NOT EXISTS offsets (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY);
"""


def told(alert: dict) -> str:
    """Return the line that is printed; this is where your own work begins."""
    # Only traffic that is 'actual' is real; 'exercise', 'test' and 'heartbeat' are marked.
    mark = "" if alert["traffic"] == "actual" else f"[{alert['traffic'].upper()}] "
    change = f"{alert['previous_level']} -> {alert['level']}"
    return f"{mark}{alert['recorded_at']} {alert['transition']} ({change}): {alert['headline']}"


def take(state: sqlite3.Connection, partition: int, offset: int, value: bytes) -> None:
    """Handle one record, unless its transition was handled before."""
    event = json.loads(value)
    # A worker that crashed may publish a transition again, with the same id: ALERT-ID:SEQUENCE.
    with state:  # all of it, or nothing
        new = state.execute("INSERT OR IGNORE INTO seen VALUES (?)", (event["id"],)).rowcount
        state.execute("REPLACE INTO offsets VALUES (?, ?)", (partition, offset + 1))
        if new:
            print(told(event["data"]), flush=True)


async def main() -> None:
    state = sqlite3.connect(os.environ.get("STATE", "alerts.sqlite"))
    state.executescript(SCHEMA)
    consumer = AIOKafkaConsumer(
        TOPIC,  # without a group every partition is this program's
        # A secured cluster wants security_protocol, ssl_context, sasl_mechanism, ... too.
        bootstrap_servers=os.environ.get("KAFKA", "localhost:9092"),
        auto_offset_reset="earliest",  # the log is kept for ever: what was never read, is read
    )
    await consumer.start()
    try:
        known = dict(state.execute("SELECT partition, next FROM offsets"))
        for place in consumer.assignment():
            if place.partition in known:
                consumer.seek(place, known[place.partition])
        async for record in consumer:
            take(state, record.partition, record.offset, record.value)
    finally:
        await consumer.stop()
        state.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
