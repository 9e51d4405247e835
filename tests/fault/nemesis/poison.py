"""Records that no sane producer writes, among those of the load."""

import asyncio
from dataclasses import dataclass
from random import Random

import orjson

from schemas.topics import INCIDENTS
from services import clients, topics
from services.records import STRUCTURED
from tests.builders import raw, report, retraction
from tests.fault.system import System

_OF_ONE_ID = 2_000
"""How often the report of one id is sent at once."""

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Poison:
    """A record, and whether it must stand among the rejected ones, or must not."""

    value: bytes | None
    key: bytes | None = b"poison"
    headers: Headers = STRUCTURED
    codec: str | None = None
    is_faulty: bool = True


def _changed(**fields: object) -> bytes:
    content = orjson.loads(raw(report(incident_id="poison")))
    return orjson.dumps(content | fields)


def _told(**fields: object) -> bytes:
    return raw(report(incident_id="poison"), **fields)


def _occurred(start: str) -> bytes:
    return _told(incident_id=f"year-{start[:4]}", occurred={"start": start, "precision": "day"})


POISON: tuple[Poison, ...] = (
    Poison(b""),
    Poison(None),
    Poison(b"\xff\xfe\xfd"),
    Poison(b"{"),
    Poison(b"[" * 100_000),
    Poison(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    Poison(b"\0" * 20_000_000, codec="gzip"),
    Poison(b'{"data": "' + b"A" * 8_000_000 + b'"}'),
    Poison(_told().replace(b'"latitude":39.959', b'"latitude":NaN')),
    Poison(_told().replace(b'"latitude":39.959', b'"latitude":Infinity')),
    Poison(_told().replace(b"Kok-Tash", b"\\ud800")),
    Poison(_told().replace(b"Kok-Tash", b"\xc3\x28")),
    Poison(_changed(type="org.forewarn.incident.v99")),
    Poison(_changed(specversion="9.9")),
    Poison(_changed(data=None)),
    Poison(_told().replace(b'"revision":1', b'"revision":1' + b"0" * 30)),
    Poison(_told(incident_id="")),
    Poison(_told(event_type="Weather")),
    Poison(_told(place={"latitude": 1e308, "longitude": -1e308})),
    # In binary mode the attributes are headers, and there are none.
    Poison(orjson.dumps(orjson.loads(_told())["data"]), headers=()),
    # Withdraws what nobody reported: kept, in case the report is late.
    Poison(raw(retraction(incident_id="never")), b"never", is_faulty=False),
    Poison(_occurred("9999-12-31T23:59:59Z"), b"year-9999"),
    Poison(_occurred("9998-12-31T23:59:59Z"), b"year-9998"),
    Poison(_occurred("0001-01-01T00:00:00Z"), b"year-0001"),
    Poison(_occurred("0002-01-01T00:00:00Z"), b"year-0002", is_faulty=False),
    Poison(raw(report(incident_id="odd-headers")), b"odd-headers",
           (*STRUCTURED, ("\x01" * 1_000, b"\xff"), ("", b"")), is_faulty=False),
)  # fmt: skip


async def poison(system: System, dice: Random) -> None:
    """Publish some of each kind, and one report two thousand times."""
    name = topics.name(INCIDENTS, system.settings.kafka)
    for one in dice.sample(POISON, 12):
        options = {"max_request_size": 2**26, "compression_type": one.codec}
        async with clients.producer(system.direct.kafka, **options) as producer:
            written = await producer.send_and_wait(
                name, one.value, key=one.key, headers=list(one.headers)
            )
        if one.is_faulty:
            system.poisoned.add((written.partition, written.offset))
    value = raw(report(incident_id="again"))
    async with clients.producer(system.direct.kafka, linger_ms=5) as producer:
        sent = [
            await producer.send(name, value, key=b"again", headers=list(STRUCTURED))
            for _ in range(_OF_ONE_ID)
        ]
        await asyncio.gather(*sent)
