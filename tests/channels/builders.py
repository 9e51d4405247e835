"""Alerts and notifications from the few fields that a test is about."""

from typing import Any

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from services.notifier.notification import Notification
from tests.builders import NOON, SEGMENT, at, ref


def alert(**fields: Any) -> Alert:
    """Return an alert that was raised at noon to warning, unless ``fields`` say otherwise."""
    traffic = fields.get("traffic", Traffic.ACTUAL)
    content: dict[str, Any] = {
        "alert_id": f"{SEGMENT}:20210429T120000.000000Z",
        "sequence": 1,
        "segment_id": SEGMENT,
        "border_id": "KGZ-TJK",
        "countries": ("KGZ", "TJK"),
        "traffic": traffic,
        "transition": Transition.RAISED,
        "reason": "level-rose",
        "level": Level.WARNING,
        "previous_level": Level.NORMAL,
        "severity": "Severe",
        "urgency": "Expected",
        "certainty": "Observed",
        "acknowledged": False,
        "silenced_until": None,
        "flaps": 0,
        "opened_at": NOON,
        "recorded_at": NOON,
        "headline": f"WARNING on {SEGMENT}: warning shots at Kok-Tash",
        "explanation": "The level rose. Ladder (warning): warning shots at Kok-Tash.",
        "trigger": "assert",
        "cause": ref(7, topic="observations"),
        "incidents": (),
        "ladder": {"step": 3, "level": "warning", "words": "warning shots at Kok-Tash"},
        "model_level": "watch",
        "probabilities": {"escalation_14d": 0.1, "fatal_7d": 0.1, "fatal_14d": 0.2},
        "contributions": (),
        "model_version": "escalation-1",
    }
    return Alert.model_validate(content | fields)


def escalated(sequence: int = 2, **fields: Any) -> Alert:
    """Return the same alert an hour a message later, at critical."""
    content: dict[str, Any] = {
        "sequence": sequence,
        "transition": Transition.ESCALATED,
        "level": Level.CRITICAL,
        "previous_level": Level.WARNING,
        "severity": "Extreme",
        "urgency": "Immediate",
        "recorded_at": at(hours=sequence - 1),
        "headline": f"CRITICAL on {SEGMENT}: mortars at Kok-Tash",
    }
    return alert(**content | fields)


def resolved(sequence: int = 3, **fields: Any) -> Alert:
    """Return the same alert at its end."""
    content: dict[str, Any] = {
        "sequence": sequence,
        "transition": Transition.RESOLVED,
        "reason": "level-fell",
        "level": Level.NORMAL,
        "previous_level": Level.CRITICAL,
        "severity": "Minor",
        "urgency": "Past",
        "recorded_at": at(hours=sequence - 1),
        "headline": f"NORMAL on {SEGMENT}, from critical: no step of the ladder is in force",
    }
    return alert(**content | fields)


def notification(*alerts: Alert, **fields: Any) -> Notification:
    """Return what the duty desk is told of ``alerts``; without any, of one that was raised."""
    told = alerts or (alert(),)
    content: dict[str, Any] = {
        "notification_id": "N-1",
        "receiver": "duty desk",
        "traffic": told[0].traffic,
        "group": {"border_id": "KGZ-TJK"},
        "alerts": told,
    }
    return Notification(**content | fields)
