"""Finds the ISO 3166 code of a country as UCDP names it."""

from functools import cache
from typing import Final

import pycountry

# UCDP's names that ISO 3166 does not know, without what stands in brackets. XKX is the user-assigned
# code that the borders of this project use for Kosovo.
_NAMES: Final = {
    "Bosnia-Herzegovina": "BIH",
    "DR Congo": "COD",
    "East Timor": "TLS",
    "Ivory Coast": "CIV",
    "Kosovo": "XKX",
    "Macedonia, FYR": "MKD",
    "Russia": "RUS",
    "Turkey": "TUR",
}


@cache
def country_code(iso3: str | None, name: str) -> str | None:
    """Return the alpha-3 code: ``iso3`` if it is one, else that of ``name``; None if unknown.

    UCDP gives some countries a former name in brackets, 'Serbia (Yugoslavia)': the code is that of
    the country which bears the first name now.
    """
    if iso3 and (iso3 in _NAMES.values() or pycountry.countries.get(alpha_3=iso3)):
        return iso3
    short = name.partition("(")[0].strip()
    if short in _NAMES:
        return _NAMES[short]
    try:
        code: str = pycountry.countries.lookup(short).alpha_3
    except LookupError:
        return None
    return code
