"""The page of settings is that of the code, and says what each one means."""

from services.settings import Settings
from services.settings_page import PAGE, page
from services.variables import names


def test_the_page_is_that_of_the_code() -> None:
    assert PAGE.read_text() == page(), "run: make schemas"


def test_every_setting_stands_on_the_page_with_its_meaning() -> None:
    lines = {line.split("`")[1]: line for line in page().splitlines() if line.startswith("| `")}
    known = set(names(Settings))
    sections = {n for n in known if any(other.startswith(f"{n}__") for other in known)}
    assert "FOREWARN_LADDER__WARNING_SHOTS" in sections
    assert lines.keys() == known - sections
    for name, line in lines.items():
        assert len(line.split("|")[3].strip()) > 5, name


def test_each_step_of_the_ladder_stands_with_its_own_default() -> None:
    assert "| `FOREWARN_LADDER__WORKS__HOLDS` | 2 days |" in page()
    assert "| `FOREWARN_LADDER__SHOTS__HOLDS` | 7 days |" in page()
    assert "| `FOREWARN_LADDER__SHOTS__LEVEL` | `warning` |" in page()
