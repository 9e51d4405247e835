"""Which broker the local stack uses."""

import pytest

from services.local.broker import BrokerKind, NoBroker, Tools, choose

EVERYTHING = Tools(java=17, maven=True)
NOTHING = Tools(java=None, maven=False)


@pytest.mark.parametrize(
    ("found", "bootstrap", "expected"),
    [
        (EVERYTHING, None, BrokerKind.KAFKA),
        (EVERYTHING, "host:9092", BrokerKind.EXISTING),
        (NOTHING, "host:9092", BrokerKind.EXISTING),
        (NOTHING, None, BrokerKind.TANSU),
        (Tools(java=11, maven=True), None, BrokerKind.TANSU),
        (Tools(java=21, maven=False), None, BrokerKind.TANSU),
    ],
)
def test_without_a_preference_the_best_that_can_run_is_used(
    found: Tools, bootstrap: str | None, expected: BrokerKind
) -> None:
    assert choose(found, bootstrap, None) is expected


def test_a_preference_that_can_be_met_is_met() -> None:
    assert choose(EVERYTHING, None, BrokerKind.TANSU) is BrokerKind.TANSU
    assert choose(EVERYTHING, "host:9092", BrokerKind.KAFKA) is BrokerKind.KAFKA


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (NOTHING, "Java 17 or newer .found: none"),
        (Tools(java=11, maven=True), "found: 11"),
        (Tools(java=17, maven=False), "Maven"),
    ],
)
def test_a_preference_that_cannot_be_met_names_what_is_missing(found: Tools, missing: str) -> None:
    with pytest.raises(NoBroker, match=missing):
        choose(found, None, BrokerKind.KAFKA)


def test_an_existing_broker_needs_an_address() -> None:
    with pytest.raises(NoBroker, match="FOREWARN_KAFKA__BOOTSTRAP_SERVERS"):
        choose(EVERYTHING, None, BrokerKind.EXISTING)
