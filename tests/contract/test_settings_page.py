"""The page of settings is that of the code, and says what each one means."""

from services.settings import Settings
from services.settings_page import PAGE, page
from services.variables import names


def test_the_page_is_that_of_the_code() -> None:
    assert PAGE.read_text() == page(), "run: make schemas"


def test_every_setting_stands_on_the_page_with_its_meaning() -> None:
    lines = {line.split("`")[1]: line for line in page().splitlines() if line.startswith("| `")}
    sections = {f"FOREWARN_{s}" for s in ("KAFKA", "WORKER", "LEDGER", "MODEL", "METRICS")}
    assert lines.keys() == set(names(Settings)) - sections
    for name, line in lines.items():
        assert len(line.split("|")[3].strip()) > 5, name
