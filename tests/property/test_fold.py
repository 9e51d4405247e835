"""Laws of the fold over random histories."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from models.domain.risk import Risk, SegmentState, begin, fold
from schemas.observation import AssertObservation, Effect, RetractObservation, Tick
from services.records import Stored
from tests.builders import NOON, asserted, effect, retracted, tick

Observed = AssertObservation | RetractObservation | Tick

END = tick(NOON + timedelta(days=30))


@st.composite
def effects(draw: st.DrawFn, incident_id: str) -> Effect:
    start = NOON + timedelta(hours=draw(st.integers(-2000 * 24, 29 * 24)))
    return effect(
        incident_id,
        start=start,
        deaths=draw(st.none() | st.integers(0, 50)),
        steps=tuple(sorted(draw(st.sets(st.sampled_from([1, 2, 3, 4, 5]), max_size=2)))),
    )


@st.composite
def incidents(draw: st.DrawFn) -> list[Effect]:
    return [draw(effects(f"I-{n}")) for n in range(draw(st.integers(1, 8)))]


def risk_after(observations: list[Observed]) -> Risk:
    """Fold in the order given, each caused by a record of its own; then let time pass."""
    state = begin(observations[0])
    for offset, observation in enumerate([*observations, END]):
        state = fold(state, observation, offset)
    return state.risk


def caused(effects: list[Effect]) -> list[Observed]:
    """Return one assertion for each effect, each from a partition of its own."""
    recorded = NOON + timedelta(days=29)
    found: list[Observed] = []
    for partition, counted in enumerate(effects):
        observed = asserted(counted, recorded=recorded)
        cause = observed.cause.model_copy(update={"partition": partition})
        found.append(observed.model_copy(update={"cause": cause}))
    return found


@given(incidents(), st.randoms())
def test_arrival_order_does_not_matter(history: list[Effect], random: Random) -> None:
    shuffled = caused(history)
    random.shuffle(shuffled)
    assert risk_after(shuffled) == risk_after(caused(history))


@given(incidents(), st.data())
def test_a_retraction_leaves_the_state_as_if_the_report_had_never_come(
    history: list[Effect], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(history))
    observed = caused(history)
    withdrawn = retracted(gone, recorded=NOON + timedelta(days=29), offset=1)
    partition = history.index(gone)
    cause = withdrawn.cause.model_copy(update={"partition": partition})
    kept = [o for o in observed if o != observed[partition]]
    without = risk_after(kept) if kept else Risk()
    assert risk_after([*observed, withdrawn.model_copy(update={"cause": cause})]) == without


@given(incidents(), st.data())
def test_writing_any_observation_again_changes_nothing(
    history: list[Effect], data: st.DataObject
) -> None:
    observed = caused(history)
    again = data.draw(st.lists(st.sampled_from(observed), max_size=5))
    assert risk_after([*observed, *again]) == risk_after(observed)


@given(incidents())
def test_a_state_survives_its_bytes(history: list[Effect]) -> None:
    stored = Stored(SegmentState)
    state = begin(END)
    for offset, observation in enumerate(caused(history)):
        state = fold(state, observation, offset)
    assert stored.load(stored.dump(state)) == state
    assert stored.dump(state) == stored.dump(stored.load(stored.dump(state)) or state)
