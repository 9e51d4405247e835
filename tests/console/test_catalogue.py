"""Every text is there in every language, asks for the same values, and is used."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

from models.escalation.baselines import BASELINES
from models.escalation.forecasts import MODEL
from models.escalation.labels import LABELS
from schemas.alert import Certainty, Reason, Severity, Transition, Urgency
from schemas.assessment import Level
from schemas.delivery import DeliveryOutcome
from schemas.incident import GeoPrecision, TimePrecision, Traffic
from schemas.segment import DelimitationStatus
from schemas.taxonomy import EventType, Step, SubEventType
from services.console import words
from services.console.actions import ON_ALERT
from services.console.frame import PATHS
from services.console.overview import COLUMNS
from services.console.past import LOOK_AT
from services.console.said import Outcome
from services.console.segment.reasons import GROUPS
from services.console.segment.standing import PERIODS
from services.console.segment.timeline import CLOCKED
from services.console.words import DEFAULT, LANGUAGES, Words, catalogue, preferred
from services.gateway.publishing.progress import Stage

CODE = Path(words.__file__).parent
OTHERS = [language for language in LANGUAGES if language != DEFAULT]

VALUES = {
    "level": [*Level, "none"],
    "transition": list(Transition),
    "nav": list(PATHS),
    "traffic": list(Traffic),
    "state": ["missing", "refused", "unknown"],
    "above": COLUMNS,
    "time": [*LOOK_AT, "play", "pause"],
    "probability": list(LABELS),
    "period": list(PERIODS),
    "step": list(Step),
    "reason": ["raises", "lowers"],
    "group": list(GROUPS.values()),
    "status": ["reported", "confirmed", "corrected", "retracted"],
    "unit": [p for p in TimePrecision if p not in (*CLOCKED, TimePrecision.DAY)],
    "place": list(GeoPrecision),
    "reliability": list("abcdef"),
    "credibility": list("123456"),
    "sub_event_type": [kind.name.lower() for kind in SubEventType],
    "baseline": [name.replace(" ", "_") for name in [MODEL, *BASELINES]],
    "because": list(Reason),
    "severity": [severity.lower() for severity in Severity],
    "urgency": [urgency.lower() for urgency in Urgency],
    "certainty": [certainty.lower() for certainty in Certainty],
    "command": list(ON_ALERT),
    "act": list(ON_ALERT),
    "answer": list(Outcome),
    "delivery": list(DeliveryOutcome),
    "alerts": ["open", "ended"],
    "event_type": [kind.name.lower() for kind in EventType],
    "precision": list(TimePrecision),
    "report": ["fatalities", "injured", "low", "best", "high"],
    "stage": list(Stage),
    "delimitation": [status.name.lower() for status in DelimitationStatus],
}
"""What stands after the dot of a name that is put together, by what stands before it."""


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_texts(language: str) -> None:
    assert catalogue(language).keys() == catalogue(DEFAULT).keys()


@pytest.mark.parametrize(("language", "name"), [*product(OTHERS, catalogue(DEFAULT))])
def test_a_text_asks_for_the_same_values_in_every_language(language: str, name: str) -> None:
    assert places(catalogue(language)[name]) == places(catalogue(DEFAULT)[name])


@pytest.mark.parametrize(("language", "name"), [*product(LANGUAGES, catalogue(DEFAULT))])
def test_no_text_is_empty(language: str, name: str) -> None:
    assert catalogue(language)[name].strip()


def test_every_text_that_the_code_names_is_there_and_every_text_is_named() -> None:
    assert set(named()) == set(catalogue(DEFAULT))


def test_a_text_without_its_value_is_refused() -> None:
    with pytest.raises(KeyError):
        Words("en")("now.since")


@pytest.mark.parametrize(
    ("accepted", "chosen", "spoken"),
    [
        (None, None, "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", None, "ru"),
        ("la,ru;q=0.9", None, "ru"),
        ("de", None, "en"),
        ("ru", "en", "en"),
        ("ru", "xx", "ru"),
    ],
)
def test_the_chosen_language_is_spoken_else_the_first_that_the_browser_asks_for(
    accepted: str | None, chosen: str | None, spoken: str
) -> None:
    assert preferred(accepted, chosen) == spoken


def places(text: str) -> set[str]:
    """Return the names of the values that a text asks for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def named() -> Iterator[str]:
    """Yield every name of a text in the code: whole, or put together of a section and a value."""
    sections = "|".join({name.partition(".")[0] for name in catalogue(DEFAULT)})
    whole = re.compile(rf"(?:{sections})\.[a-z_-]+")
    for path in CODE.rglob("*.py"):
        inside: set[int] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                inside |= {id(part) for part in node.values}
                yield from _joined(node, sections)
            elif isinstance(node, ast.Constant) and id(node) not in inside:
                yield from (text for text in [str(node.value)] if whole.fullmatch(text))


def _joined(node: ast.JoinedStr, sections: str) -> Iterator[str]:
    first, *rest = node.values
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return
    if found := re.fullmatch(rf"({sections})\.", first.value):
        ends = [part.value for part in rest if isinstance(part, ast.Constant)]
        for value in VALUES[found[1]]:
            yield f"{found[1]}.{value}{''.join(map(str, ends))}"
