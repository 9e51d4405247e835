"""What the parts of a segment's page are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models.domain.ladder import LadderRules
from services.console.looking import Looking
from services.console.segment.dossier import Dossier
from services.console.segment.place import Place
from services.console.segment.timeline import Entry
from services.console.words import Words
from services.ledger.levels import Stands


@dataclass(frozen=True, slots=True)
class Shown:
    """A segment at a moment.

    Parameters
    ----------
    days
        How far back is told [days].
    levels
        Of all places of which anything was said, by id.
    thresholds
        Of the model of the assessment: probability of escalation at which each level begins; none
        where its manifest is not at hand.
    rules
        What each step of the ladder means in this deployment.
    """

    at: Looking
    place: Place
    days: int
    dossier: Dossier
    entries: tuple[Entry, ...]
    levels: Mapping[str, Stands]
    now: datetime
    thresholds: Mapping[str, float]
    rules: LadderRules

    @property
    def words(self) -> Words:
        """The texts of the one who looks."""
        return self.at.words
