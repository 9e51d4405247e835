"""The files that an import leaves behind."""

from pathlib import Path

import orjson
import pytest

from services.importers.files import Rejects
from services.importers.table import Rejected, Row

BAD = Rejected(Row(7, {"id": 1, "best": None}), (("id", "x", "a number"),))


def test_an_import_that_rejects_nothing_leaves_no_file_of_rejects(tmp_path: Path) -> None:
    path = tmp_path / "x.rejected.ndjson"
    path.write_text("of an earlier import")
    with Rejects(path) as rejects:
        pass
    assert list(tmp_path.iterdir()) == []
    assert rejects.where == "; nothing was rejected"


def test_rejects_are_written_with_their_row_and_said_where(tmp_path: Path) -> None:
    path = tmp_path / "x.rejected.ndjson"
    with Rejects(path) as rejects:
        rejects.write(BAD)
    (line,) = path.read_bytes().splitlines()
    assert orjson.loads(line)["row"] == 7
    assert str(path) in rejects.where


def test_an_import_that_breaks_off_leaves_the_rejects_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "x.rejected.ndjson"
    path.write_text("of an earlier import")

    def breaking_off() -> None:
        with Rejects(path) as rejects:
            rejects.write(BAD)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaking_off()
    assert [p.read_text() for p in tmp_path.iterdir()] == ["of an earlier import"]
