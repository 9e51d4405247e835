"""The page of the ladder is that of the rules, and names every sub-event type that shows a step."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.domain.ladder import LadderRules, Rung
from schemas.assessment import Level
from schemas.taxonomy import STEP_OF
from services.ladder_page import PAGE, page
from services.marked_page import NoPlace


def test_the_page_is_that_of_the_rules() -> None:
    text = PAGE.read_text()
    assert text == page(text, LadderRules()), "run: make schemas"


def test_other_rules_make_another_page() -> None:
    rules = replace(
        LadderRules(), works=Rung(Level.NORMAL, timedelta(hours=36)), climb_levels=2, climb_steps=3
    )
    text = page(PAGE.read_text(), rules)
    assert "| normal | 36 hours |" in text
    assert "A climb of 3 steps or more within 1 day on one segment counts 2 levels worse" in text


def test_every_sub_event_type_that_shows_a_step_stands_in_its_row() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    for sub, step in STEP_OF.items():
        (row,) = [
            r for r in rows if sub.value in [cell.strip() for cell in r.split("|")[3].split(",")]
        ]
        assert row.startswith(f"| {step:d} {step.words} |")


def test_a_page_without_a_place_for_the_rules_is_refused() -> None:
    with pytest.raises(NoPlace, match=r"ladder\.md: .*expected the lines"):
        page("# The ladder\n", LadderRules())
