"""The named reasons of every stage on the way from an alert to a receiver."""

from enum import StrEnum


class Why(StrEnum):
    """What a stage decided; the words go into records, logs and the dry run as they stand."""

    # Whether a route takes a transition.
    MATCHED = "matched"
    FOLLOWED = "followed"
    """The route took an earlier transition of the alert, and tells of it until its end."""
    EARLIER_ROUTE = "earlier-route"
    OTHER_TRAFFIC = "other-traffic"
    NOT_MARKED = "receiver-not-marked"
    """The receiver is not marked for this traffic, whatever the route says."""
    OTHER_BORDER = "other-border"
    OTHER_SEGMENT = "other-segment"
    BELOW_LEVEL = "below-level"
    REPEATED = "repeated"
    """The transition has been taken in before."""
    BEFORE_THE_START = "before-the-start"
    """The alert was over when the notifier first read the log."""
    NEVER_TOLD = "never-told"
    """The alert is over, and the route never told of it: there is nothing to correct."""

    # What keeps a transition back.
    INHIBITED = "inhibited"
    SILENCED = "silenced"
    QUIET_HOURS = "quiet-hours"
    TOLD_ALREADY = "told-already"
    """The receiver has it by another route."""
    ROUTE_GONE = "route-gone"
    """The route that took it is no longer configured."""

    # Why a group is told now, or waits.
    GROUP_WAIT = "group-wait"
    GROUP_INTERVAL = "group-interval"
    NOTHING_NEW = "nothing-new"
    DUE = "due"
    AT_ONCE = "at-once"
    REPEAT = "repeat"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    """Nobody acknowledged in time: the next receiver is told too."""
