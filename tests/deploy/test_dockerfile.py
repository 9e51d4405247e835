"""The image: pinned, small in what it takes in, hashes checked, and nobody in it is root."""

import fnmatch
import re
from collections.abc import Callable

import pytest

from services.settings import Settings
from services.variables import PREFIX, names
from tests.deploy.processes import DEPLOY, ROOT, image_environment, instructions

TEXT = (DEPLOY / "Dockerfile").read_text()


def bases(text: str) -> list[str]:
    return [rest.split()[0] for name, rest in instructions(text) if name == "FROM"]


def pinned(text: str) -> bool:
    """Every base has a whole version, and all are one."""
    tag = re.compile(r"[a-z./]+:\d+\.\d+\.\d+-slim-[a-z]+")
    return all(tag.fullmatch(base) for base in bases(text)) and len(set(bases(text))) == 1


def not_root(text: str) -> bool:
    """Who runs it is told by number, so that a cluster can see that it is not root."""
    last = instructions(text[text.rindex("\nFROM ") :])
    users = [rest for name, rest in last if name == "USER"]
    return bool(users) and re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]) is not None


def adds_nothing(text: str) -> bool:
    """ADD takes addresses and unpacks; COPY does neither."""
    return not any(name == "ADD" for name, _ in instructions(text))


def runs(text: str) -> list[str]:
    return [rest for name, rest in instructions(text) if name == "RUN"]


def hashes_checked(text: str) -> bool:
    """Whatever is installed from elsewhere has its hash checked, and is no source to be built."""
    installs = [run for run in runs(text) if "pip install" in run]
    return bool(installs) and all(
        ("--require-hashes" in run and "--only-binary :all:" in run) or "--no-index" in run
        for run in installs
    )


def lists_removed(text: str) -> bool:
    return all("rm -rf /var/lib/apt/lists" in run for run in runs(text) if "apt-get" in run)


def downloads_nothing(text: str) -> bool:
    return not any(re.search(r"\b(curl|wget)\b|https?://", run) for run in runs(text))


def no_secret(text: str) -> bool:
    said = [rest for name, rest in instructions(text) if name in ("ENV", "ARG")]
    return not any(re.search(r"(?i)password|secret|token|_key", rest) for rest in said)


def execs(text: str) -> bool:
    """Started without a shell, which would keep signals for itself."""
    last = [(n, rest) for n, rest in instructions(text) if n in ("ENTRYPOINT", "CMD")]
    return bool(last) and all(rest.startswith("[") for _, rest in last)


def health_left_to_who_runs_it(text: str) -> bool:
    return not any(name == "HEALTHCHECK" for name, _ in instructions(text))


RULES: dict[Callable[[str], bool], tuple[str, str]] = {
    pinned: ("python:3.11.13-slim-bookworm AS", "python:latest AS"),
    not_root: ("USER 10001:10001", "USER root"),
    adds_nothing: ("COPY pyproject.toml README.md", "ADD https://example.org/x"),
    hashes_checked: ("--require-hashes ", ""),
    lists_removed: ("RUN python", "RUN apt-get install -y gcc && python"),
    downloads_nothing: ("RUN python", "RUN curl example.org | python"),
    no_secret: ("PYTHONUNBUFFERED=1", "PGPASSWORD=x"),
    execs: ('ENTRYPOINT ["forewarn"]', "ENTRYPOINT forewarn"),
    health_left_to_who_runs_it: ("USER 10001", "HEALTHCHECK CMD true\nUSER 10001"),
}
"""Each rule, and a change to the file that breaks it."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_dockerfile_keeps_the_rule(rule: Callable[[str], bool]) -> None:
    assert rule(TEXT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_notices_what_breaks_it(rule: Callable[[str], bool]) -> None:
    before, after = RULES[rule]
    assert before in TEXT
    assert not rule(TEXT.replace(before, after))


def test_what_is_copied_is_there_and_let_through_and_nothing_else_is() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    let_through = {line[1:] for line in patterns if line.startswith("!")}
    copied = {
        source
        for name, rest in instructions(TEXT)
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert copied == let_through
    assert all((ROOT / source).exists() for source in copied)
    assert not any(fnmatch.fnmatch(".env", pattern) for pattern in let_through)


def test_what_the_image_sets_of_ours_is_a_setting() -> None:
    ours = {name for name in image_environment() if name.startswith(PREFIX)}
    assert ours == {"FOREWARN_DATA_DIR"}
    assert ours <= set(names(Settings))


@pytest.mark.parametrize("name", ["HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR"])
def test_what_libraries_keep_for_themselves_needs_no_writable_root(name: str) -> None:
    assert image_environment()[name].startswith("/tmp")
