"""Asks the ledger by SQL in DuckDB: warning before the first death, alerts a week, false alarms.

Needs: pip install duckdb pandas sqlalchemy "psycopg[binary]", and a ledger (forewarn ledger run).
       Nothing of Forewarn.
Run:   LEDGER=sqlite:///.forewarn/ledger.sqlite python analyse.py
       LEDGER=postgresql+psycopg://forewarn:PASSWORD@host/database python analyse.py

DuckDB's own ways into SQLite and PostgreSQL are extensions that it downloads when they are first
used, which a closed network cannot. So the few columns that an answer needs go through pandas.
"""

import os

import duckdb
import pandas as pd
import sqlalchemy as sa

WITHIN_DAYS = 14  # how long after a first warning a death still counts as foretold

LOADED = {  # times of the ledger are microseconds since 1970, UTC
    "alerts": "SELECT alert_id, segment_id, opened_at FROM alerts WHERE traffic = 'actual'",
    # What became of each incident on each segment that it lies on, or near to.
    "observations": 'SELECT segment_id, incident_id, kind, own, "offset", value FROM observations'
    " WHERE traffic = 'actual' AND incident_id IS NOT NULL",
}
PREPARED = """
-- The last word on each: asserted with what it counts as, or retracted. 'own': not only nearby.
CREATE VIEW last AS
  SELECT *, decode(value::BLOB)::JSON -> 'effect' AS effect FROM observations
  QUALIFY row_number() OVER (PARTITION BY segment_id, incident_id ORDER BY "offset" DESC) = 1;
CREATE VIEW deaths AS
  SELECT segment_id, (effect ->> 'start')::TIMESTAMP AS died FROM last
  WHERE kind = 'assert' AND own::BOOLEAN AND (effect ->> 'deaths')::INTEGER > 0;
CREATE VIEW episodes AS
  SELECT DISTINCT alert_id, segment_id, make_timestamp(opened_at::BIGINT) AS opened FROM alerts;
"""
ASKED = {
    "Hours from the first alert to the first death, by segment": f"""
        WITH first AS (SELECT segment_id, min(died) AS death FROM deaths GROUP BY segment_id)
        SELECT f.segment_id, f.death, min(e.opened) AS warned,
          round(date_diff('minute', min(e.opened), f.death) / 60, 1) AS lead_hours
        FROM first f LEFT JOIN episodes e ON e.segment_id = f.segment_id
          AND e.opened BETWEEN f.death - INTERVAL {WITHIN_DAYS} DAY AND f.death
        GROUP BY f.segment_id, f.death ORDER BY f.death""",
    "Alerts a week": """
        SELECT date_trunc('week', opened)::DATE AS week, count(*) AS alerts
        FROM episodes GROUP BY week ORDER BY week""",
    f"Alerts after which nobody died within {WITHIN_DAYS} days": f"""
        SELECT count(*) AS alerts, count(*) FILTER (NOT foretold) AS false_alarms FROM (
          SELECT EXISTS (SELECT 1 FROM deaths d WHERE d.segment_id = e.segment_id AND d.died
            BETWEEN e.opened AND e.opened + INTERVAL {WITHIN_DAYS} DAY) AS foretold
          FROM episodes e)""",
}


def main() -> None:
    # Nothing is written, and the ledger may go on writing meanwhile.
    engine = sa.create_engine(os.environ.get("LEDGER", "sqlite:///.forewarn/ledger.sqlite"))
    duck = duckdb.connect()
    with engine.connect() as ledger:
        for name, query in LOADED.items():
            duck.register(name, pd.read_sql_query(sa.text(query), ledger))
    duck.execute(PREPARED)
    for title, query in ASKED.items():
        print(f"\n{title}\n{duck.execute(query).df().to_string(index=False)}")


if __name__ == "__main__":
    main()
