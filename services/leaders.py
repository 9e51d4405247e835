"""Makes Kafka's consumers read from the leaders of partitions, and find a leader that has moved.

aiokafka asks by a version of Fetch that followers answer too (KIP-392), and tells no epoch of the
leader that it believes in (KIP-320). Who has not heard yet that a leader moved is so served by what
may be a copy that is still filled: it says that the offset is out of range, and the reader begins
anew, or ends (KAFKA-14255). By the version before only leaders answer. And where aiokafka asks
where to begin, it goes on asking whoever does not lead any more, for minutes.
"""

from typing import Any

from aiokafka.consumer import consumer, fetcher
from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest

FETCH_VERSION = 10
"""The last version of Fetch that a leader alone answers; the next adds only the reader's rack."""


def ask() -> None:
    """Make every consumer of this process do so; calling it again changes nothing."""
    FetchRequest._CLASSES = tuple(
        form for form in FetchRequest._CLASSES if form.API_VERSION <= FETCH_VERSION
    )
    consumer.Fetcher = _Fetcher


class _Fetcher(fetcher.Fetcher):  # type: ignore[misc]  # the library ships no types
    """Asks anew who leads where it hears that somebody else does."""

    async def _proc_offset_request(self, node_id: int, topic_data: Any) -> Any:
        try:
            return await super()._proc_offset_request(node_id, topic_data)
        except KafkaError as error:
            if error.invalid_metadata:
                self._client.force_metadata_update()
            raise
