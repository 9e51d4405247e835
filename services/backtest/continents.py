"""On which continent a border lies: a table of countries after GeoNames (CC BY 4.0)."""

import json
from collections.abc import Mapping
from importlib.resources import files


def of_borders(borders: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return the continent of each border: ``Asia``; ``Africa/Asia`` where its countries differ.

    Parameters
    ----------
    borders
        The two countries, ISO 3166-1 alpha-3, of each border.
    """
    table = json.loads(files("models").joinpath("geo", "continents.json").read_text())
    known = {code: continent for continent, codes in table.items() for code in codes}
    return {b: "/".join(sorted({known[c] for c in pair})) for b, pair in borders.items()}
