"""Holds the events of an earlier release, packed, until the newer one has been compared."""

import zlib
from collections.abc import Iterator

from schemas.incident import IncidentReport


class Earlier:
    """Incidents by id, in 130 to 190 bytes each: a release has 350,000 of them.

    Each is compressed against the first one, which most of it repeats: names of fields, parties,
    countries. Nothing is lost, so that a correction can name every old value.
    """

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self._model = b""

    def __len__(self) -> int:
        """Return how many incidents are held."""
        return len(self._packed)

    def put(self, report: IncidentReport) -> None:
        """Hold one incident."""
        told = report.model_dump_json(exclude_defaults=True).encode()
        self._model = self._model or told
        packer = zlib.compressobj(zdict=self._model)
        self._packed[report.incident_id] = packer.compress(told) + packer.flush()

    def take(self, incident_id: str) -> IncidentReport | None:
        """Return an incident and hold it no longer; None for one that is not held."""
        packed = self._packed.pop(incident_id, None)
        return None if packed is None else self._unpacked(packed)

    def left(self) -> Iterator[IncidentReport]:
        """Yield what has not been taken, in the order of the release."""
        return map(self._unpacked, self._packed.values())

    def _unpacked(self, packed: bytes) -> IncidentReport:
        told = zlib.decompressobj(zdict=self._model).decompress(packed)
        return IncidentReport.model_validate_json(told)
