"""Lets the site have the pages of the repository under their own paths, with their own links."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Name each page from the repository's root; add those of the navigation that are not in docs.

    So a link out of docs leads on the site where it leads in the repository, and README.md is the
    first page of both. Code, schemas and examples that a page links to are on the site as they are.
    """
    root = Path(config.docs_dir).parent
    for file in list(files):
        if file.src_dir == config.docs_dir:
            files.remove(file)
            files.append(_file(f"docs/{file.src_uri}", root, config))
    for path in named(config.nav):
        if files.get_file_from_path(path) is None and (root / path).exists():
            files.append(_file(path, root, config))
    for path in sorted(linked(files, root)):
        if files.get_file_from_path(path) is None:
            files.append(_file(path, root, config))
    for script in sorted((_elements() / "mermaid" / "dist").glob("*.js")):
        files.append(_file(f"mermaid/dist/{script.name}", _elements(), config))
    return files


def _file(path: str, folder: Path, config: MkDocsConfig) -> File:
    return File(path, str(folder), config.site_dir, config.use_directory_urls)


def named(nav: Any) -> Iterator[str]:
    """Yield every path of a navigation."""
    if isinstance(nav, str):
        yield nav
    for inner in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from named(inner)


def linked(files: Files, root: Path) -> set[str]:
    """Return the files of the repository that pages link to, other than pages."""
    found: set[str] = set()
    for page in files.documentation_pages():
        at = (root / page.src_uri).parent
        for link in re.findall(r"\]\(([\w./-]+)\)", page.content_string):
            path = (at / link).resolve()
            if path.is_file() and path.suffix != ".md" and path.is_relative_to(root.resolve()):
                found.add(path.relative_to(root.resolve()).as_posix())
    return found


def _elements() -> Path:
    """Return where NiceGUI keeps the scripts of others, Mermaid among them."""
    found = find_spec("nicegui")
    if found is None or found.origin is None:
        raise FileNotFoundError("nicegui is not installed: the pictures are drawn by its Mermaid")
    return Path(found.origin).parent / "elements"
