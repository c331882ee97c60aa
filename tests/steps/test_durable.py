"""What is written is there whole, or not at all."""

import errno
import json
from pathlib import Path

import pytest

from playfair.steps.durable import telling_full_disk, write_json, written_aside


def test_json_is_replaced_at_once_and_leaves_no_part(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "metrics.json"
    write_json(file, {"score": 1})
    write_json(file, {"score": 0.5, "name": "entfernt"})
    assert json.loads(file.read_text()) == {"score": 0.5, "name": "entfernt"}
    assert [path.name for path in file.parent.iterdir()] == ["metrics.json"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    write_json(file, {"score": 1})
    with pytest.raises(TypeError):
        write_json(file, {"score": object()})
    assert json.loads(file.read_text()) == {"score": 1}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_what_to_type(code: int) -> None:
    told = pytest.raises(ValueError, match=r"no space for block 3.*paths.outputs=FOLDER")
    with told, telling_full_disk("block 3"):
        raise OSError(code, "full")


def test_another_fault_of_the_disk_is_told_as_it_is() -> None:
    with pytest.raises(PermissionError), telling_full_disk("block 3"):
        raise PermissionError(errno.EACCES, "not allowed")


def test_what_was_begun_on_a_full_disk_takes_no_space(tmp_path: Path) -> None:
    told = pytest.raises(ValueError, match="The disk is full: no space for")
    with told, written_aside(tmp_path / "video.pt") as part:
        part.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "full")
    assert list(tmp_path.iterdir()) == []
