"""The risk state of a segment and the fold that keeps it: exact, bounded, order-free."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from models.domain.alerting import Episode
from models.domain.errors import WrongSegment
from schemas.base import RecordRef
from schemas.incident import Traffic
from schemas.observation import AssertObservation, Effect, RetractObservation, Tick

HISTORY_DAYS = 1826
"""Length of the daily tallies [days]: the five years that the longest feature looks back."""

RECENT = timedelta(days=14)
"""How long single incidents are kept beside the tallies: what the ladder and the words need."""


@dataclass(frozen=True, slots=True, order=True)
class Tally:
    """What ended on one day (UTC); integers, so that adding and taking away are exact."""

    day: int
    incidents: int
    fatal: int
    deaths: int

    def plus(self, effect: Effect, sign: int) -> "Tally":
        """Return the tally with ``effect`` counted (``sign`` 1) or no longer counted (-1)."""
        deaths = effect.deaths or 0
        return Tally(
            self.day,
            self.incidents + sign,
            self.fatal + sign * (deaths > 0),
            self.deaths + sign * deaths,
        )

    @property
    def empty(self) -> bool:
        """True when nothing is left to count."""
        return not (self.incidents or self.fatal or self.deaths)


@dataclass(frozen=True, slots=True)
class Trace:
    """One recent incident and the record that it came with."""

    effect: Effect
    record: RecordRef


@dataclass(frozen=True, slots=True)
class Risk:
    """What the segment's incidents amount to: the same for every order of arrival."""

    tallies: tuple[Tally, ...] = ()
    recent: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentState:
    """All that is remembered of one segment for one kind of traffic.

    ``applied`` is the offset of the last folded record of ``observations``; ``seen`` the last
    cause from each partition of ``incidents``, which unmasks an observation written twice.
    """

    segment_id: str
    traffic: Traffic
    clock: datetime
    reported_at: datetime
    applied: int
    seen: tuple[tuple[int, int], ...] = ()
    risk: Risk = Risk()
    episode: Episode | None = None


Observed = AssertObservation | RetractObservation | Tick


def begin(observation: Observed) -> SegmentState:
    """Return the empty state that ``observation`` is the first record of."""
    at = observation.recorded_at
    return SegmentState(observation.segment_id, observation.traffic, at, at, applied=-1)


def is_repeat(state: SegmentState, observation: Observed, offset: int) -> bool:
    """Tell whether the record, or the same observation or tick written twice, has been folded."""
    if offset <= state.applied:
        return True
    if isinstance(observation, Tick):
        return observation.recorded_at <= state.clock
    return observation.cause.offset <= dict(state.seen).get(observation.cause.partition, -1)


def fold(state: SegmentState, observation: Observed, offset: int) -> SegmentState:
    """Return the state after ``observation``, recorded at ``offset``.

    A repeat only moves ``applied``. The clock is the latest record time seen, so that a late
    record neither turns time back nor counts as news of today.

    Raises
    ------
    WrongSegment
        The observation belongs to another segment.
    """
    if observation.segment_id != state.segment_id:
        raise WrongSegment(expected=state.segment_id, found=observation.segment_id)
    if is_repeat(state, observation, offset):
        return replace(state, applied=max(state.applied, offset))
    clock = max(state.clock, observation.recorded_at)
    risk = _forget(state.risk, clock)
    if isinstance(observation, Tick):
        return replace(state, clock=clock, applied=offset, risk=risk)
    if observation.replaces is not None:
        risk = _take_away(risk, observation.replaces)
    if isinstance(observation, AssertObservation):
        risk = _add(risk, Trace(observation.effect, observation.cause), clock)
    cause = observation.cause
    seen = dict(state.seen) | {cause.partition: cause.offset}
    return replace(
        state,
        clock=clock,
        reported_at=clock,
        applied=offset,
        seen=tuple(sorted(seen.items())),
        risk=risk,
    )


def day_of(moment: datetime) -> int:
    """Return the proleptic Gregorian ordinal of the UTC day."""
    return moment.astimezone(UTC).toordinal()


def _forget(risk: Risk, clock: datetime) -> Risk:
    oldest, since = day_of(clock) - HISTORY_DAYS, clock - RECENT
    return Risk(
        tuple(t for t in risk.tallies if t.day >= oldest),
        tuple(t for t in risk.recent if t.effect.end >= since),
    )


def _add(risk: Risk, trace: Trace, clock: datetime) -> Risk:
    grown = _forget(Risk(recent=(*risk.recent, trace)), clock).recent
    ordered = sorted(grown, key=lambda t: (t.effect.end, t.effect.incident_id))
    if day_of(trace.effect.end) < day_of(clock) - HISTORY_DAYS:
        return replace(risk, recent=tuple(ordered))
    return Risk(_count(risk.tallies, trace.effect, 1), tuple(ordered))


def _take_away(risk: Risk, effect: Effect) -> Risk:
    recent = tuple(t for t in risk.recent if t.effect.incident_id != effect.incident_id)
    return Risk(_count(risk.tallies, effect, -1), recent)


def _count(tallies: tuple[Tally, ...], effect: Effect, sign: int) -> tuple[Tally, ...]:
    """Count ``effect`` on the day it ended; a day that was forgotten stays forgotten."""
    day = day_of(effect.end)
    old = next((t for t in tallies if t.day == day), None)
    if old is None and sign < 0:
        return tallies
    new = (old or Tally(day, 0, 0, 0)).plus(effect, sign)
    rest = (t for t in tallies if t.day != day)
    return tuple(sorted(rest if new.empty else (*rest, new)))
