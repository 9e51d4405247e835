"""Tables that put the codes of UCDP and CAMEO onto the taxonomy; nothing is derived by a rule."""

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
