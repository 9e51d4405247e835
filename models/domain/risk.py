"""The risk state of a segment and the fold that keeps it: exact, and the same for every order."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from models.domain import days
from models.domain.corroboration import CorroborationRules, pair
from models.domain.days import Day, Said, day_of
from models.domain.errors import WrongSegment
from models.domain.ladder import MEMORY
from models.domain.posture import Posture
from models.domain.tallies import Tallies
from models.domain.traces import Trace
from schemas.base import EARLIEST, RecordRef
from schemas.command import LinkCommand
from schemas.incident import Traffic
from schemas.observation import (
    AssertObservation,
    CommandObservation,
    Observed,
    RetractObservation,
    Tick,
)

HISTORY_DAYS = 1826
"""Length of the daily tallies [days]: the five years that the longest feature looks back."""

RECENT = MEMORY
"""How long single incidents are kept beside the tallies: what the ladder and the words need."""

RULES = CorroborationRules()


@dataclass(frozen=True, slots=True)
class Risk:
    """What the segment's incidents amount to: the same for every order of arrival.

    ``lately`` are those of its days that the ladder and the words look at, in order, without what
    is too old for them.
    """

    tallies: Tallies = field(default_factory=Tallies)
    lately: tuple[tuple[int, Day], ...] = ()

    @property
    def recent(self) -> Iterator[Trace]:
        """The single incidents of these days, in order."""
        return (trace for _, day in self.lately for trace in day.traces)


@dataclass(frozen=True, slots=True)
class SegmentState:
    """All that is remembered of one segment for one kind of traffic, beside its days.

    ``applied`` is the offset of the last folded record of ``observations``; ``seen`` the last
    cause (topic, partition, offset) from each partition, which unmasks an observation that was
    written twice.
    """

    segment_id: str
    traffic: Traffic
    clock: datetime
    reported_at: datetime
    applied: int
    seen: tuple[tuple[str, int, int], ...] = ()
    risk: Risk = Risk()
    posture: Posture = field(default_factory=Posture)


@dataclass(frozen=True, slots=True)
class Folded:
    """A state after a record, and the days that the record changed; None for one forgotten.

    A ``repeat`` had been folded before: nothing follows from it.
    """

    state: SegmentState
    days: dict[int, Day | None] = field(default_factory=dict)
    repeat: bool = False


def begin(observation: Observed) -> SegmentState:
    """Return the empty state that ``observation`` is the first record of."""
    at = observation.recorded_at
    reported = at if is_report(observation) else EARLIEST
    return SegmentState(observation.segment_id, observation.traffic, at, reported, applied=-1)


def is_repeat(state: SegmentState, observation: Observed, offset: int) -> bool:
    """Tell whether the record, or the same observation or tick written twice, has been folded."""
    if offset <= state.applied:
        return True
    if isinstance(observation, Tick):
        return observation.recorded_at <= state.clock
    cause = observation.cause
    return any(
        (topic, partition) == (cause.topic, cause.partition) and cause.offset <= last
        for topic, partition, last in state.seen
    )


def fold(
    state: SegmentState,
    known: Mapping[int, Day],
    observation: Observed,
    offset: int,
    rules: CorroborationRules = RULES,
) -> Folded:
    """Return the state after ``observation``, recorded at ``offset``, and the days it changed.

    A repeat only moves ``applied``. The clock is the latest record time seen, so that a late
    record neither turns time back nor counts as news of today. ``known`` holds the segment's days
    by their ordinal; only those that the observation touches are read.

    Raises
    ------
    WrongSegment
        The observation belongs to another segment.
    """
    if observation.segment_id != state.segment_id:
        raise WrongSegment(expected=state.segment_id, found=observation.segment_id)
    if is_repeat(state, observation, offset):
        return Folded(replace(state, applied=max(state.applied, offset)), repeat=True)
    clock = max(state.clock, observation.recorded_at)
    changed = dict(_changes(known, observation, clock, rules))
    forgotten: dict[int, Day | None] = dict.fromkeys(state.risk.tallies.before(_oldest(clock)))
    after = SegmentState(
        state.segment_id,
        state.traffic,
        clock,
        clock if is_report(observation) else state.reported_at,
        offset,
        state.seen if isinstance(observation, Tick) else _heard(state.seen, observation.cause),
        _updated(state.risk, changed, clock),
        state.posture,
    )
    return Folded(after, {d: day or None for d, day in changed.items()} | forgotten)


def remember(days: MutableMapping[int, Day], folded: Folded) -> None:
    """Put the days that a record changed into ``days``, and take out those it forgot."""
    for number, day in folded.days.items():
        if day is None:
            days.pop(number, None)
        else:
            days[number] = day


def is_report(observation: Observed) -> bool:
    """Tell whether something was reported: of the segment, or of what is nearby."""
    return isinstance(observation, AssertObservation | RetractObservation)


def _heard(
    seen: tuple[tuple[str, int, int], ...], cause: RecordRef
) -> tuple[tuple[str, int, int], ...]:
    others = [s for s in seen if (s[0], s[1]) != (cause.topic, cause.partition)]
    return tuple(sorted([*others, (cause.topic, cause.partition, cause.offset)]))


def _changes(
    known: Mapping[int, Day], observation: Observed, clock: datetime, rules: CorroborationRules
) -> Iterator[tuple[int, Day]]:
    """Yield each day that the observation changes, as it is afterwards."""
    if isinstance(observation, Tick):
        return
    if isinstance(observation, CommandObservation):
        if isinstance(observation.command, LinkCommand):
            number, word = said(observation.command)
            if number >= _oldest(clock):
                yield number, days.with_word(known.get(number, Day()), word, rules)
        return
    gone, here = observation.replaces, None
    if isinstance(observation, AssertObservation):
        effect, here = observation.effect, day_of(observation.effect.end)
        if here >= _oldest(clock):
            trace = Trace(effect, observation.cause, nearby_km=observation.nearby_km)
            yield here, days.with_trace(known.get(here, Day()), trace, rules)
    if gone is not None and (there := day_of(gone.end)) != here:
        # A day that is gone may still be counted: it is taken out of memory before its count is.
        yield there, days.without(known.get(there, Day()), gone.incident_id, rules)


def _updated(risk: Risk, changed: Mapping[int, Day], clock: datetime) -> Risk:
    """Return the risk with the changed days counted anew and what is too old forgotten."""
    counted = {number: days.tally(number, day) if day else None for number, day in changed.items()}
    lately = {**dict(risk.lately), **changed}
    return Risk(risk.tallies.after(counted, _oldest(clock)), _lately(lately, clock))


def said(command: LinkCommand) -> tuple[int, Said]:
    """Return the day of an operator's word, and the word."""
    names = pair(command.incident_id, command.corroborates)
    return command.day.toordinal(), Said(names, command.kind == "link")


def remembered(risk: Risk, clock: datetime) -> Risk:
    """Return what is remembered of ``risk`` at ``clock``, in order."""
    return Risk(risk.tallies.after({}, _oldest(clock)), _lately(dict(risk.lately), clock))


def aged(state: SegmentState, clock: datetime) -> SegmentState:
    """Return a state at a later ``clock``, nothing having come."""
    return replace(state, clock=clock, risk=remembered(state.risk, clock))


def recalled(state: SegmentState, known: Mapping[int, Day]) -> SegmentState:
    """Return a state with its latest days, which are kept beside it and not within."""
    numbers = state.risk.tallies.since(day_of(state.clock - RECENT))
    lately = {number: known.get(number, Day()) for number in numbers}
    return replace(state, risk=Risk(state.risk.tallies, _lately(lately, state.clock)))


def _lately(known: Mapping[int, Day], clock: datetime) -> tuple[tuple[int, Day], ...]:
    """Return the days of which single incidents are remembered at ``clock``."""
    since = clock - RECENT
    first = day_of(since)
    found = []
    for number in sorted(known):
        day = known[number].since(since) if number == first else known[number]
        if number >= first and day.traces:
            found.append((number, day))
    return tuple(found)


def _oldest(clock: datetime) -> int:
    return day_of(clock) - HISTORY_DAYS
