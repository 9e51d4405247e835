"""Who is told to be one event: whoever can be reached from the other, by whatever way."""

from hypothesis import given
from hypothesis import strategies as st

from models.domain.corroboration import CorroborationRules, Pair, heads, pair
from tests.builders import at, effect

NUMBERS = st.integers(0, 11)
RULES = CorroborationRules()


def name(number: int) -> str:
    return f"I-{number:05}"


def reached(start: str, linked: set[Pair]) -> set[str]:
    found, new = set[str](), {start}
    while new:
        found |= new
        new = {b for p in linked for a, b in (p, p[::-1]) if a in found} - found
    return found


@given(
    reported=st.dictionaries(NUMBERS, NUMBERS),
    said=st.dictionaries(st.tuples(NUMBERS, NUMBERS), st.booleans()),
)
def test_what_persons_link_is_one_event_by_whatever_way(
    reported: dict[int, int], said: dict[tuple[int, int], bool]
) -> None:
    """Of one publisher, so that nothing is linked but by persons; some name what is not there."""
    here = [n for n in range(12) if n % 4]
    effects = [
        effect(name(n), corroborates=name(reported[n]) if n in reported else None) for n in here
    ]
    words = {pair(name(one), name(other)): linked for (one, other), linked in said.items()}
    linked = {pair(e.incident_id, e.corroborates) for e in effects if e.corroborates}
    linked = {p for p in linked if words.get(p, True)} | {p for p, yes in words.items() if yes}
    linked = {p for p in linked if set(p) <= {name(n) for n in here}}

    found = heads(effects, words, RULES)

    for n in here:
        first = min(reached(name(n), linked))
        assert found.get(name(n), name(n)) == first


def test_thousands_that_report_one_after_the_other_are_one_event() -> None:
    """Each names the one after it, so that the way from the last to the first leads past all."""
    count = 3_000
    effects = [
        effect(name(n), corroborates=name(n - 1) if n else None, start=at(-n / 3600))
        for n in range(count)
    ]
    first = name(count - 1)
    assert heads(effects, {}, RULES) == {name(n): first for n in range(count - 1)}
