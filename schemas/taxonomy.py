"""What kinds of incident there are: ACLED's types, border precursors, and the tables onto them."""

from enum import IntEnum, StrEnum
from typing import Final


class EventType(StrEnum):
    """ACLED's six event types (ACLED Codebook, 2023)."""

    BATTLES = "Battles"
    EXPLOSIONS = "Explosions/Remote violence"
    VIOLENCE_AGAINST_CIVILIANS = "Violence against civilians"
    RIOTS = "Riots"
    PROTESTS = "Protests"
    STRATEGIC = "Strategic developments"


class SubEventType(StrEnum):
    """ACLED's sub-event types, then border precursors and de-escalation of our own."""

    ARMED_CLASH = "Armed clash"
    GOVERNMENT_REGAINS_TERRITORY = "Government regains territory"
    NON_STATE_OVERTAKES_TERRITORY = "Non-state actor overtakes territory"
    CHEMICAL_WEAPON = "Chemical weapon"
    AIR_DRONE_STRIKE = "Air/drone strike"
    SUICIDE_BOMB = "Suicide bomb"
    SHELLING = "Shelling/artillery/missile attack"
    REMOTE_EXPLOSIVE = "Remote explosive/landmine/IED"
    GRENADE = "Grenade"
    SEXUAL_VIOLENCE = "Sexual violence"
    ATTACK = "Attack"
    ABDUCTION = "Abduction/forced disappearance"
    VIOLENT_DEMONSTRATION = "Violent demonstration"
    MOB_VIOLENCE = "Mob violence"
    PEACEFUL_PROTEST = "Peaceful protest"
    PROTEST_WITH_INTERVENTION = "Protest with intervention"
    EXCESSIVE_FORCE = "Excessive force against protesters"
    AGREEMENT = "Agreement"
    ARRESTS = "Arrests"
    CHANGE_TO_GROUP = "Change to group/activity"
    DISRUPTED_WEAPONS_USE = "Disrupted weapons use"
    HEADQUARTERS = "Headquarters or base established"
    LOOTING = "Looting/property destruction"
    NON_VIOLENT_TRANSFER = "Non-violent transfer of territory"
    OTHER = "Other"
    # Precursors: what is seen on a border before the first shot.
    WORKS = "Works on contested ground"
    ROAD_BLOCKADE = "Road blockade"
    WARNING_SHOTS = "Warning shots"
    STONE_THROWING = "Stone-throwing"
    MOVEMENT = "Troop or heavy-weapon movement"
    ACCESS_DENIED = "Monitor access denied"
    CEASEFIRE_VIOLATIONS = "Ceasefire violation count"
    # De-escalation. "Agreement" is ACLED's own.
    TALKS = "Talks"
    WITHDRAWAL = "Withdrawal"
    JOINT_PATROL = "Joint patrol"


class Step(IntEnum):
    """The ladder of same-day escalation on a border; a later step is worse."""

    WORKS = 1
    STONES = 2
    WARNING_SHOTS = 3
    SHOTS = 4
    HEAVY_WEAPONS = 5

    @property
    def words(self) -> str:
        """The step as a reader would say it."""
        return STEP_WORDS[self]


STEP_WORDS: Final = {
    Step.WORKS: "works or a blockade on contested ground",
    Step.STONES: "stone-throwing",
    Step.WARNING_SHOTS: "warning shots",
    Step.SHOTS: "shots fired at people",
    Step.HEAVY_WEAPONS: "heavy weapons",
}

_T = EventType
_S = SubEventType

# ACLED's assignment of sub-event types to event types; each sub-event has exactly one.
TYPE_OF: Final[dict[SubEventType, EventType]] = {
    sub: kind
    for kind, subs in {
        _T.BATTLES: (
            _S.ARMED_CLASH,
            _S.GOVERNMENT_REGAINS_TERRITORY,
            _S.NON_STATE_OVERTAKES_TERRITORY,
        ),
        _T.EXPLOSIONS: (
            _S.CHEMICAL_WEAPON,
            _S.AIR_DRONE_STRIKE,
            _S.SUICIDE_BOMB,
            _S.SHELLING,
            _S.REMOTE_EXPLOSIVE,
            _S.GRENADE,
        ),
        _T.VIOLENCE_AGAINST_CIVILIANS: (_S.SEXUAL_VIOLENCE, _S.ATTACK, _S.ABDUCTION),
        _T.RIOTS: (_S.VIOLENT_DEMONSTRATION, _S.MOB_VIOLENCE),
        _T.PROTESTS: (_S.PEACEFUL_PROTEST, _S.PROTEST_WITH_INTERVENTION, _S.EXCESSIVE_FORCE),
        _T.STRATEGIC: (
            _S.AGREEMENT,
            _S.ARRESTS,
            _S.CHANGE_TO_GROUP,
            _S.DISRUPTED_WEAPONS_USE,
            _S.HEADQUARTERS,
            _S.LOOTING,
            _S.NON_VIOLENT_TRANSFER,
            _S.OTHER,
            _S.WORKS,
            _S.ROAD_BLOCKADE,
            _S.WARNING_SHOTS,
            _S.STONE_THROWING,
            _S.MOVEMENT,
            _S.ACCESS_DENIED,
            _S.CEASEFIRE_VIOLATIONS,
            _S.TALKS,
            _S.WITHDRAWAL,
            _S.JOINT_PATROL,
        ),
    }.items()
    for sub in subs
}

# The step that a sub-event shows by itself; a report may name further steps it saw. A battle is
# shots until the report says more; shelling and air strikes are heavy weapons by definition.
STEP_OF: Final[dict[SubEventType, Step]] = {
    _S.WORKS: Step.WORKS,
    _S.ROAD_BLOCKADE: Step.WORKS,
    _S.STONE_THROWING: Step.STONES,
    _S.MOB_VIOLENCE: Step.STONES,
    _S.VIOLENT_DEMONSTRATION: Step.STONES,
    _S.WARNING_SHOTS: Step.WARNING_SHOTS,
    _S.MOVEMENT: Step.WARNING_SHOTS,
    _S.CEASEFIRE_VIOLATIONS: Step.SHOTS,
    _S.ARMED_CLASH: Step.SHOTS,
    _S.GOVERNMENT_REGAINS_TERRITORY: Step.SHOTS,
    _S.NON_STATE_OVERTAKES_TERRITORY: Step.SHOTS,
    _S.ATTACK: Step.SHOTS,
    _S.GRENADE: Step.SHOTS,
    _S.SUICIDE_BOMB: Step.SHOTS,
    _S.REMOTE_EXPLOSIVE: Step.SHOTS,
    _S.SHELLING: Step.HEAVY_WEAPONS,
    _S.AIR_DRONE_STRIKE: Step.HEAVY_WEAPONS,
    _S.CHEMICAL_WEAPON: Step.HEAVY_WEAPONS,
}

DE_ESCALATION: Final = frozenset({_S.AGREEMENT, _S.TALKS, _S.WITHDRAWAL, _S.JOINT_PATROL})
