"""Alerts on the command line: what an operator sees, says, and is answered."""

import asyncio

import pytest

from schemas.topics import ALERTS
from services.settings import Settings
from services.tail import tail
from tests.integration.conftest import Start
from tests.integration.terminal import forewarn
from tests.integration.test_commands import SEGMENT, publish

pytestmark = pytest.mark.asyncio(loop_scope="session")

BY = ("--author", "duty officer")


async def test_an_operator_looks_after_an_alert_from_its_rise_to_its_end(
    settings: Settings, start: Start
) -> None:
    async with start(), tail(settings.kafka, (ALERTS,)) as feed:
        said = aiter(feed)

        async def told() -> tuple[str, str]:
            """Return the next transition on the segment, and its alert."""
            while True:
                alert = (await asyncio.wait_for(anext(said), 60)).value.data
                if alert.segment_id == SEGMENT:
                    return alert.transition.value, alert.alert_id

        async def typed(*words: str, code: int = 0) -> str:
            found, text = await forewarn(settings, "alerts", *words)
            assert found == code, text
            return text

        assert "no alert" in await typed("list")
        await publish(settings)
        transition, alert_id = await told()
        assert transition == "raised"
        while (await told())[0] != "updated":
            pass
        assert alert_id in await typed("list", "KGZ-TJK")

        assert f"acknowledged: {alert_id}" in await typed("ack", SEGMENT, *BY, "--note", "on it")
        while (await told())[0] != "acknowledged":
            pass
        assert "acknowledged already" in await typed("ack", alert_id, *BY, code=2)

        text = await typed("silence", "KGZ-TJK", "--for", "8h", *BY)
        silence = text.partition(":")[0]
        assert (await told())[0] == "silenced"
        assert silence in await typed("silences")
        assert "silenced until" in await typed("show", SEGMENT)
        await typed("unsilence", "KGZ-TJK", silence, *BY)
        assert (await told())[0] == "unsilenced"
        assert "no silence" in await typed("silences")
        assert "not in force" in await typed("unsilence", SEGMENT, silence, *BY, code=2)

        assert "taken in" in await typed("note", SEGMENT, "seen by the mayor", *BY)
        assert f"resolved: {alert_id}" in await typed("resolve", SEGMENT, *BY)
        assert (await told())[0] == "resolved"
        assert "is no alert" in await typed("ack", SEGMENT, *BY, code=2)
        assert "not in force" in await typed("unack", alert_id, *BY, code=2)
        text = await typed("history", alert_id)
        said_in_order = ("raised", "acknowledged", "silenced", "unsilenced", "note", "resolved")
        places = [text.index(word) for word in said_in_order]
        assert places == sorted(places)
        assert "duty officer: seen by the mayor" in text


async def test_a_command_that_no_worker_reads_stays_in_the_log_and_says_so(
    settings: Settings,
) -> None:
    from schemas.command import AcknowledgeCommand
    from services import topics
    from services.alerts import answer

    await topics.ensure(settings.kafka)
    command = AcknowledgeCommand(
        kind="acknowledge", segment_id=SEGMENT, alert_id="A", author="duty officer"
    )
    with pytest.raises(answer.Unanswered, match="stands in the log"):
        await answer.say(settings.kafka, command, patience_s=0.5)
