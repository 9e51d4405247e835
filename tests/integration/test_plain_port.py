"""A broker whose port is plain is not sent a secret: the setting that expects more is named."""

import pytest

from services import clients, topics
from services.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("SASL_SSL", "expected PLAINTEXT or SASL_PLAINTEXT"),
        ("SSL", "expected PLAINTEXT or SASL_PLAINTEXT"),
        ("SASL_PLAINTEXT", "expected PLAINTEXT"),
    ],
)
async def test_a_plain_port_is_no_place_for_a_secret_and_is_said_to_be_one(
    protocol: str, expected: str, settings: Settings
) -> None:
    said = {
        "security_protocol": protocol,
        "sasl_username": "forewarn-ledger",
        "sasl_password": "a password",
    }
    kafka = settings.kafka.model_validate(settings.kafka.model_dump() | said)
    with pytest.raises(clients.NotLetIn, match=f"SECURITY_PROTOCOL.* {expected}"):
        await topics.ensure(kafka)
