"""Which reports of a day count as one event, by the rules of the service: pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from models.domain import corroboration
from models.domain.corroboration import Pair
from models.domain.risk import RULES
from services.console.daily.digest import Happened
from services.ledger.counted import Counts

Said = Mapping[str, Mapping[Pair, bool]]
"""By place, what operators said of pairs of incidents: True for one event, False for two."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What is one event.

    Parameters
    ----------
    heads
        Place and incident -> the incident that it is counted together with, as one.
    grades
        Place and incident -> Admiralty grade of its event.
    """

    heads: dict[tuple[str, str], str] = field(default_factory=dict)
    grades: dict[tuple[str, str], str] = field(default_factory=dict)


def linked(incidents: Iterable[Happened], said: Said) -> Linked:
    """Return which incidents are one event, as the service counts those of one place and day."""
    beside: dict[tuple[str, date], list[Counts]] = defaultdict(list)
    for told in incidents:
        for counts in told.counts:
            if counts.stands:
                beside[counts.place_id, counts.effect.end.date()].append(counts)
    found = Linked()
    for (place, _), counted in beside.items():
        effects = [counts.effect for counts in counted]
        heads = corroboration.heads(effects, said.get(place, {}), RULES)
        events = defaultdict(list)
        for effect in effects:
            events[heads.get(effect.incident_id, effect.incident_id)].append(effect)
        for together in events.values():
            grade = corroboration.grade(together)
            found.grades.update({(place, effect.incident_id): grade for effect in together})
        found.heads.update({(place, name): head for name, head in heads.items()})
    return found
