"""Every row of the real UCDP files arrives, or is named."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.event import IncidentEvent
from services.importers.ucdp import read

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ABSENT = f"the UCDP files are absent: put them into {DATA.parent.name}/{DATA.name} beside the code"
NAMES = (
    "ucdp_ged211_1989_2017",
    "ucdp_ged231_random1000",
    "ucdp_ged_nigeria_hdx_vintage2020_1990_2019",
    "ucdp_ged_ukraine_hdx_vintage2020_2014_2019",
    "ucdp_ged_ukraine_hdx_vintage2022_2014_2021",
)
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=ABSENT)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_release_becomes_an_incident_of_its_own(name: str) -> None:
    path = DATA / f"{name}.parquet"
    kinds: Counter[str] = Counter()
    ids = set()
    for item in read(path):
        kinds[type(item).__name__] += 1
        if isinstance(item, IncidentEvent):
            ids.add(item.data.incident_id)
    print(f"{path.name}: {dict(kinds)}")
    assert kinds == {"IncidentEvent": pq.read_metadata(path).num_rows}
    assert len(ids) == kinds["IncidentEvent"]


def test_no_file_of_ucdp_is_left_untried() -> None:
    assert {path.stem for path in DATA.glob("ucdp*.parquet")} == set(NAMES)
