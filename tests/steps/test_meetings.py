"""The folders where ranks meet, and what is left of supervisors that were killed."""

import os
import tempfile
from pathlib import Path

import pytest

from playfair.steps import meetings


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_folder_of_a_killed_supervisor_is_removed_and_that_of_a_living_one_is_not(
    tmp_path: Path,
) -> None:
    if (child := os.fork()) == 0:
        meetings.new()
        os._exit(0)  # as if it was killed: nothing is tidied up
    os.waitpid(child, 0)
    assert len(list(tmp_path.iterdir())) == 1
    folder, lock = meetings.new()
    meetings.remove_forsaken()
    assert [str(path) for path in tmp_path.iterdir()] == [folder]
    os.close(lock)


def test_what_has_no_lock_of_a_supervisor_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "playfair-ranks-begun").mkdir()
    (tmp_path / "playfair-ranks-link").mkdir()
    (tmp_path / "playfair-ranks-link" / "supervisor").symlink_to(__file__)
    meetings.remove_forsaken()
    assert len(list(tmp_path.iterdir())) == 2
