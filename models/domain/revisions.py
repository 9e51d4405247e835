"""What a revision of an incident changes: which segments it now counts on, and as what."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.domain.intake import Refusal
from models.domain.segments import NotLocated
from schemas.base import RecordRef
from schemas.incident import GeoPrecision, IncidentReport, IncidentRetraction, Place, Toll, Traffic
from schemas.observation import AssertObservation, Effect, RetractObservation
from schemas.rejection import RejectReason
from schemas.taxonomy import STEP_OF

# A report may name a day that has begun somewhere on earth but not yet at UTC.
FUTURE_TOLERANCE = timedelta(days=1)

# Radius within which the true place lies [km]; None where the code names an area of unknown size
# (UCDP GED Codebook 23.1, where_prec: 1 exact, 2 within about 25 km).
UNCERTAINTY_KM: dict[GeoPrecision, float | None] = {
    GeoPrecision.EXACT: 5.0,
    GeoPrecision.NEAR: 25.0,
    GeoPrecision.DISTRICT: None,
    GeoPrecision.PROVINCE: None,
    GeoPrecision.LINEAR: None,
    GeoPrecision.COUNTRY: None,
    GeoPrecision.INTERNATIONAL: None,
}


_UNSAID = {"sealed"}
"""What two records of one revision may differ in: no decision sees it."""

NEARBY_KM = 50.0
"""Within what distance of a segment's line a fatal incident on another one counts as nearby [km].

One segment's nominal length; on GED 1989-2017 it puts three observations beside each, where 110 km
would put nine and gain nothing.
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Whose state an incident counts in: a segment (or border) and a kind of traffic.

    On the segments ``nearby``, those within sight of it, it counts as so many km away.
    """

    segment_id: str
    traffic: Traffic
    nearby: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """What is remembered of one incident: its latest revision and where that counts."""

    applied: RecordRef
    revision: int
    digest: str
    address: Address | None
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What one revision leads to; ``known`` replaces the memory of the incident."""

    known: KnownIncident | None
    observations: tuple[AssertObservation | RetractObservation, ...] = ()
    refusal: Refusal | None = None


Locate = Callable[[Place], str | NotLocated]
Around = Callable[[Place], Mapping[str, float]]


def _nothing(_place: Place) -> Mapping[str, float]:
    return {}


def revise(
    known: KnownIncident | None,
    incident: IncidentReport | IncidentRetraction,
    record: RecordRef,
    recorded_at: datetime,
    locate: Locate,
    publisher: str,
    around: Around = _nothing,
) -> Consequences:
    """Return what ``incident``, published by ``publisher``, changes, given what is ``known`` of it.

    One with deaths also counts, as nearby, on the segments ``around`` its place.

    A record at or below the applied offset, a resent revision and one older than the latest
    known change nothing, so that arrival order and repetition do not matter. Only a resent report
    that had no place is placed again, since a border may be watched now that was not then.
    """
    digest = digest_of(incident)
    if known is not None:
        if record.partition == known.applied.partition and record.offset <= known.applied.offset:
            return Consequences(known)
        if incident.revision == known.revision and digest != known.digest:
            return Consequences(known, refusal=_conflict(incident))
        if incident.revision <= known.revision and not _worth_placing(known, incident):
            return Consequences(replace(known, applied=record))
    if isinstance(incident, IncidentRetraction):
        return _settle(known, incident, record, recorded_at, digest)
    if (early := from_the_future(incident, recorded_at)) is not None:
        return Consequences(known, refusal=early)
    where = locate(incident.place)
    if isinstance(where, NotLocated):
        refusal = Refusal(RejectReason(where.reason.value), where.detail)
        return replace(_settle(known, incident, record, recorded_at, digest), refusal=refusal)
    effect = effect_of(incident, publisher)
    seen_from = around(incident.place) if effect.deaths else {}
    nearby = tuple((s, km) for s, km in sorted(seen_from.items()) if s != where)
    counted = (Address(where, incident.traffic, nearby), effect)
    return _settle(known, incident, record, recorded_at, digest, counted)


def digest_of(incident: IncidentReport | IncidentRetraction) -> str:
    """Return what tells the contents of two revisions apart, whatever envelope they came in."""
    # Sent again once its key is discarded, a report has the same pseudonyms and nothing sealed.
    said = incident.model_dump_json(exclude=_UNSAID)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def from_the_future(incident: IncidentReport, recorded_at: datetime) -> Refusal | None:
    """Return why a report of what is yet to come is refused, or None for any other."""
    for field in ("start", "end"):
        at: datetime | None = getattr(incident.occurred, field)
        if at is not None and at - recorded_at > FUTURE_TOLERANCE:
            return _from_the_future(field, at, recorded_at)
    return None


def fingerprint(name: str) -> str:
    """Return what tells names apart without telling them: case and outer blanks do not count."""
    return hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:16]


def effect_of(report: IncidentReport, publisher: str) -> Effect:
    """Return the part of a report that risk depends on."""
    own = STEP_OF.get(report.sub_event_type)
    steps = {*report.steps, own} if own is not None else set(report.steps)
    grades = sorted(f"{s.reliability}{s.credibility}" for s in report.sources)
    return Effect(
        incident_id=report.incident_id,
        revision=report.revision,
        start=report.occurred.start,
        end=report.occurred.end or report.occurred.start,
        when=report.occurred.precision,
        sub_event_type=report.sub_event_type,
        steps=tuple(sorted(steps)),
        deaths=_known_deaths(report.fatalities),
        place_name=report.place.name,
        latitude=report.place.latitude,
        longitude=report.place.longitude,
        where=report.place.precision,
        grade=grades[0] if grades else "F6",
        publisher=fingerprint(publisher),
        sources=tuple(sorted({fingerprint(s.name) for s in report.sources})),
        corroborates=report.corroborates,
    )


def _known_deaths(toll: Toll) -> int | None:
    """Return the best estimate, else the fewest that are certain, else None for unknown."""
    return toll.best if toll.best is not None else toll.low


def _worth_placing(known: KnownIncident, incident: IncidentReport | IncidentRetraction) -> bool:
    """Say whether this is the report that was set aside, sent again."""
    return known.address is None and incident.revision == known.revision


def _settle(
    known: KnownIncident | None,
    incident: IncidentReport | IncidentRetraction,
    record: RecordRef,
    recorded_at: datetime,
    digest: str,
    counted: tuple[Address, Effect] | None = None,
) -> Consequences:
    """Take the incident off where it counted and put it where it counts now, if anywhere."""
    address, effect = counted or (None, None)
    old = known.effect if known else None
    before, here = _states(known.address if known else None), _states(address)
    observations: list[AssertObservation | RetractObservation] = []
    gone = _why_gone(incident, known, address)
    for segment_id, traffic in before:
        if old is not None and (segment_id, traffic) not in here:
            observations.append(
                RetractObservation(
                    segment_id=segment_id,
                    traffic=traffic,
                    recorded_at=recorded_at,
                    cause=record,
                    replaces=old,
                    reason=gone,
                )
            )
    for (segment_id, traffic), km in here.items():
        if effect is not None:
            observations.append(
                AssertObservation(
                    segment_id=segment_id,
                    traffic=traffic,
                    recorded_at=recorded_at,
                    cause=record,
                    effect=effect,
                    nearby_km=km,
                    replaces=old if (segment_id, traffic) in before else None,
                )
            )
    return Consequences(
        KnownIncident(record, incident.revision, digest, address, effect), tuple(observations)
    )


def _why_gone(
    incident: IncidentReport | IncidentRetraction,
    known: KnownIncident | None,
    address: Address | None,
) -> str:
    """Say why an incident no longer counts where it did, such as nearby without deaths."""
    if isinstance(incident, IncidentRetraction):
        return "retracted"
    before = known.address.segment_id if known and known.address else None
    return "corrected" if address is not None and address.segment_id == before else "moved"


def _states(address: Address | None) -> dict[tuple[str, Traffic], float | None]:
    """Return the states that an incident counts in, its own first, and from how far [km]."""
    if address is None:
        return {}
    found: dict[tuple[str, Traffic], float | None]
    found = {(address.segment_id, address.traffic): None}
    return found | {(s, address.traffic): km for s, km in address.nearby}


def _conflict(incident: IncidentReport | IncidentRetraction) -> Refusal:
    return Refusal(
        RejectReason.REVISION_CONFLICT,
        f"revision: {incident.revision} of incident {incident.incident_id!r} is known with other "
        "content; send what changed as the next revision",
    )


def _from_the_future(field: str, at: datetime, recorded_at: datetime) -> Refusal:
    return Refusal(
        RejectReason.FROM_THE_FUTURE,
        f"occurred.{field}: {at.isoformat()} lies more than a day after the report was recorded "
        f"({recorded_at.isoformat()}); expected a time in the past",
    )
