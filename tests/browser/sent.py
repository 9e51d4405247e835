"""What the gateway of a test has sent to its log: one line a record, for the desk to read."""

import orjson

from schemas.base import RecordRef
from services.records import Delivery, Outgoing, milliseconds, moment


def written(ref: RecordRef, record: Outgoing) -> bytes:
    """Return the line of a record; its time is to the millisecond, as the log has it."""
    headers = [(name, value.decode()) for name, value in record.headers]
    return orjson.dumps(
        {
            "ref": ref.model_dump(),
            "key": (record.key or b"").decode(),
            "value": record.value.decode(),
            "headers": headers,
            "at": milliseconds(record.at),
        }
    )


def read(line: bytes) -> Delivery:
    """Return the record of a line, as a worker and the ledger read it."""
    told = orjson.loads(line)
    headers = tuple((name, value.encode()) for name, value in told["headers"])
    return Delivery(
        RecordRef(**told["ref"]),
        told["key"].encode(),
        told["value"].encode(),
        headers,
        moment(told["at"]),
    )
