"""Any observation as version 1 allowed it, for property tests."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from schemas.taxonomy import Step, SubEventType

Json = dict[str, Any]

START = datetime(1850, 1, 2, tzinfo=UTC)
IDENTIFIERS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}", fullmatch=True)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
CENTURIES = st.integers(0, 300 * 365 * 86_400 * 1_000_000)
MOMENTS = st.builds(
    lambda since, zone: (START + timedelta(microseconds=since)).astimezone(zone).isoformat(),
    CENTURIES,
    st.just(UTC) | ZONES,
)
RECORDS = st.fixed_dictionaries(
    {"topic": NAMES, "partition": st.integers(0, 10**6), "offset": st.integers(0, 2**62)}
)
EFFECTS = st.fixed_dictionaries(
    {
        "incident_id": IDENTIFIERS,
        "revision": st.integers(1, 10**6),
        "start": MOMENTS,
        "end": MOMENTS,
        "sub_event_type": st.sampled_from([kind.value for kind in SubEventType]),
        "steps": st.lists(st.sampled_from([step.value for step in Step]), unique=True).map(sorted),
        "deaths": st.none() | st.integers(0, 10_000_000),
        "place_name": NAMES,
        "grade": st.from_regex(r"[A-F][1-6]", fullmatch=True),
    }
)


def observations_v1() -> st.SearchStrategy[Json]:
    """Return a strategy of version 1's three kinds; ``replaces`` of an assertion may be absent."""
    common = {
        "segment_id": IDENTIFIERS,
        "traffic": st.sampled_from(["actual", "exercise", "test"]),
        "recorded_at": MOMENTS,
    }
    asserted = {"kind": st.just("assert"), "cause": RECORDS, "effect": EFFECTS}
    retracted = {"kind": st.just("retract"), "cause": RECORDS, "replaces": EFFECTS, "reason": NAMES}
    replaced = {"replaces": st.none() | EFFECTS}
    return (
        st.fixed_dictionaries({**common, **asserted}, optional=replaced)
        | st.fixed_dictionaries({**common, **retracted})
        | st.fixed_dictionaries({**common, "kind": st.just("tick")})
    )
