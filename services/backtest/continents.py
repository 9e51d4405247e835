"""On which continent a border lies."""

import logging
from collections.abc import Mapping


def of_borders(borders: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return the continent of each border: ``Asia``; ``Africa/Asia`` where its countries differ.

    Parameters
    ----------
    borders
        The two countries, ISO 3166-1 alpha-3, of each border.
    """
    import country_converter

    # The library warns of each code that it does not know; a border without a continent has "".
    logging.getLogger("country_converter").setLevel(logging.CRITICAL)
    codes = sorted({code for pair in borders.values() for code in pair})
    converter = country_converter.CountryConverter()
    found = converter.convert(codes, src="ISO3", to="continent", not_found="")
    known = {"XKX": "Europe"} | {c: f for c, f in zip(codes, found, strict=True) if f}
    return {
        border: "/".join(sorted({known[c] for c in pair if c in known}))
        for border, pair in borders.items()
    }
