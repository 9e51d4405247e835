"""How far back the features look, how fast what they weigh fades, and what is usual."""

from models.domain.risk import HISTORY_DAYS

COUNT_DAYS = (1, 3, 7, 14, 30, 90, 180, 365, HISTORY_DAYS)
DEATH_DAYS = (7, 30, 90, 365, HISTORY_DAYS)
NEARBY_DAYS = (7, 14, 30, 90, 365, HISTORY_DAYS)
WORST_DAYS = 365
HALF_LIVES = (7, 30, 90, 180, 365)
DEATH_HALF_LIVES = (30, 180)
MAGNITUDE_HALF_LIVES = (180,)
NEARBY_HALF_LIVES = (30, 180)
SHARE_WEEKS = (8, 26, 52, 104, 157)
ESCALATION_HALF_LIVES = (90, 365)
ACTIVE_WEEKS = (13, 52)
"""All of them ascend; days that are over, beside today."""

USUAL_ONSET = 0.018
"""Share of the quiet days of the world's candidates that begin a fortnight with a death: GED."""
USUAL_ESCALATION = 0.016
"""Share of the days of the world's candidates that begin an escalation: GED 1989-2017."""
PRIOR_DAYS = 100.0
"""Weight of the usual share against a segment's own days [days]."""
PRIOR_GAPS = 2.0
"""Weight of the usual share against a segment's own gaps [gaps]."""
