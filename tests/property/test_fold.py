"""Laws of the state over random histories of revisions and of operators' words."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from models.domain.history import believed
from schemas.command import LinkCommand
from services.risk.tables import DAYS, STATES, Desk, changes, store
from tests.builders import retraction
from tests.property.histories import Incident, finals, histories, words, world

Said = list[Incident | LinkCommand]


@given(histories(), words(), st.randoms())
def test_arrival_order_does_not_matter(
    history: list[Incident], spoken: list[LinkCommand], random: Random
) -> None:
    shuffled: Said = [*history, *spoken]
    random.shuffle(shuffled)
    assert world(shuffled).meanings() == world([*history, *spoken]).meanings()


@given(histories(), words(), st.randoms())
def test_the_state_is_that_of_the_final_revisions_alone(
    history: list[Incident], spoken: list[LinkCommand], random: Random
) -> None:
    shuffled: Said = [*history, *spoken]
    random.shuffle(shuffled)
    assert world(shuffled).meanings() == world([*spoken, *finals(history)]).meanings()


@given(histories(), words(), st.randoms())
def test_the_fold_reaches_what_its_specification_says(
    history: list[Incident], spoken: list[LinkCommand], random: Random
) -> None:
    shuffled: Said = [*history, *spoken]
    random.shuffle(shuffled)
    reached = world(shuffled)
    for segment, memory in reached.memories.items():
        # Before time passes too, when something is reported that has not begun.
        now = believed(reached.log[segment], memory.state.clock)
        assert now.risk == memory.state.risk
    assert reached.risks() == reached.believed()


@given(histories(), words(), st.data())
def test_telling_anything_again_changes_nothing(
    history: list[Incident], spoken: list[LinkCommand], data: st.DataObject
) -> None:
    told: Said = [*history, *spoken]
    again = data.draw(st.lists(st.sampled_from(history), max_size=5))
    assert world([*told, *again]).meanings() == world(told).meanings()


@given(histories(), words(), st.data())
def test_an_observation_written_again_changes_nothing(
    history: list[Incident], spoken: list[LinkCommand], data: st.DataObject
) -> None:
    once, twice = world([*history, *spoken]), world([*history, *spoken])
    for log in list(twice.log.values()):
        for _, observed in data.draw(st.lists(st.sampled_from(list(log)), max_size=4)):
            twice.observe(observed)
    assert twice.believed() == once.believed()
    assert twice.risks() == once.risks()


@given(histories(), words(), st.data())
def test_a_retraction_leaves_the_state_as_if_the_report_had_never_come(
    history: list[Incident], spoken: list[LinkCommand], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(history)).incident_id
    taken_back = retraction(incident_id=gone, revision=9)
    without = [i for i in history if i.incident_id != gone]
    told: Said = [*history, *spoken]
    told.insert(data.draw(st.integers(0, len(told))), taken_back)
    assert world(told).meanings() == world([*without, *spoken]).meanings()


@given(histories(), words())
def test_states_and_days_survive_their_bytes(
    history: list[Incident], spoken: list[LinkCommand]
) -> None:
    for memory in world([*history, *spoken]).memories.values():
        table: dict[bytes, bytes] = {}
        store(changes(memory.state, dict(memory.days)), table)
        # Nothing is remembered beside the bytes.
        STATES.forget()
        DAYS.forget()
        found = Desk(table).segment(memory.state.segment_id, memory.state.traffic)
        assert (found.state, dict(found.days)) == (memory.state, memory.days)
