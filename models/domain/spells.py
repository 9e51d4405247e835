"""For how long each level stood around a violent day: what a timeline draws."""

from dataclasses import dataclass
from datetime import timedelta

from models.domain.leadtimes import AFTERWARDS, By, Track, in_force
from models.domain.violence import ViolentDay
from schemas.assessment import Level


@dataclass(frozen=True, slots=True)
class Spell:
    """A level above normal, by one of them, from ``begins`` to ``ends`` [h].

    Hours count from when the violence began; below zero lies before it.
    """

    by: By
    level: Level
    begins: float
    ends: float


def spells(day: ViolentDay, along: Track, within: timedelta) -> tuple[Spell, ...]:
    """Return the spells from ``within`` before a violent day to as long after as leads look."""
    opens, ends = day.begins - within, day.begins + AFTERWARDS
    found: list[Spell] = []
    for by in By:
        for standing, until in in_force(along, opens, ends):
            last = ends if until is None else min(until, ends)
            begins = (max(standing.since, opens) - day.begins) / timedelta(hours=1)
            spell = Spell(by, standing.level(by), begins, (last - day.begins) / timedelta(hours=1))
            _append(found, spell)
    return tuple(s for s in found if s.level is not Level.NORMAL)


def _append(found: list[Spell], spell: Spell) -> None:
    """Add a spell; one that goes on with the same level makes the last one longer."""
    if found and (found[-1].by, found[-1].level) == (spell.by, spell.level):
        spell = Spell(spell.by, spell.level, found.pop().begins, spell.ends)
    found.append(spell)
