"""What people are told beside an alert, on whatever way: that it is not real, what to do next."""

from typing import Final

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic

BANNERS: Final = {
    Traffic.EXERCISE: "EXERCISE. This is part of an exercise; nothing in it has happened.",
    Traffic.TEST: "TEST. This is a test; nothing in it has happened.",
    Traffic.HEARTBEAT: "HEARTBEAT. This only shows that messages arrive; nothing has happened.",
}
"""The first line of what is told of traffic that is not actual."""

_NEXT = {
    Level.WATCH: "Follow the reports from there, and make sure that new ones reach Forewarn.",
    Level.WARNING: "Check the reports with people on the ground, and prepare for shots to follow.",
    Level.CRITICAL: "Act on your plan for this stretch of border now, and tell who is near it.",
}
_ACKNOWLEDGE = " Acknowledge the alert, so that others know that somebody looks after it."
_OVER = "The alert is over: stand down what it had set going."
_WAKES = (Transition.RAISED, Transition.ESCALATED)


def mark(traffic: Traffic) -> str:
    """Return what stands before every title of what is not real, e.g. ``EXERCISE: ``."""
    return "" if traffic is Traffic.ACTUAL else f"{traffic.upper()}: "


def over(alert: Alert) -> bool:
    """Tell whether an alert holds no more.

    It ends with its transition. One that has ended may yet be corrected, and has no level then.
    """
    return alert.transition.ends or alert.level is Level.NORMAL


def advice(alert: Alert) -> str:
    """Return what whoever is told should do next."""
    if over(alert):
        return _OVER
    wakes = alert.transition in _WAKES and not alert.acknowledged
    return _NEXT[alert.level] + (_ACKNOWLEDGE if wakes else "")
