"""The files that the commands of the pages name: made-up content, in the right formats."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pandas as pd

from tests import ged_builders
from tests.builders import raw, report
from tests.docs.pages import ROOT
from tests.models import copied
from tests.unit.test_acled_importer import DELETED, JUNE, ROW, as_csv
from tests.unit.test_gdelt_importer import line

TOO_FAR = {
    "name": "Synthetic port",
    "latitude": 0,
    "longitude": 0,
    "precision": "exact",
    "countries": (),
}
"""A place that lies near no border."""


def write(folder: Path) -> None:
    """Write every file that a page names into ``folder``."""
    _ucdp(folder)
    as_csv(folder / "events.csv", [ROW, ROW | {"event_id_cnty": "KGZ999002"}])
    as_csv(folder / "may.csv", [ROW, ROW | {"event_id_cnty": "KGZ999003"}])
    as_csv(folder / "june.csv", [ROW | {"fatalities": "3", "timestamp": str(JUNE)}])
    as_csv(folder / "deleted.csv", [DELETED | {"event_id_cnty": "KGZ999003"}])
    with zipfile.ZipFile(folder / "20240501120000.export.CSV.zip", "w") as packed:
        packed.writestr("20240501120000.export.CSV", f"{line()}\n{line(GLOBALEVENTID='2')}\n")
    (folder / "reports.ndjson").write_bytes(
        b"\n".join(raw(report(incident_id=f"BATCH-{n}")) for n in range(3)) + b"\nno report\n"
    )
    plain = report(incident_id="REPORT-1").model_dump_json(exclude_none=True)
    (folder / "incident.json").write_text(plain)
    corrected = report(incident_id="MISSION-421", status="corrected", status_reason="who fired")
    (folder / "corrected.json").write_text(
        corrected.model_dump_json(exclude_none=True, exclude={"revision"})
    )
    copied(folder / ".forewarn" / "models" / "mine-2")
    told = (ROOT / "deploy" / "notifier.toml").read_text()
    (folder / "notifier.toml").write_text(told.replace("/var/lib/forewarn/cap", f"{folder}/cap"))


def _ucdp(folder: Path) -> None:
    """Write a release of UCDP GED, in all the columns that are read, and one before it."""
    table = pd.read_csv(ged_builders.write(folder / "ged.csv"))
    table = table.assign(
        relid="SYN-" + table["id"].astype(str),
        code_status="Clear",
        type_of_violence=1,
        conflict_name="Northland: Government",
        side_a="Synthetic Guards of Northland",
        side_b="Synthetic Guards of Southland",
        where_coordinates="Synthetic village",
        country="Tajikistan",
        date_prec=1,
        date_start=table["date_end"],
        low=table["best"],
        high=table["best"],
    )
    table.to_csv(folder / "ged.csv", index=False)
    table.to_parquet(folder / "ged.parquet")
    table[:40].to_parquet(folder / "ged211.parquet")
    changed = table[1:42].assign(best=lambda t: t["best"] + (t["id"] == 5))
    changed.assign(high=changed["best"]).to_parquet(folder / "ged221.parquet")


def others(folder: Path) -> Path:
    """Write reports that the pages speak of: another agency's, and one too far from any border."""
    path = folder / "others.ndjson"
    beside = report(incident_id="AGENCY-77", start=datetime.now(UTC).replace(microsecond=0))
    far = report(incident_id="FAR-1", place=TOO_FAR)
    path.write_bytes(b"\n".join(raw(one) for one in (beside, far)))
    return path


def damaged() -> list[tuple[bytes, bytes]]:
    """Return records that no worker can read, by their keys."""
    event = orjson.loads(raw(report(incident_id="LATER-1")))
    later = orjson.dumps(event | {"type": "forewarn.incident.v9"})
    return [(b"BAD-1", b"no json"), (b"LATER-1", later)]
