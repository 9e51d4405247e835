"""What goes into and comes out of one step of a decision."""

from dataclasses import dataclass, field

from models.domain.corroboration import CorroborationRules
from models.domain.days import Day
from models.domain.ladder import LadderRules
from models.domain.posture import AlertRules
from models.domain.risk import Folded, SegmentState
from models.domain.told import Book
from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.base import RecordRef
from schemas.observation import Observed


@dataclass(frozen=True, slots=True)
class Rules:
    """The judgements that decisions rest on; settings name the locating limit."""

    locate_limit_km: float = 25.0
    corroboration: CorroborationRules = field(default_factory=CorroborationRules)
    ladder: LadderRules = field(default_factory=LadderRules)
    alerts: AlertRules = field(default_factory=AlertRules)


@dataclass(frozen=True, slots=True)
class Moved:
    """One record folded, not yet judged.

    ``without`` is the state at the same time had the record not come, where it changes an incident
    that was known: what the level would be by time alone; else None.
    """

    folded: Folded
    observation: Observed
    record: RecordRef
    without: SegmentState | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A segment's state and days after one record, and what follows from it.

    ``book`` is what alerts then rest on, where a transition was told; else None. ``answer`` says
    why a command led to nothing.
    """

    state: SegmentState
    days: dict[int, Day | None]
    assessment: Assessment | None = None
    alerts: tuple[Alert, ...] = ()
    book: Book | None = None
    answer: str | None = None
