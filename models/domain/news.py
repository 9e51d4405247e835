"""Which incidents a record changes, and what that is to the alert of the segment."""

from collections.abc import Sequence

from models.domain.ladder import MEMORY
from models.domain.posture import Episode, News
from models.domain.told import Book
from schemas.command import LinkCommand
from schemas.observation import (
    AssertObservation,
    CommandObservation,
    Observed,
    RetractObservation,
    Tick,
)


def changed_by(observation: Observed) -> tuple[str, ...]:
    """Return the incidents that were known before and are no longer what they were.

    A revision that says the same again, such as a confirmation, changes nothing.
    """
    if isinstance(observation, CommandObservation):
        command = observation.command
        if isinstance(command, LinkCommand):
            return command.incident_id, command.corroborates
        return ()
    if isinstance(observation, Tick) or observation.replaces is None:
        return ()
    old = observation.replaces
    if isinstance(observation, AssertObservation):
        same = observation.effect.model_copy(update={"revision": old.revision})
        if same == old:
            return ()
    return (old.incident_id,)


def news_of(
    observation: Observed,
    episode: Episode | None,
    book: Book,
    changed: Sequence[str],
    offset: int,
) -> News:
    """Say what kind of news it is; a change to an incident that the alert never named is none.

    Nor is an incident on another segment: it may move the level here, but is told of there. Nor is
    one that is long over, such as an import of the past brings.
    """
    if isinstance(observation, AssertObservation) and observation.replaces is None:
        over = observation.recorded_at - observation.effect.end
        return News.NEW_INCIDENT if observation.own and over <= MEMORY else News.TIME
    if episode is None or not book.rests_on(episode.alert_id, changed, offset):
        return News.TIME
    return News.RETRACTED if isinstance(observation, RetractObservation) else News.REVISED
