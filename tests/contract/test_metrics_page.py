"""The page of metrics says what the table says."""

from services.metrics.table import TABLE
from services.metrics_page import PAGE, page


def test_the_page_is_what_its_generator_writes() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "run: make schemas"


def test_the_page_has_every_metric() -> None:
    text = PAGE.read_text()
    assert TABLE
    for metric in TABLE:
        assert f"| `{metric.name}` | {metric.kind} |" in text
