"""Tables that put the codes of UCDP, ACLED and CAMEO onto the taxonomy; none follows a rule."""

from typing import Final

from schemas.incident import GeoPrecision, TimePrecision
from schemas.taxonomy import TYPE_OF, EventType, SubEventType

_S = SubEventType

# UCDP GED `type_of_violence`, by number in a full release and by words in the reduced table. UCDP
# does not code the weapon: a battle is a clash, and one-sided violence an attack.
UCDP_VIOLENCE: Final[dict[str, SubEventType]] = {
    "1": _S.ARMED_CLASH,
    "2": _S.ARMED_CLASH,
    "3": _S.ATTACK,
    "State-based violence": _S.ARMED_CLASH,
    "Non-state violence": _S.ARMED_CLASH,
    "One-sided violence": _S.ATTACK,
}

# UCDP GED `where_prec`.
UCDP_WHERE: Final[dict[int, GeoPrecision]] = {
    1: GeoPrecision.EXACT,
    2: GeoPrecision.NEAR,
    3: GeoPrecision.DISTRICT,
    4: GeoPrecision.PROVINCE,
    5: GeoPrecision.LINEAR,
    6: GeoPrecision.COUNTRY,
    7: GeoPrecision.INTERNATIONAL,
}

# UCDP GED `date_prec`. 2 is a range of 2 to 6 days, 5 a range of more than a month up to a year;
# each takes the smallest precision of ours that is sure to hold it.
UCDP_WHEN: Final[dict[int, TimePrecision]] = {
    1: TimePrecision.DAY,
    2: TimePrecision.WEEK,
    3: TimePrecision.WEEK,
    4: TimePrecision.MONTH,
    5: TimePrecision.YEAR,
}

# ACLED `sub_event_type` (ACLED Codebook, 2023): the taxonomy's own words, spelt as ACLED does. The
# precursors and de-escalation that are Forewarn's alone are not ACLED's, and not in the table.
ACLED_SUB_EVENTS: Final[dict[str, SubEventType]] = {
    "Government regains territory": _S.GOVERNMENT_REGAINS_TERRITORY,
    "Non-state actor overtakes territory": _S.NON_STATE_OVERTAKES_TERRITORY,
    "Armed clash": _S.ARMED_CLASH,
    "Excessive force against protesters": _S.EXCESSIVE_FORCE,
    "Protest with intervention": _S.PROTEST_WITH_INTERVENTION,
    "Peaceful protest": _S.PEACEFUL_PROTEST,
    "Violent demonstration": _S.VIOLENT_DEMONSTRATION,
    "Mob violence": _S.MOB_VIOLENCE,
    "Chemical weapon": _S.CHEMICAL_WEAPON,
    "Air/drone strike": _S.AIR_DRONE_STRIKE,
    "Suicide bomb": _S.SUICIDE_BOMB,
    "Shelling/artillery/missile attack": _S.SHELLING,
    "Remote explosive/landmine/IED": _S.REMOTE_EXPLOSIVE,
    "Grenade": _S.GRENADE,
    "Sexual violence": _S.SEXUAL_VIOLENCE,
    "Attack": _S.ATTACK,
    "Abduction/forced disappearance": _S.ABDUCTION,
    "Agreement": _S.AGREEMENT,
    "Arrests": _S.ARRESTS,
    "Change to group/activity": _S.CHANGE_TO_GROUP,
    "Disrupted weapons use": _S.DISRUPTED_WEAPONS_USE,
    "Headquarters or base established": _S.HEADQUARTERS,
    "Looting/property destruction": _S.LOOTING,
    "Non-violent transfer of territory": _S.NON_VIOLENT_TRANSFER,
    "Other": _S.OTHER,
}

# ACLED `geo_precision`: 1 a town that the report names; 2 a part of a region, for which its capital
# stands; 3 a larger region, likewise. Where a capital stands for an area its point is no place.
ACLED_WHERE: Final[dict[int, GeoPrecision]] = {
    1: GeoPrecision.EXACT,
    2: GeoPrecision.DISTRICT,
    3: GeoPrecision.PROVINCE,
}

# ACLED `time_precision`: the day, the week, the month.
ACLED_WHEN: Final[dict[int, TimePrecision]] = {
    1: TimePrecision.DAY,
    2: TimePrecision.WEEK,
    3: TimePrecision.MONTH,
}

# GDELT `ActionGeo_Type` (GDELT Event Codebook V2.0, 2015). A city stands for what is named after it
# or lies in it, found by a machine: near, never exact.
GDELT_WHERE: Final[dict[int, GeoPrecision]] = {
    1: GeoPrecision.COUNTRY,
    2: GeoPrecision.PROVINCE,
    3: GeoPrecision.NEAR,
    4: GeoPrecision.NEAR,
    5: GeoPrecision.PROVINCE,
}

# CAMEO codes; a code takes the longest prefix that stands here. None cuts a branch off its parent.
CAMEO: Final[dict[str, SubEventType | None]] = {
    "0357": _S.TALKS,  # express intent to de-escalate: a word, not yet a withdrawal
    "036": _S.TALKS,
    "037": _S.TALKS,
    "038": _S.TALKS,
    "039": _S.TALKS,
    "04": _S.TALKS,
    "057": _S.AGREEMENT,
    "062": _S.JOINT_PATROL,
    "087": _S.WITHDRAWAL,
    "0871": _S.AGREEMENT,
    "14": _S.PEACEFUL_PROTEST,
    "144": _S.ROAD_BLOCKADE,
    "145": _S.VIOLENT_DEMONSTRATION,
    "150": _S.MOVEMENT,
    "152": _S.MOVEMENT,
    "154": _S.MOVEMENT,
    "1642": _S.ACCESS_DENIED,
    "171": _S.LOOTING,
    "173": _S.ARRESTS,
    "175": _S.EXCESSIVE_FORCE,
    "18": _S.ATTACK,
    "181": _S.ABDUCTION,
    "1821": _S.SEXUAL_VIOLENCE,
    "183": _S.REMOTE_EXPLOSIVE,
    "1831": _S.SUICIDE_BOMB,
    "19": _S.ARMED_CLASH,
    "191": _S.ROAD_BLOCKADE,
    "194": _S.SHELLING,
    "195": _S.AIR_DRONE_STRIKE,
    "196": _S.CEASEFIRE_VIOLATIONS,
    "20": _S.ATTACK,
    "201": None,  # mass expulsion: no sub-event type says it
    "204": _S.CHEMICAL_WEAPON,
    "2042": None,  # nuclear detonation: no sub-event type says it
}


def from_cameo(code: str) -> tuple[EventType, SubEventType] | None:
    """Return the types of a CAMEO code, or None for one that says nothing about a border.

    ``code`` is text, with its leading zero: '042', never 42.
    """
    for length in range(len(code), 1, -1):
        if code[:length] in CAMEO:
            sub = CAMEO[code[:length]]
            return None if sub is None else (TYPE_OF[sub], sub)
    return None
