"""No link of a page of the repository is dead."""

from pathlib import Path

import pytest

from tests.docs.links import faults, links
from tests.docs.pages import ROOT

_FOLDERS = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(p for top in _FOLDERS if top.name != "site" for p in top.rglob("*.md"))]
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert faults(page) == []


def test_the_pages_are_linked_to_each_other_and_to_elsewhere() -> None:
    found = [link for page in PAGES for link in links(page)]
    assert sum(link.startswith("https://") for link in found) > 5
    assert sum("#" in link for link in found) > 10
    assert len(found) > 80


FAULTY = """# Two words, and `code`

## Twice

## Twice

[right](#two-words-and-code) [this](page.md#two-words-and-code) <https://example.org/a?b#c>
![picture](no.png) [no file](other.md) [no heading](#two-words) [twice](#twice)
[not safe](http://example.org) [no host](https:///x) [root](/page.md) [odd](https://example.org:x/)
[ftp](ftp://example.org) [here](http://127.0.0.1:8080/) [of no page](../page/x.txt#a)
"""


def test_a_link_that_leads_nowhere_is_told_with_why(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "page.md").write_text(FAULTY)
    (folder / "x.txt").write_text("# a")
    told = [fault.removeprefix(f"{folder}/page.md: ") for fault in faults(folder / "page.md")]
    assert [fault.partition(": ")[::2] for fault in told] == [
        ("no.png", "there is no such file"),
        ("other.md", "there is no such file"),
        ("#two-words", "there are 0 headings of that name"),
        ("#twice", "there are 2 headings of that name"),
        ("http://example.org", "expected https://, or http:// to this machine"),
        ("https:///x", "expected https://, or http:// to this machine"),
        ("/page.md", "begins at a root, which the repository and the site do not share"),
        ("https://example.org:x/", "is no address: Port could not be cast to integer value as 'x'"),
        ("ftp://example.org", "expected https://, or http:// to this machine"),
        ("../page/x.txt#a", "there are 0 headings of that name"),
    ]
