"""The whole of a decision, step by step: locate, fold, score, decide. Every caller uses this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from models.domain import ladder, words
from models.domain.alerting import AlertRules, Decision, Episode, News, decide
from models.domain.corroboration import CorroborationRules
from models.domain.days import Day
from models.domain.intake import Refusal
from models.domain.ladder import LadderRules
from models.domain.revisions import UNCERTAINTY_KM, Consequences, KnownIncident, revise
from models.domain.risk import RECENT, Folded, SegmentState, begin, fold, is_repeat
from models.domain.segments import Atlas, NotLocated, OnBorder, OnSegment
from models.escalation import features
from models.escalation.scorer import Scored, Scorer
from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.base import RecordRef
from schemas.command import Command
from schemas.event import IncidentEvent
from schemas.incident import Place, Traffic
from schemas.observation import CommandObservation, Observed, RetractObservation, Tick
from schemas.rejection import RejectReason


@dataclass(frozen=True, slots=True)
class Rules:
    """The judgements that an operator may set."""

    locate_limit_km: float = 25.0
    corroboration: CorroborationRules = field(default_factory=CorroborationRules)
    ladder: LadderRules = field(default_factory=LadderRules)
    alerts: AlertRules = field(default_factory=AlertRules)


@dataclass(frozen=True, slots=True)
class Moved:
    """One record folded, not yet judged; a repeat is folded for nothing."""

    folded: Folded
    observation: Observed
    record: RecordRef
    repeat: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A segment's state and days after one record, and what follows from it."""

    state: SegmentState
    days: dict[int, Day | None]
    assessment: Assessment | None = None
    alert: Alert | None = None


class Engine:
    """Decides; holds nothing but the map, the model and the rules."""

    def __init__(self, atlas: Atlas, scorer: Scorer, rules: Rules | None = None) -> None:
        self._atlas = atlas
        self.scorer = scorer
        self._rules = rules or Rules()

    def locate(
        self,
        known: KnownIncident | None,
        event: IncidentEvent,
        record: RecordRef,
        recorded_at: datetime,
    ) -> Consequences:
        """Return what a revision, recorded at ``record``, changes on which segments."""
        return revise(known, event.data, record, recorded_at, self._place, event.source)

    def obey(
        self, command: Command, record: RecordRef, recorded_at: datetime
    ) -> CommandObservation | Refusal:
        """Return the observation of an operator's command, or why it cannot be obeyed."""
        if not self._atlas.knows(command.segment_id):
            return Refusal(
                RejectReason.INVALID,
                f"segment_id: {command.segment_id!r} is not watched; expected a segment or border "
                "of: forewarn segments list",
            )
        return CommandObservation(
            segment_id=command.segment_id,
            traffic=command.traffic,
            recorded_at=recorded_at,
            cause=record,
            command=command,
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
        return Moved(folded, observation, record, is_repeat(before, observation, record.offset))

    def judge(self, batch: Sequence[Moved]) -> list[Step]:
        """Score what was folded, all at once, and decide on alerts, one after the other.

        The outcome of a record does not depend on the batch that it is in: each is scored by
        itself, and an episode goes from one record of its segment to the next.
        """
        judged = [m for m in batch if not m.repeat]
        states = [m.folded.state for m in judged]
        rows = [features.values(s.risk, s.clock) for s in states]
        scored = iter(self.scorer.score(rows))
        episodes: dict[tuple[str, Traffic], Episode | None] = {}
        steps = []
        for moved in batch:
            state = moved.folded.state
            key = (state.segment_id, state.traffic)
            state = replace(state, episode=episodes.get(key, state.episode))
            step = (
                Step(state, moved.folded.days)
                if moved.repeat
                else self._step(state, moved, next(scored))
            )
            episodes[key] = step.state.episode
            steps.append(step)
        return steps

    def assess(self, state: SegmentState, record: RecordRef) -> Assessment:
        """Return the assessment of a state that ``record`` was the last to move."""
        (scored,) = self.scorer.score([features.values(state.risk, state.clock)])
        return self._assess(state, record, scored)

    def _step(self, state: SegmentState, moved: Moved, scored: Scored) -> Step:
        assessment = self._assess(state, moved.record, scored)
        episode, decision = decide(
            state.episode,
            assessment.level,
            _news(state, moved.observation),
            state.clock,
            state.segment_id,
            state.traffic,
            self._rules.alerts,
        )
        alert = self._alert(assessment, decision, moved.record) if decision else None
        return Step(replace(state, episode=episode), moved.folded.days, assessment, alert)

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

    def _assess(self, state: SegmentState, record: RecordRef, scored: Scored) -> Assessment:
        stands = ladder.view([t.effect for t in state.risk.recent], state.clock, self._rules.ladder)
        return Assessment(
            segment_id=state.segment_id,
            traffic=state.traffic,
            recorded_at=state.clock,
            observation=record,
            level=max(scored.level, stands.level, key=lambda level: level.rank),
            model_level=scored.level,
            ladder=stands,
            probabilities=scored.probabilities,
            contributions=scored.contributions,
            incidents=words.incidents(state.risk.recent),
            model_version=self.scorer.version,
        )

    def _alert(self, assessment: Assessment, decision: Decision, record: RecordRef) -> Alert:
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
            opened_at=decision.opened_at,
            recorded_at=assessment.recorded_at,
            headline=words.headline(assessment, decision),
            explanation=words.explanation(assessment, decision),
            cause=record,
            incidents=assessment.incidents,
            ladder=assessment.ladder,
            model_level=assessment.model_level,
            probabilities=assessment.probabilities,
            contributions=assessment.contributions,
            model_version=assessment.model_version,
        )


def _news(state: SegmentState, observation: Observed) -> News:
    """Say what kind of news it is; a change to an incident from before the episode is none."""
    if isinstance(observation, Tick):
        return News.TIME
    if isinstance(observation, CommandObservation):
        return News.REVISED
    if observation.replaces is None:
        return News.NEW_INCIDENT
    opened = state.episode.opened_at if state.episode else state.clock
    if observation.replaces.end < opened - RECENT:
        return News.TIME
    return News.RETRACTED if isinstance(observation, RetractObservation) else News.REVISED
