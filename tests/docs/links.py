"""Follows the links of a page as a reader of the repository would."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token

from tests.docs.pages import MARKDOWN

HERE = ("127.0.0.1", "localhost")
"""Hosts that may be asked without TLS."""


def faults(page: Path) -> list[str]:
    """Say of each link of a page that leads nowhere why.

    Files and anchors are looked for. An address of elsewhere is not asked, since tests have no
    network: it must be well-formed, and https.
    """
    return [f"{page}: {link}: {fault}" for link in links(page) if (fault := _fault(page, link))]


def links(page: Path) -> Iterator[str]:
    """Yield where the links and pictures of a page lead, in their order."""
    for token in _inline(page):
        for child in token.children or ():
            target = child.attrGet("href" if child.type == "link_open" else "src")
            if target is not None:
                yield str(target)


def _fault(page: Path, link: str) -> str | None:
    try:
        at = urlsplit(link)
        host, _ = at.hostname, at.port
    except ValueError as error:
        return f"is no address: {error}"
    if at.scheme or at.netloc:
        well = host and (at.scheme == "https" or (at.scheme == "http" and host in HERE))
        return None if well else "expected https://, or http:// to this machine"
    if at.path.startswith("/"):
        return "begins at a root, which the repository and the site do not share"
    found = (page.parent / unquote(at.path)).resolve() if at.path else page
    if not found.exists():
        return "there is no such file"
    if at.fragment and anchors(found)[at.fragment] != 1:
        return f"there are {anchors(found)[at.fragment]} headings of that name"
    return None


@cache
def anchors(page: Path) -> Counter[str]:
    """Return what GitHub calls the headings of a page, and how many are called so."""
    if page.suffix != ".md":
        return Counter()
    return Counter(_slug(token) for token in _inline(page, "heading_open"))


def _slug(heading: Token) -> str:
    parts = [
        part.content for part in heading.children or () if part.type in ("text", "code_inline")
    ]
    return re.sub(r"[^\w\- ]", "", "".join(parts).lower()).replace(" ", "-")


def _inline(page: Path, after: str = "") -> Iterator[Token]:
    """Yield the texts of a page: all of them, or those after a token of a type."""
    tokens = MARKDOWN.parse(page.read_text())
    for before, token in zip([Token("", "", 0), *tokens], tokens, strict=False):
        if token.type == "inline" and after in ("", before.type):
            yield token
