"""The page of topics says what the table says."""

from schemas.topics import TOPICS
from services.topics_page import PAGE, page


def test_the_page_is_what_its_generator_writes() -> None:
    assert page() == PAGE.read_text(), "run: make schemas"


def test_the_page_tells_of_every_topic_what_stands_in_it_who_uses_it_and_how_it_is_kept() -> None:
    lines = PAGE.read_text().splitlines()
    for topic in TOPICS:
        rows = [line for line in lines if line.startswith(f"| `{topic.name}` |")]
        assert len(rows) == 3
        what, who, _kept = rows
        assert f"| {topic.what} | {topic.key} |" in what
        assert all(party in who for party in (*topic.written_by, *topic.read_by))
