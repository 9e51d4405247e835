"""Record times: what Kafka holds is a moment that every contract can hold."""

from datetime import datetime

import pytest
from pydantic import TypeAdapter

from schemas.base import EARLIEST, LATEST, Moment
from services.records import milliseconds, moment

MOMENT: TypeAdapter[object] = TypeAdapter(Moment)


@pytest.mark.parametrize("timestamp", [-1, 0, 2**63 - 1, -(2**63), 253_402_214_400_000])
def test_every_timestamp_becomes_a_moment_that_a_contract_holds(timestamp: int) -> None:
    MOMENT.validate_python(moment(timestamp), strict=True)


@pytest.mark.parametrize("at", [EARLIEST, LATEST.replace(microsecond=999_000)])
def test_a_moment_is_kept_to_the_millisecond(at: datetime) -> None:
    assert moment(milliseconds(at)) == at
