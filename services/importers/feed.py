"""An import of rows that stand for themselves: each is told once and never again."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.event import IncidentEvent
from services.importers.dataset import Dataset
from services.importers.inputs import Input
from services.importers.reading import read
from services.importers.tally import Item, Tally, Watch
from services.importers.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Feed:
    """An import of a dataset that corrects nothing."""

    source: Input
    dataset: Dataset
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def undated(self) -> bool:
        """Whether its changes do not tell since when they are known; it has none."""
        return False

    def items(self, tally: Tally, watch: Watch) -> Iterator[Item]:
        """Yield what the rows become, counted."""
        for found in watch(self.source, read(self.source, self.dataset, self.wanted)):
            tally.new += isinstance(found, IncidentEvent)
            yield tally.count(found)
