"""The whole of a decision, step by step: locate, fold, score, decide. Every caller uses this."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from models.domain import ladder, words
from models.domain.alerting import AlertRules, Decision, News, decide
from models.domain.ladder import LadderRules
from models.domain.revisions import UNCERTAINTY_KM, Consequences, KnownIncident, revise
from models.domain.risk import RECENT, Observed, SegmentState, begin, fold, is_repeat
from models.domain.segments import Atlas, NotLocated, OnBorder, OnSegment
from models.escalation import features
from models.escalation.scorer import Scorer
from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.base import RecordRef
from schemas.incident import IncidentReport, IncidentRetraction, Place
from schemas.observation import RetractObservation, Tick


@dataclass(frozen=True, slots=True)
class Rules:
    """The judgements that an operator may set."""

    locate_limit_km: float = 25.0
    ladder: LadderRules = field(default_factory=LadderRules)
    alerts: AlertRules = field(default_factory=AlertRules)


@dataclass(frozen=True, slots=True)
class Step:
    """A segment's state after one record, and what follows from it."""

    state: SegmentState
    assessment: Assessment | None = None
    alert: Alert | None = None


class Engine:
    """Decides; holds nothing but the map, the model and the rules."""

    def __init__(self, atlas: Atlas, scorer: Scorer, rules: Rules | None = None) -> None:
        self._atlas = atlas
        self._scorer = scorer
        self._rules = rules or Rules()

    def locate(
        self,
        known: KnownIncident | None,
        incident: IncidentReport | IncidentRetraction,
        record: RecordRef,
        recorded_at: datetime,
    ) -> Consequences:
        """Return what a revision, recorded at ``record``, changes on which segments."""
        return revise(known, incident, record, recorded_at, self._place)

    def observe(self, state: SegmentState | None, observation: Observed, record: RecordRef) -> Step:
        """Return the state after ``observation``, its assessment and at most one alert."""
        before = state or begin(observation)
        after = fold(before, observation, record.offset)
        if is_repeat(before, observation, record.offset):
            return Step(after)
        assessment = self._assess(after, record)
        episode, decision = decide(
            after.episode,
            assessment.level,
            _news(after, observation),
            after.clock,
            after.segment_id,
            after.traffic,
            self._rules.alerts,
        )
        after = replace(after, episode=episode)
        alert = self._alert(assessment, decision, record) if decision else None
        return Step(after, assessment, alert)

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

    def _assess(self, state: SegmentState, record: RecordRef) -> Assessment:
        row = features.values(state.risk, state.clock)
        probabilities = self._scorer.score(row)
        model_level = self._scorer.level(probabilities)
        stands = ladder.view([t.effect for t in state.risk.recent], state.clock, self._rules.ladder)
        return Assessment(
            segment_id=state.segment_id,
            traffic=state.traffic,
            recorded_at=state.clock,
            observation=record,
            level=max(model_level, stands.level, key=lambda level: level.rank),
            model_level=model_level,
            ladder=stands,
            probabilities=probabilities,
            contributions=self._scorer.explain(row),
            incidents=words.incidents(state.risk.recent),
            model_version=self._scorer.version,
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
    if observation.replaces is None:
        return News.NEW_INCIDENT
    opened = state.episode.opened_at if state.episode else state.clock
    if observation.replaces.end < opened - RECENT:
        return News.TIME
    return News.RETRACTED if isinstance(observation, RetractObservation) else News.REVISED
