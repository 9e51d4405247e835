"""The whole of a decision, step by step: locate, fold, score, decide. Every caller uses this."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from models.domain import axes, ladder, words
from models.domain.alerting import Decided, decide
from models.domain.causes import worst_of
from models.domain.days import Day, day_of
from models.domain.history import believed
from models.domain.intake import Refusal
from models.domain.news import changed_by, news_of
from models.domain.posture import Decision, Heard, Posture
from models.domain.revisions import NEARBY_KM, UNCERTAINTY_KM, Consequences, KnownIncident, revise
from models.domain.risk import HISTORY_DAYS, SegmentState, aged, begin, fold
from models.domain.segments import Atlas, NotLocated, OnBorder, OnSegment
from models.domain.silences import message_until
from models.domain.told import Book, correction, noted
from models.escalation import features
from models.escalation.panel import Opinion, Panel
from models.escalation.scorer import Scorer
from models.steps import Moved, Rules, Step
from schemas.alert import Alert, Reason, Transition, Trigger
from schemas.assessment import Assessment, LadderView, Level
from schemas.base import RecordRef
from schemas.command import AnyCommand, ExpireSilenceCommand, SilenceCommand
from schemas.event import IncidentEvent
from schemas.incident import Place, Traffic
from schemas.observation import (
    CommandObservation,
    Observed,
    RetractObservation,
)
from schemas.rejection import RejectReason

KEPT = timedelta(days=HISTORY_DAYS)
"""How long a resolved alert can still be corrected: as long as its incidents are remembered."""

BEATS_KEPT = timedelta(hours=1)
"""The same of heartbeats, which raise and resolve an alert every few minutes, for ever: each is
taken back by the next, and nothing corrects it later."""

Recall = Callable[[RecordRef], Panel | None]
"""A record of ``observations`` -> the models that scored it, or None where that is not known."""

REVISION, RETRACTION = Reason.INCIDENT_REVISED, Reason.INCIDENT_RETRACTED


class Engine:
    """Decides; holds nothing but the map, the models and the rules.

    Parameters
    ----------
    shadow
        A model that is scored beside ``scorer``; nothing follows from what it says.
    recall
        Tells which models scored a record, for a replay of what others decided; those of the
        engine score where it is None, or knows nothing of the record.
    """

    def __init__(
        self,
        atlas: Atlas,
        scorer: Scorer,
        rules: Rules | None = None,
        shadow: Scorer | None = None,
        recall: Recall | None = None,
    ) -> None:
        self._atlas = atlas
        self.scorer = scorer
        self.shadow = shadow
        self._panel = Panel(scorer, shadow)
        self._rules = rules or Rules()
        self._recall = recall
        features.kernel()

    def recalling(self, recall: Recall) -> "Engine":
        """Return the same engine, with the models that ``recall`` names for each record."""
        return Engine(self._atlas, self.scorer, self._rules, self.shadow, recall)

    def locate(
        self,
        known: KnownIncident | None,
        event: IncidentEvent,
        record: RecordRef,
        recorded_at: datetime,
    ) -> Consequences:
        """Return what a revision, recorded at ``record``, changes on which segments."""
        return revise(
            known, event.data, record, recorded_at, self._place, event.source, self._around
        )

    def obey(
        self, command: AnyCommand, record: RecordRef, recorded_at: datetime
    ) -> tuple[CommandObservation, ...] | Refusal:
        """Return the observations of an operator's command, or why it cannot be obeyed.

        What is said of silences on a border counts on each of its segments.
        """
        if not self._atlas.knows(command.segment_id):
            return Refusal(
                RejectReason.INVALID,
                f"segment_id: {command.segment_id!r} is not watched; expected a segment or border "
                "of: forewarn segments list",
            )
        everywhere = isinstance(command, SilenceCommand | ExpireSilenceCommand)
        places = self._atlas.parts(command.segment_id) if everywhere else (command.segment_id,)
        return tuple(
            CommandObservation(
                segment_id=place,
                traffic=command.traffic,
                recorded_at=recorded_at,
                cause=record,
                command=command,
            )
            for place in places
        )

    def fold(
        self,
        state: SegmentState | None,
        days: Mapping[int, Day],
        observation: Observed,
        record: RecordRef,
    ) -> Moved:
        """Fold one record; states of a batch are folded one after the other, then judged."""
        before = state or begin(observation)
        folded = fold(before, days, observation, record.offset, self._rules.corroboration)
        corrects = bool(changed_by(observation)) and not folded.repeat
        without = aged(before, folded.state.clock) if corrects else None
        return Moved(folded, observation, record, without)

    def judge(self, batch: Sequence[Moved], books: Callable[[SegmentState], Book]) -> list[Step]:
        """Score what was folded, all at once, and decide on alerts, one after the other.

        The outcome of a record does not depend on the batch that it is in: each is scored by
        itself, and the episode and the book go from one record of a segment to the next. ``books``
        gives what alerts rest on before the batch.
        """
        scored = self._score([m for m in batch if not m.folded.repeat])
        latest: dict[tuple[str, Traffic], tuple[Posture, Book]] = {}
        steps = []
        for moved in batch:
            state, days = moved.folded.state, moved.folded.days
            key = (state.segment_id, state.traffic)
            if key not in latest:
                latest[key] = state.posture, books(state)
            posture, book = latest[key]
            if state.posture is not posture:
                state = replace(state, posture=posture)
            if moved.folded.repeat:
                steps.append(Step(state, days))
                continue
            opinion = next(scored)
            by_time = next(scored) if moved.without is not None else None
            step = self._step(state, book, moved, opinion, by_time)
            latest[key] = step.state.posture, step.book or book
            steps.append(step)
        return steps

    def believed(
        self,
        observations: Iterable[tuple[int, Observed]],
        clock: datetime,
        begun_by: datetime | None = None,
    ) -> SegmentState:
        """Return the state at ``clock`` by the last word of ``observations`` on each incident."""
        return believed(observations, clock, begun_by, self._rules.corroboration)

    def assess(self, state: SegmentState, record: RecordRef) -> Assessment:
        """Return the assessment of a state that ``record`` was the last to move."""
        (opinion,) = self._panel.score(_rows([state]))
        return self._assess(state, record, opinion)

    def row(self, state: SegmentState, clock: datetime) -> list[float]:
        """Return the features of ``state`` at ``clock``, of shape (n_features,), in their units."""
        return features.values(state.risk, clock)

    def _score(self, batch: Sequence[Moved]) -> Iterator[Opinion]:
        """Yield what the models say after each record, and then without it where that is asked.

        Neighbours with the same models are scored at once.
        """
        for panel, run in groupby(batch, key=self._panel_of):
            pairs = ((moved.folded.state, moved.without) for moved in run)
            states = [state for pair in pairs for state in pair if state is not None]
            yield from panel.score(_rows(states))

    def _panel_of(self, moved: Moved) -> Panel:
        recalled = self._recall(moved.record) if self._recall else None
        return recalled or self._panel

    def _step(
        self,
        state: SegmentState,
        book: Book,
        moved: Moved,
        opinion: Opinion,
        by_time: Opinion | None,
    ) -> Step:
        assessment = self._assess(state, moved.record, opinion)
        kept = BEATS_KEPT if state.traffic is Traffic.HEARTBEAT else KEPT
        book = book.since(state.clock - kept)
        offset = moved.record.offset
        changed = changed_by(moved.observation)
        holds = self._holds(state, opinion)
        alone = self._holds(moved.without, by_time) if moved.without and by_time else None
        decided = self._decide(state, book, moved, assessment.level, holds, alone, changed)
        reason = RETRACTION if isinstance(moved.observation, RetractObservation) else REVISION
        episode = state.posture.episode
        still_open = episode.alert_id if episode else None
        concerned = book.concerned(changed, still_open, offset)
        quiet = partial(
            message_until, decided.posture.silences, Level.NORMAL, Transition.CORRECTED, state.clock
        )
        corrections = [correction(told, reason, offset, quiet()) for told in concerned]
        after = book
        for told in corrections:
            after = noted(after, told, (), offset, state.clock)
        named = [i.incident_id for i in assessment.incidents]
        for told in decided.decisions:
            after = noted(after, told, named, offset, state.clock)
        decisions = (*corrections, *decided.decisions)
        posture = decided.posture
        return Step(
            state if posture == state.posture else replace(state, posture=posture),
            moved.folded.days,
            assessment,
            tuple(self._alert(assessment, d, moved) for d in decisions),
            after if decisions else None,
            decided.answer,
        )

    def _decide(
        self,
        state: SegmentState,
        book: Book,
        moved: Moved,
        level: Level,
        holds: Level,
        by_time: Level | None,
        changed: Sequence[str],
    ) -> Decided:
        observation, offset = moved.observation, moved.record.offset
        heard = Heard(
            level=level,
            holds=holds,
            by_time=by_time,
            news=news_of(observation, state.posture.episode, book, changed, offset),
            clock=state.clock,
            reported_at=state.reported_at,
            command=observation.command if isinstance(observation, CommandObservation) else None,
        )
        return decide(
            state.posture,
            heard,
            state.segment_id,
            state.traffic,
            self._rules.alerts,
            lambda alert_id: book.has(alert_id, offset),
        )

    def _holds(self, state: SegmentState, opinion: Opinion) -> Level:
        """Return down to which level an alert of ``state`` holds."""
        return Level.worst(opinion.scored.holds, self._ladder(state).level)

    def _ladder(self, state: SegmentState) -> LadderView:
        lately = [day.steps for _, day in state.risk.lately]
        return ladder.view(lately, state.clock, self._rules.ladder)

    def _place(self, place: Place) -> str | NotLocated:
        found = self._atlas.locate(
            place.latitude,
            place.longitude,
            UNCERTAINTY_KM[place.precision],
            place.countries,
            self._rules.locate_limit_km,
        )
        match found:
            case OnSegment(segment_id=segment_id):
                return segment_id
            case OnBorder(border_id=border_id):
                return border_id
            case NotLocated():
                return found

    def _around(self, place: Place) -> Mapping[str, float]:
        """Return how far [km] the segments within sight are, if the place is known well enough."""
        if place.latitude is None or place.longitude is None:
            return {}
        if UNCERTAINTY_KM[place.precision] is None:
            return {}
        found = self._atlas.within(place.latitude, place.longitude, NEARBY_KM)
        return {segment_id: round(km, 1) for segment_id, km in found.items()}

    def _assess(self, state: SegmentState, record: RecordRef, opinion: Opinion) -> Assessment:
        scored = opinion.scored
        lately = [day for _, day in state.risk.lately]
        stands = self._ladder(state)
        return Assessment(
            segment_id=state.segment_id,
            traffic=state.traffic,
            recorded_at=state.clock,
            observation=record,
            level=Level.worst(scored.level, stands.level),
            model_level=scored.level,
            ladder=stands,
            probabilities=scored.probabilities,
            contributions=scored.contributions,
            incidents=worst_of(day.worst for day in lately),
            model_version=opinion.version,
            shadow=opinion.shadow,
        )

    def _alert(self, assessment: Assessment, decision: Decision, moved: Moved) -> Alert:
        countries = self._atlas.countries(assessment.segment_id)
        return Alert(
            alert_id=decision.alert_id,
            sequence=decision.sequence,
            segment_id=assessment.segment_id,
            border_id="-".join(countries),
            countries=countries,
            traffic=assessment.traffic,
            transition=decision.transition,
            reason=decision.reason,
            level=decision.level,
            previous_level=decision.previous_level,
            severity=axes.severity(decision),
            urgency=axes.urgency(assessment, decision),
            certainty=axes.certainty(assessment, decision),
            acknowledged=decision.acknowledged,
            silenced_until=decision.silenced_until,
            flaps=decision.flaps,
            opened_at=decision.opened_at,
            recorded_at=assessment.recorded_at,
            headline=words.headline(assessment, decision),
            explanation=words.explanation(assessment, decision, moved.observation),
            trigger=Trigger(moved.observation.kind),
            cause=moved.record,
            incidents=assessment.incidents,
            ladder=assessment.ladder,
            model_level=assessment.model_level,
            probabilities=assessment.probabilities,
            contributions=assessment.contributions,
            model_version=assessment.model_version,
        )


def _rows(states: Sequence[SegmentState]) -> NDArray[np.float64]:
    """Return the features of each state at its own clock: (n_states, n_features)."""
    tables = [state.risk.tallies.table for state in states]
    return features.matrix(tables, [day_of(state.clock) for state in states])
