"""What was acknowledged, held against everything that the service keeps and told: pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

AlertRef = tuple[str, int]
"""An alert's id and the sequence number of a transition."""


@dataclass(frozen=True)
class Counted:
    """One observation: an incident counts on a segment, or does no more, for a reason in the log.

    ``replaces`` tells whether it takes the place of what counted before; ``cause`` is (partition,
    offset) in ``incidents``.
    """

    segment: str
    incident_id: str
    counts: bool
    replaces: bool
    cause: tuple[int, int]


@dataclass(frozen=True)
class Posted:
    """What a receiver got once: the notification's id, its bytes, and what it tells."""

    notification_id: str
    body: bytes
    alerts: frozenset[AlertRef]


@dataclass
class Kept:
    """Everything that is there once the faults are over and all have caught up.

    Attributes
    ----------
    log, ledger
        The last revision of each incident in ``incidents``, and in the read model.
    observations
        In the order of the log.
    alerts
        Every record of ``alerts``: which transition, and its bytes.
    ledger_alerts
        The transitions in the read model.
    rejected
        The places (partition, offset) in ``incidents`` of what stands in ``incidents.rejected``.
    delivered
        The transitions that ``deliveries`` says were delivered.
    differences
        What ``forewarn verify`` found.
    """

    log: Mapping[str, int] = field(default_factory=dict)
    ledger: Mapping[str, int] = field(default_factory=dict)
    observations: Sequence[Counted] = ()
    alerts: Sequence[tuple[AlertRef, bytes]] = ()
    ledger_alerts: frozenset[AlertRef] = frozenset()
    delivered: frozenset[AlertRef] = frozenset()
    posted: Sequence[Posted] = ()
    rejected: frozenset[tuple[int, int]] = frozenset()
    differences: Sequence[str] = ()


@dataclass
class Findings:
    """What is wrong, each with words; nothing where all is as it should be."""

    unseen: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        """Return everything that is wrong."""
        return self.unseen + self.duplicated + self.differing


@dataclass
class Told:
    """What the publishers were told.

    Attributes
    ----------
    acknowledged
        When each revision was acknowledged, by incident id and revision [s].
    retracted
        The incidents whose last acknowledged revision withdraws them.
    answers
        How often there was which answer that was no acknowledgement.
    refused
        Answers that no fault explains: the publisher's report was called wrong.
    """

    acknowledged: dict[tuple[str, int], float] = field(default_factory=dict)
    retracted: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)


def judge(told: Told, poisoned: Iterable[tuple[int, int]], kept: Kept) -> Findings:
    """Return what is wrong.

    Parameters
    ----------
    poisoned
        Places in ``incidents`` of records that are no reports.
    """
    last: dict[str, int] = {}
    for incident_id, revision in told.acknowledged:
        last[incident_id] = max(revision, last.get(incident_id, 0))
    findings = Findings()
    findings.unseen += _unseen(last, kept)
    findings.unseen += _untold(kept)
    findings.unseen += [f"refused: {answer}" for answer in told.refused]
    lost, stray = set(poisoned) - kept.rejected, kept.rejected - set(poisoned)
    findings.unseen += [f"the faulty record at {at}: not among the rejected" for at in sorted(lost)]
    findings.unseen += [f"the record at {at}: rejected, and not faulty" for at in sorted(stray)]
    standing, twice = _standing(kept.observations)
    findings.unseen += _uncounted(last, frozenset(told.retracted), standing, kept)
    findings.duplicated += twice
    findings.duplicated += _told_twice(kept.posted)
    findings.differing += _two_contents(kept.alerts)
    findings.differing += [f"verify: {difference}" for difference in kept.differences]
    return findings


def _unseen(last: Mapping[str, int], kept: Kept) -> Iterable[str]:
    for name, place in (("incidents", kept.log), ("the ledger", kept.ledger)):
        for incident_id, revision in last.items():
            if (found := place.get(incident_id, 0)) < revision:
                yield f"{incident_id} revision {revision}: {name} has revision {found}"


def _uncounted(
    last: Mapping[str, int], retracted: frozenset[str], standing: frozenset[str], kept: Kept
) -> Iterable[str]:
    ever = {one.incident_id for one in kept.observations}
    for incident_id in last:
        if incident_id not in ever:
            yield f"{incident_id}: nothing was ever observed of it"
        elif incident_id in retracted and incident_id in standing:
            yield f"{incident_id}: counts although it is withdrawn"
        elif incident_id not in retracted and incident_id not in standing:
            yield f"{incident_id}: counts no more although nobody withdrew it"


def _untold(kept: Kept) -> Iterable[str]:
    refs = {ref for ref, _ in kept.alerts}
    ends: dict[str, int] = {}
    for alert_id, sequence in refs:
        ends[alert_id] = max(sequence, ends.get(alert_id, 0))
    shown = {ref for post in kept.posted for ref in post.alerts}
    for ref in sorted(refs):
        if ref not in kept.ledger_alerts:
            yield f"alert {ref}: not in the ledger"
        if ref not in kept.delivered:
            yield f"alert {ref}: not delivered"
    for ref in sorted(ends.items()):
        if ref not in shown:
            yield f"alert {ref}: its last transition never came to the receiver"


def _standing(observations: Sequence[Counted]) -> tuple[frozenset[str], list[str]]:
    """Return the incidents that count somewhere, and which were counted beside themselves.

    A record that was written twice is one: it has the same cause.
    """
    places: set[tuple[str, str]] = set()
    seen: set[tuple[str, str, bool, tuple[int, int]]] = set()
    twice: list[str] = []
    for one in observations:
        name = (one.segment, one.incident_id, one.counts, one.cause)
        place = (one.incident_id, one.segment)
        if name in seen:
            continue
        seen.add(name)
        if one.counts and not one.replaces and place in places:
            twice.append(f"{one.incident_id}: counts once more on {one.segment}, by {one.cause}")
        if one.counts:
            places.add(place)
        else:
            places.discard(place)
    return frozenset(incident_id for incident_id, _ in places), twice


def _told_twice(posted: Sequence[Posted]) -> Iterable[str]:
    bodies: dict[str, bytes] = {}
    named: dict[AlertRef, set[str]] = defaultdict(set)
    for post in posted:
        if bodies.setdefault(post.notification_id, post.body) != post.body:
            yield f"notification {post.notification_id}: came with two contents"
        for ref in post.alerts:
            named[ref].add(post.notification_id)
    for ref, names in named.items():
        if len(names) > 1:
            yield f"alert {ref}: told under {len(names)} ids"


def _two_contents(alerts: Sequence[tuple[AlertRef, bytes]]) -> Iterable[str]:
    contents: dict[AlertRef, bytes] = {}
    for ref, value in alerts:
        if contents.setdefault(ref, value) != value:
            yield f"alert {ref}: stands in the log with two contents"
