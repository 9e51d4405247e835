"""The page of alerts is that of the transition table and the rules."""

from dataclasses import replace
from datetime import timedelta

from models.domain.posture import AlertRules
from models.domain.transitions import TABLE
from schemas.alert import Certainty, Severity, Urgency
from services.alerts_page import PAGE, page


def test_the_page_is_that_of_the_decision() -> None:
    text = PAGE.read_text()
    assert text == page(text, AlertRules()), "run: make schemas"


def test_every_row_of_the_table_stands_on_it() -> None:
    text = PAGE.read_text()
    for rows in TABLE:
        for row in rows:
            assert f"| {row.transition} |" in text
            assert f"| {row.words} |" in text


def test_other_rules_make_another_page() -> None:
    rules = replace(AlertRules(), dwell=timedelta(hours=36), expiry=timedelta(days=10))
    text = page(PAGE.read_text(), rules)
    assert "believed after 36 hours" in text
    assert "expires 10 days after" in text


def test_every_value_of_the_three_axes_is_explained() -> None:
    text = PAGE.read_text().partition("## How bad")[2]
    for axis in (Severity, Urgency, Certainty):
        for value in axis:
            assert value in text
