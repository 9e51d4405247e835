"""Where segments stand now, stood by what was known then, or are now believed to have stood."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.assessment import Assessment
from schemas.topics import ALERTS, ASSESSMENTS, OBSERVATIONS
from services.gateway import problems
from services.gateway.asking.answering import Asking
from services.gateway.asking.parameters import Then
from services.gateway.asking.shared import Believer
from services.gateway.problems import Problem
from services.ledger import episodes, levels
from services.ledger.asof import believing
from services.ledger.levels import OpenAlert, Stands
from services.ledger.paging import Known, Window

TOPICS = (ALERTS.name, ASSESSMENTS.name, OBSERVATIONS.name)

MOST_BELIEVED = 60
"""Of how many segments it is computed at once what is believed of a moment."""

_ALL = Window(100_000)


@dataclass(frozen=True, slots=True)
class Now:
    """Where segments, and borders as a whole, stand: by id, those of which anything is known."""

    levels: Mapping[str, Stands] = field(default_factory=dict)
    alerts: Mapping[str, OpenAlert] = field(default_factory=dict)


def standing(
    asking: Asking, asked: Then, known: Known, chosen: Iterable[str], believer: Believer
) -> Now:
    """Return where ``chosen`` stand; without ``at`` of all others too, since it costs no more.

    Raises
    ------
    Problem
        ``at`` is asked of too many, or by too many.
    """
    if asked.at is None:
        return Now(
            levels.levels(asking.ledger, asked.traffic, known),
            levels.open_alerts(asking.ledger, asked.traffic, known),
        )
    names = list(chosen)
    if len(names) > MOST_BELIEVED:
        detail = (
            f"at: is computed for each of {len(names):,} segments; expected at most "
            f"{MOST_BELIEVED}: ask for a border or a smaller bbox, or for as_of, which is known "
            "of all"
        )
        raise Problem(problems.BAD_REQUEST, detail)
    with believer.turn():
        found = {name: believed(asking, asked, name, believer) for name in names}
    wanted = episodes.AlertsWanted(asked.traffic, at=asked.at)
    stood = episodes.page(asking.ledger, wanted, known, _ALL).items
    return Now(
        {name: _stands(said) for name, said in found.items() if said is not None},
        {told.segment_id: OpenAlert(told.alert_id, told.opened_at) for told in reversed(stood)},
    )


def believed(asking: Asking, asked: Then, segment_id: str, believer: Believer) -> Assessment | None:
    """Return what the model of this version says of ``at``, by what was known at ``as_of``.

    It must be the turn of ``believer``.
    """
    then = believing(asking.queries, believer.settings, believer.engine())
    return then.assessment(segment_id, asked.traffic, asked.as_of, asked.at)


def _stands(said: Assessment) -> Stands:
    chance = said.probabilities
    return Stands(
        said.level,
        chance.escalation_14d,
        chance.fatal_7d,
        chance.fatal_14d,
        said.recorded_at,
        said.model_version,
    )
