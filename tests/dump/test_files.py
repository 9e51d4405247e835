"""A dump on disk gives back what was written, or says which file is not as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dump import files
from services.dump.files import BadDump, Line, Manifest, Part, Writing

LINES = st.lists(
    st.builds(
        Line,
        offset=st.integers(0, 2**62),
        at=st.integers(-1, 2**40),
        key=st.none() | st.binary(max_size=9),
        value=st.none() | st.binary(max_size=99),
        headers=st.lists(
            st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=9)), max_size=3
        ).map(tuple),
    ),
    max_size=5,
)


def written(folder: Path, lines: list[Line]) -> Part:
    with Writing(folder, "incidents", 2) as file:
        for line in lines:
            file.add(line)
    return file.part()


def sealed(folder: Path, *parts: Part) -> Manifest:
    made = Manifest(
        made_at=datetime(2026, 5, 1, tzinfo=UTC), partitions=4, committed={}, parts=parts
    )
    files.seal(folder, made)
    return made


@given(LINES)
def test_whatever_bytes_a_record_has_they_come_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line]
) -> None:
    folder = tmp_path_factory.mktemp("dump")
    part = written(folder, lines)
    assert part.records == len(lines)
    assert list(files.lines(folder, part)) == lines


def test_the_same_records_give_the_same_file(tmp_path: Path) -> None:
    lines = [Line(0, 7, b"a", b"\xff{", (("h", None),))]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert written(tmp_path / "one", lines) == written(tmp_path / "two", lines)


def test_a_whole_dump_is_read_as_it_was_sealed(tmp_path: Path) -> None:
    made = sealed(tmp_path, written(tmp_path, [Line(0, 7, b"a", b"b", ())]))
    assert files.read(tmp_path) == made
    assert made.records == 1


def test_a_folder_without_manifest_holds_no_dump(tmp_path: Path) -> None:
    written(tmp_path, [])
    with pytest.raises(BadDump, match=r"has no manifest\.json"):
        files.read(tmp_path)


def test_a_file_that_was_changed_or_is_missing_is_named(tmp_path: Path) -> None:
    part = written(tmp_path, [Line(0, 7, b"a", b"b", ())])
    sealed(tmp_path, part)
    path = tmp_path / part.file
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BadDump, match=r"incidents\.2\.ndjson\.gz: is not as it was written"):
        files.read(tmp_path)
    path.unlink()
    with pytest.raises(BadDump, match=r"incidents\.2\.ndjson\.gz: is missing"):
        files.read(tmp_path)


def test_a_dump_of_another_form_is_refused(tmp_path: Path) -> None:
    sealed(tmp_path)
    path = tmp_path / files.MANIFEST
    path.write_text(path.read_text().replace('"form": 1', '"form": 2'))
    with pytest.raises(BadDump, match="expected a dump of form 1"):
        files.read(tmp_path)


def test_no_dump_is_written_over(tmp_path: Path) -> None:
    files.place_for(tmp_path / "new" / "folder")
    (tmp_path / "something").touch()
    with pytest.raises(BadDump, match="is not empty"):
        files.place_for(tmp_path)
