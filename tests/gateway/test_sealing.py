"""Who reported is sealed before the log, and erased by discarding a key: decisions never see it."""

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from models.domain.revisions import fingerprint
from schemas.event import IncidentEvent
from schemas.incident import INCIDENT, IncidentReport, Source
from schemas.topics import OBSERVATIONS
from services.composition import engine
from services.gateway import seals, tables
from services.gateway.resealing import reseal
from services.gateway.sealing import NothingSealed, Sealing
from services.gateway.tables import GATEWAY
from services.gateway.wrapping import BadSealKey, Wrapping
from services.ledger import database
from services.ledger.queries import Queries
from services.ledger.rows import row
from services.ledger.store import Batch, Store
from services.records import Delivery
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from tests.builders import report, retraction

CANARY = "Witness-of-Kok-Tash"
URL = "https://witness.example.org/kok-tash"
KEY = SecretStr(base64.b64encode(os.urandom(32)).decode())


def _witness(name: str = CANARY, url: str | None = URL) -> Source:
    return Source(name=name, url=url, reliability="B", credibility=2)


def _reported(**fields: object) -> IncidentReport:
    return report(sources=(_witness(),), **fields)


@pytest.fixture(params=[None, KEY], ids=["plain keys", "wrapped keys"])
def sealing(own: Engine, request: pytest.FixtureRequest) -> Sealing:
    """The gateway's seals, with and without a key of the settings around them."""
    return Sealing(own, Wrapping(request.param))


def _told(incident: object) -> str:
    return INCIDENT.dump_json(incident).decode()  # type: ignore[arg-type]


def test_a_sealed_report_names_nobody_and_can_be_opened(sealing: Sealing) -> None:
    said = report(sources=(_witness(), _witness("Ms Ω", None), _witness("B" * 300)))
    sealed = sealing.seal(said)

    for name in (CANARY, URL, "Ms Ω", "B" * 300):
        assert name not in _told(sealed)
    assert isinstance(sealed, IncidentReport)
    assert [s.reliability for s in sealed.sources] == ["B", "B", "B"]
    assert INCIDENT.validate_json(_told(sealed), strict=True) == sealed
    assert sealing.unseal(sealed) == said


def test_the_same_revision_is_sealed_to_the_same_bytes_by_every_gateway(
    own: Engine, sealing: Sealing
) -> None:
    first = _told(sealing.seal(_reported()))
    other = Sealing(own, sealing._wrapping)
    assert _told(other.seal(_reported())) == first
    assert [_told(i) for i in other.seal_all([_reported(), _reported()])] == [first, first]
    assert _told(other.seal(_reported(revision=2))) != first


def test_pseudonyms_are_equal_where_the_fold_takes_names_for_equal(sealing: Sealing) -> None:
    names = ["Radio Isfara", " radio isfara ", "RADIO ISFARA", "Radio Batken", "Straße", "STRASSE"]
    sealed = [
        sealing.seal(report(incident_id=f"I-{n}", sources=(_witness(name),)))
        for n, name in enumerate(names)
    ]
    hidden = [i.sources[0].name for i in sealed if isinstance(i, IncidentReport)]
    for n, one in enumerate(names):
        for m, other in enumerate(names):
            same = fingerprint(one) == fingerprint(other)
            assert (fingerprint(hidden[n]) == fingerprint(hidden[m])) == same


def test_another_deployment_makes_other_pseudonyms(sealing: Sealing, tmp_path: Path) -> None:
    elsewhere = database.connect(database.place(None, tmp_path / "other", GATEWAY), GATEWAY)
    here, there = sealing.seal(_reported()), Sealing(elsewhere, Wrapping(None)).seal(_reported())
    assert isinstance(here, IncidentReport)
    assert isinstance(there, IncidentReport)
    assert here.sources[0].name != there.sources[0].name
    elsewhere.dispose()


def test_what_names_nobody_is_left_as_it_is_and_gets_no_key(sealing: Sealing, own: Engine) -> None:
    for incident in (report(), retraction()):
        assert sealing.seal(incident) == incident
    with own.connect() as connection:
        assert connection.execute(select(tables.sealing)).all() == []


def test_a_seal_that_comes_with_a_report_hides_no_name(sealing: Sealing) -> None:
    forged = _reported(sealed="AAAA")
    assert CANARY not in _told(sealing.seal(forged))
    assert sealing.seal(forged) == sealing.seal(_reported())


def test_a_seal_opens_only_on_its_own_incident_and_revision(sealing: Sealing) -> None:
    sealed = sealing.seal(_reported())
    sealing.seal(_reported(incident_id="I-2"))
    for moved in ({"incident_id": "I-2"}, {"revision": 2}):
        shown = sealing.unseal(sealed.model_copy(update=moved))
        assert CANARY not in _told(shown)
        assert isinstance(shown, IncidentReport)
        assert shown.sealed is None


def test_once_erased_nobody_reads_it_and_what_is_sent_again_is_no_conflict(
    sealing: Sealing, own: Engine
) -> None:
    sealed = sealing.seal(_reported())
    assert isinstance(sealed, IncidentReport)
    sealing.seal_all([_reported(incident_id=f"I-{n}") for n in range(2, 40)])
    kept = sealing._kept("I-1")
    assert kept is not None

    assert sealing.erase("I-1")
    assert not sealing.erase("I-1")

    shown, again = sealing.unseal(sealed), sealing.seal(_reported())
    assert shown == again == sealed.model_copy(update={"sealed": None})
    assert sealing.seal(_reported(revision=2)).model_copy(update={"revision": 1}) == again
    assert own.url.database is not None
    for file in Path(own.url.database).parent.glob("gateway.sqlite*"):
        assert kept[10:40] not in file.read_bytes(), file
    with pytest.raises(NothingSealed, match="I-77"):
        sealing.erase("I-77")


def test_with_the_setting_off_reports_go_as_they_come_and_old_ones_still_open(own: Engine) -> None:
    sealed = Sealing(own, Wrapping(None)).seal(_reported())
    off = Sealing(own, Wrapping(None), active=False)
    assert off.seal(_reported()) == _reported()
    assert off.unseal(sealed) == _reported()


def test_without_the_settings_key_the_database_opens_nothing(own: Engine) -> None:
    sealed = Sealing(own, Wrapping(KEY)).seal(_reported())
    other = SecretStr(base64.b64encode(os.urandom(32)).decode())
    for key, why in ((None, "unset"), (other, "another one")):
        with pytest.raises(BadSealKey, match=f"SEAL_KEY: {why}"):
            Sealing(own, Wrapping(key)).unseal(sealed)
    for text in ("", "c2hvcnQ=", "not base64!"):
        with pytest.raises(BadSealKey, match="32 random bytes") as refused:
            Wrapping(SecretStr(text))
        assert not text or text not in str(refused.value)


ENGINE = cache(lambda: engine(Settings(borders=("KGZ-TJK",))))
"""Decides for every replay; what it knows of a segment is the log's to keep."""

SUMMER = slice(13, 22)
"""From April to July 2021: alerts rise and end, one incident is corrected until two report it."""


def _case() -> Iterator[IncidentEvent]:
    """Yield a summer of the case, each report with sources whose names stand nowhere else."""
    for found in list(events(case(), read(case())))[SUMMER]:
        if isinstance(found.data, IncidentReport):
            sources = tuple(_witness(f"{CANARY} {s.name}") for s in found.data.sources)
            data = found.data.model_copy(update={"sources": sources})
            yield found.model_copy(update={"data": data})
        else:
            yield found


async def _replayed(reports: list[IncidentEvent]) -> tuple[list[Delivery], MemoryLog]:
    heard: list[Delivery] = []
    log = MemoryLog(ENGINE(), 4, heard.append)
    await drive(iter(reports), log)
    return heard, log


async def test_an_erasure_changes_no_byte_of_what_the_log_replays_to(
    own: Engine, tmp_path: Path
) -> None:
    sealing, plain = Sealing(own, Wrapping(KEY)), list(_case())
    sealed = [e.model_copy(update={"data": sealing.seal(e.data)}) for e in plain]
    ids = sorted({e.data.incident_id for e in sealed if getattr(e.data, "sealed", None)})
    assert len(ids) == 5
    before, log = await _replayed(sealed)
    in_clear, _ = await _replayed(plain)
    assert [_decided(r) for r in before] == [_decided(r) for r in in_clear]

    ledger = database.connect(database.place(None, tmp_path / "read", database.LEDGER))
    _fill(ledger, before)
    asked = ("KGZ-TJK-050-02", Queries(ledger, classified=True, unsealed=sealing.unseal))
    assert CANARY in repr(asked[1].incidents(asked[0]))
    assert CANARY not in repr(Queries(ledger).incidents(asked[0]))

    assert all(sealing.erase(one) for one in ids)

    after, replayed = await _replayed(sealed)
    assert after == before
    assert replayed.segments == log.segments
    assert CANARY not in repr(asked[1].incidents(asked[0]))
    for record in after:
        assert CANARY.encode() not in (record.value or b"")
        assert URL.encode() not in (record.value or b"")
    again = [e.model_copy(update={"data": sealing.seal(e.data)}) for e in plain]
    for told in again:
        outcome = await log.report(told.model_copy(update={"time": told.time + timedelta(days=99)}))
        assert (outcome.observations, outcome.rejections) == ((), ())
    ledger.dispose()
    for file in [*(tmp_path / "read").iterdir(), *tmp_path.glob("gateway.sqlite*")]:
        for name in (CANARY, CANARY.casefold(), URL):
            assert name.encode() not in file.read_bytes(), file


def _decided(record: Delivery) -> object:
    """Return a record without what may differ: who the sources are, as fingerprints or names."""
    if record.ref.topic == "incidents":
        return record.ref
    content = orjson.loads(record.value or b"{}")
    if record.ref.topic == OBSERVATIONS.name:
        for part in ("effect", "replaces"):
            if content.get(part):
                content[part]["sources"] = len(content[part]["sources"])
    return replace(record, value=orjson.dumps(content))


def _fill(ledger: Engine, log: list[Delivery]) -> None:
    store = Store(ledger)
    places = sorted({(r.ref.topic, r.ref.partition) for r in log})
    store.begin(places)
    for topic, partition in places:
        mine = [r for r in log if (r.ref.topic, r.ref.partition) == (topic, partition)]
        made = tuple(m for r in mine if (m := row(r)) is not None)
        store.write([Batch(topic, partition, 0, len(mine), made)])


def test_a_pseudonym_tells_nothing_without_the_secret() -> None:
    assert seals.pseudonym(CANARY, b"a" * 32) != seals.pseudonym(CANARY, b"b" * 32)


NEW = SecretStr(base64.b64encode(os.urandom(32)).decode())


def test_another_key_opens_what_was_sealed_and_the_old_one_nothing(
    own: Engine, sealing: Sealing
) -> None:
    said, gone = _reported(), _reported(incident_id="GONE")
    sealed, _ = sealing.seal_all([said, gone])
    sealing.erase("GONE")
    assert reseal(own, sealing._wrapping, Wrapping(NEW)) == 1

    after = Sealing(own, Wrapping(NEW))
    assert after.unseal(sealed) == said
    # The pseudonyms are those of before: a resent revision is no conflict.
    assert after.seal(said) == sealed
    assert after.erased() == 1
    with pytest.raises(BadSealKey, match=r"another one|unset"):
        Sealing(own, sealing._wrapping).unseal(sealed)
    assert reseal(own, sealing._wrapping, Wrapping(NEW)) == 0


def test_a_key_that_is_not_the_databases_changes_nothing(own: Engine) -> None:
    sealing = Sealing(own, Wrapping(KEY))
    said = _reported()
    sealed = sealing.seal(said)
    with pytest.raises(BadSealKey, match="another one"):
        reseal(own, Wrapping(NEW), Wrapping(SecretStr(base64.b64encode(bytes(32)).decode())))
    assert sealing.unseal(sealed) == said
