"""The documentation as a site: all that the repository shows, and nothing from elsewhere."""

import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from mkdocs.utils.yaml import yaml_load

from deploy.site.hook import named
from tests.docs.pages import MARKDOWN, ROOT

CONFIG = ROOT / "mkdocs.yml"
PAGES = list(named(yaml_load(CONFIG.read_text())["nav"]))

PARTS = {"h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "tr", "pre", "img"}


def build(config: Path, into: Path) -> "subprocess.CompletedProcess[str]":
    """Build a site as ``make docs`` does."""
    return subprocess.run(
        [*(sys.executable, "-m", "mkdocs", "build"), "-f", config, "-d", into],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(CONFIG, folder)
    assert done.returncode == 0, done.stderr
    return folder


def on_the_site(site: Path, page: str) -> Path:
    path = site / page
    return (path.parent if path.name == "README.md" else path.with_suffix("")) / "index.html"


class Parts(HTMLParser):
    """What a page is made of, and what a browser fetches to show it."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: Counter[str] = Counter()
        self.pictures = 0
        self.fetched: list[str] = []
        self.links: list[str] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a part."""
        said = dict(attrs)
        self._within |= tag == "article"
        self.parts[tag] += self._within and tag in PARTS
        self.pictures += said.get("class") == "diagram"
        if self._within and tag == "a":
            self.links.append(said.get("href") or "")
        fetches = "src" if tag != "link" else "href"
        if said.get(fetches) and said.get("rel") not in ("next", "prev", "canonical"):
            self.fetched.append(said[fetches] or "")

    def handle_endtag(self, tag: str) -> None:
        """Notice the end of what is the page's own."""
        self._within &= tag != "article"


def read(path: Path) -> Parts:
    parts = Parts()
    parts.feed(path.read_text())
    return parts


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_parts_that_it_has_in_the_repository(page: str, site: Path) -> None:
    expected: Counter[str] = Counter()
    pictures = 0
    for token in MARKDOWN.parse((ROOT / page).read_text()):
        if token.type.endswith("_open") and token.tag in PARTS:
            expected[token.tag] += 1
        elif token.type == "fence" and token.info == "mermaid":
            pictures += 1
        elif token.type in ("fence", "code_block"):
            expected["pre"] += 1
        for child in token.children or ():
            expected["img"] += child.type == "image"
    found = read(on_the_site(site, page))
    assert (+found.parts, found.pictures) == (expected, pictures)


@pytest.mark.parametrize("page", PAGES)
def test_whatever_a_page_fetches_is_on_the_site(page: str, site: Path) -> None:
    shown = on_the_site(site, page)
    fetched = read(shown).fetched
    assert len(fetched) > 3
    missing = [where for where in fetched if not (shown.parent / where).is_file()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_whatever_a_page_links_to_is_on_the_site(page: str, site: Path) -> None:
    shown = on_the_site(site, page)
    links = [unquote(link.partition("#")[0]) for link in read(shown).links if ":" not in link]
    files = {link: shown.parent / link / ("index.html" * link.endswith("/")) for link in links}
    assert [link for link, file in files.items() if link and not file.is_file()] == []


def test_the_pictures_are_drawn_by_what_the_site_has(site: Path) -> None:
    script = (site / "diagrams.js").read_text()
    (where,) = re.findall(r'^import \{ mermaid \} from "\./(.+)";$', script, re.M)
    assert "as mermaid}" in (site / where).read_text()
    # The theme itself would fetch it from elsewhere for what is called so.
    assert 'class="mermaid"' not in "".join(p.read_text() for p in site.rglob("index.html"))


def test_every_page_below_docs_is_in_the_navigation_and_once() -> None:
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")}
    assert pages <= set(PAGES)
    assert len(PAGES) == len(set(PAGES))


def test_a_link_that_leads_nowhere_ends_the_build_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    own = {
        "INHERIT": str(CONFIG),
        "hooks": [str(ROOT / "deploy/site/hook.py")],
        "theme": {"custom_dir": str(ROOT / "deploy/site")},
        "nav": ["README.md", "docs/page.md"],
    }
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(own))
    (tmp_path / "README.md").write_text("# A\n\n[page](docs/page.md) [no](docs/no.md)\n")
    (tmp_path / "docs" / "page.md").write_text("# B\n\n[a](../README.md#b) [c](/c) [d](d)\n")
    (tmp_path / "docs" / "unnamed.md").write_text("# C\n")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if line.startswith("WARNING")]
    for what in ("'docs/no.md'", "anchor '#b'", "'/c'", "'d'"):
        assert sum(what in line for line in told) == 1, done.stderr
    assert "docs/unnamed.md" in done.stderr
