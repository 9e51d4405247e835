"""Who is told of what the worker does; nobody, unless it is measured."""

from collections.abc import Sequence

from models.domain.risk import SegmentState
from schemas.topics import Topic
from services.records import Delivery
from services.risk.handled import Handled


class Observer:
    """Is told of every record; this one takes no notice. Whatever one does, it raises nothing."""

    def saw(self, before: SegmentState | None, after: SegmentState) -> None:
        """Take in a segment's state before and after a record, perhaps more than once."""

    def did(
        self, topic: Topic, records: Sequence[Delivery], found: Sequence[Handled], seconds: float
    ) -> None:
        """Take in what records of a topic came to, once all of it is written, and how long it took.

        What is done again after a crash is told again.
        """


NOBODY = Observer()
