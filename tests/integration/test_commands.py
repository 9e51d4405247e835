"""An operator's word, from the command line to the state."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import ASSESSMENTS, INCIDENTS
from services import records, topics
from services.settings import Settings
from services.tail import tail
from tests.builders import event, report
from tests.integration.conftest import Start
from tests.integration.terminal import forewarn

# A command is recorded now, and what is older than a fortnight then is named no more.
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

SEGMENT = "KGZ-TJK-050-02"

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def publish(settings: Settings) -> None:
    """Report one clash by two agencies, the second one too late to be linked by itself."""
    first = report(incident_id="I-1", deaths=2, start=TODAY, sources=[{"name": "an agency"}])
    later = TODAY + timedelta(hours=8)
    second = report(incident_id="I-2", deaths=2, start=later, sources=[{"name": "another"}])
    other_day = report(incident_id="I-3", start=TODAY - timedelta(days=1))
    producer = AIOKafkaProducer(**settings.kafka.client_options())
    await producer.start()
    for said in (first, second, other_day):
        record = records.incident(event(said, datetime.now(UTC)))
        await producer.send_and_wait(
            topics.name(INCIDENTS, settings.kafka),
            record.value,
            key=record.key,
            headers=list(record.headers),
            timestamp_ms=records.milliseconds(record.at),
        )
    await producer.stop()


async def test_two_reports_are_linked_and_unlinked_by_an_operator(
    settings: Settings, start: Start
) -> None:
    async with start(), tail(settings.kafka, (ASSESSMENTS,)) as feed:
        said = aiter(feed)

        async def links() -> dict[str, str | None]:
            # The segments nearby are told of the clash too, and name it.
            assessed = (await asyncio.wait_for(anext(said), 60)).value
            while assessed.segment_id != SEGMENT:
                assessed = (await asyncio.wait_for(anext(said), 60)).value
            return {i.incident_id: i.corroborates for i in assessed.incidents}

        await publish(settings)
        while (found := await links()).keys() != {"I-1", "I-2", "I-3"}:
            pass
        assert found == {"I-1": None, "I-2": None, "I-3": None}
        code, text = await forewarn(settings, "link", "I-2", "I-1", "--author", "duty officer")
        assert (code, text) == (0, f"linked: I-2 and I-1 on KGZ-TJK-050-02, {TODAY:%Y-%m-%d}\n")
        assert await links() == {"I-1": None, "I-2": "I-1", "I-3": None}
        code, text = await forewarn(settings, "unlink", "I-1", "I-2", "--author", "duty officer")
        assert code == 0, text
        assert await links() == {"I-1": None, "I-2": None, "I-3": None}
        code, text = await forewarn(settings, "link", "I-1", "I-3", "--author", "duty officer")
        assert code == 2
        yesterday = TODAY - timedelta(days=1)
        assert f"I-3: KGZ-TJK-050-02 (actual) on {yesterday:%Y-%m-%d}" in text
        code, text = await forewarn(settings, "link", "I-1", "I-9", "--author", "duty officer")
        assert "I-9: counts nowhere" in text
