"""What the daily report says in words that are put together: pure."""

from collections.abc import Iterable, Mapping

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import IncidentReport, Toll
from schemas.taxonomy import STEP_OF
from services.console.daily.account import Account, Moved, News
from services.console.daily.day import BESIDE
from services.console.daily.totals import Event, by_kind, losses, told
from services.console.looks import look
from services.console.segment.timeline import claims, people
from services.console.words import Words
from services.ledger.levels import Stands

OTHERWISE = " Ladder ("
"""Where the explanation of an alert goes on to what the ladder and the model say."""


def level(words: Words, found: Level | None) -> str:
    """Return a level by mark and word, which need no colour."""
    name = found.value if found else "none"
    return f"{look(found).mark} {words(f'level.{name}')}"


def standing(words: Words, levels: Mapping[Level | None, int]) -> str:
    """Return how many places are at which level, the worst first."""
    order = [*sorted(Level, key=lambda one: -one.rank), None]
    found = [f"{level(words, one)}: {levels[one]}" for one in order if levels.get(one)]
    return "; ".join(found)


def way(words: Words, moved: Moved) -> str:
    """Return how a level changed; nothing where it did not."""
    if not moved.changed:
        return words("daily.same")
    before = moved.before.level.rank if moved.before else 0
    after = moved.after.level.rank if moved.after else 0
    return words("daily.rose" if after > before else "daily.fell")


def chance(moved: Moved) -> str:
    """Return the probability of escalation at the end of the day, and by how much it moved [%]."""
    if moved.after is None:
        return "-"
    now = f"{100 * moved.after.escalation_14d:.1f}"
    if moved.before is None:
        return now
    # Of the rounded figures: what is written beside each other adds up.
    by = float(now) - round(100 * moved.before.escalation_14d, 1)
    return now if abs(by) < 0.05 else f"{now} ({by:+.1f})"


def happened_to(told: Alert) -> str:
    """Return what of an alert's explanation tells of this transition; not what stands beside it."""
    return told.explanation.partition(OTHERWISE)[0]


def transitions(words: Words, others: Mapping[Transition, int]) -> str:
    """Return how many transitions there were of each kind."""
    return "; ".join(
        f"{words(f'transition.{kind.value}')}: {n}" for kind, n in sorted(others.items())
    )


def what(words: Words, report: IncidentReport) -> str:
    """Return what happened, with the highest step of the ladder that was seen."""
    kind = words(f"sub_event_type.{report.sub_event_type.name.lower()}")
    own = STEP_OF.get(report.sub_event_type)
    step = max((*report.steps, *([own] if own else [])), default=None)
    return kind if step is None else f"{kind} ({words('daily.step', step=step.value)})"


def toll(words: Words, found: Toll) -> str:
    """Return a number of persons: best, and low to high; unknown is never 0."""
    return people(words, found.low, found.best, found.high)


def claimed(words: Words, report: IncidentReport) -> list[str]:
    """Return who claims what, each claim apart."""
    return [
        words("daily.claim", who=who, side=side, killed=killed, injured=injured)
        for who, side, killed, injured in claims(words, report.fatalities, report.injured)
    ]


def news(words: Words, one: News) -> str:
    """Return what became known of an incident: that it happened, or another toll.

    Of one that is taken back there is nothing to say beside that.
    """
    now = toll(words, one.report.fatalities)
    if one.before is None:
        return words("daily.first", killed=now)
    if one.status == "retracted" or (before := toll(words, one.before)) == now:
        return ""
    return words("daily.toll_changed", before=before, now=now)


def sums(words: Words, account: Account) -> tuple[list[str], list[tuple[str, str, str, str]]]:
    """Return the day beside those before it: events by kind, all of them, and the tolls."""
    columns = [
        words("daily.kind"),
        words("daily.this_day"),
        words("daily.before", n=BESIDE),
        words("daily.mean"),
    ]
    kinds = by_kind(account.today, account.earlier)
    rows = [
        (words(f"sub_event_type.{kind.name.lower()}"), f"{now}", f"{then}", _mean(then))
        for kind, (now, then) in kinds.items()
    ]
    all_now, all_then = len(account.today), len(account.earlier)
    rows.append((words("daily.all"), f"{all_now}", f"{all_then}", _mean(all_then)))
    for name, of in (("daily.killed", _killed), ("daily.injured", _injured)):
        now, then = (losses(of(events)) for events in (account.today, account.earlier))
        rows.append((words(name), told(words, now), told(words, then), "-"))
    return columns, rows


def killed(words: Words, account: Account) -> str:
    """Return how many were killed on the day."""
    return told(words, losses(_killed(account.today)))


def worst(standing: Iterable[Stands | None]) -> Level:
    """Return the worst of some levels; where nothing was said it is normal."""
    return Level.worst(Level.NORMAL, *(stands.level for stands in standing if stands is not None))


def _killed(events: Iterable[Event]) -> list[Toll]:
    return [event.killed for event in events]


def _injured(events: Iterable[Event]) -> list[Toll]:
    return [event.injured for event in events]


def _mean(of_all: int) -> str:
    return f"{of_all / BESIDE:.1f}"
