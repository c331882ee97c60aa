"""Datasets that are drawn here: what is there, what is missing, and what keeps a clip from being written."""

import errno
import json
import os
import signal
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from playfair.datasets.claim import UnwritableError
from playfair.datasets.clip_places import VIDEO_FOLDER, clip_name
from playfair.datasets.drawn import draw_missing, is_whole, missing, writing
from playfair.datasets.processes import FEWEST

KIND = "synthetic dataset"


class Clip(NamedTuple):
    uid: str


# two for every item that is worth a process
CLIPS = [Clip(str(number)) for number in range(2 * FEWEST)]


def write_clip(root: Path, clip: Clip) -> None:
    (root / VIDEO_FOLDER / clip_name(clip.uid)).write_text(clip.uid)


def write_until_killed(root: Path, last: str, clip: Clip) -> None:
    """As the kernel ends a process that wants more memory than there is."""
    if clip.uid == last:
        os.kill(os.getpid(), signal.SIGKILL)
    write_clip(root, clip)


def draw(root: Path, clip_writer) -> None:
    with writing(root, KIND):
        draw_missing(root, CLIPS, clip_writer, workers=2, progress=False)


def test_a_killed_process_is_told_in_words_and_the_next_run_draws_the_rest(tmp_path):
    with pytest.raises(UnwritableError) as told:
        draw(tmp_path, partial(write_until_killed, tmp_path, CLIPS[-1].uid))
    assert str(told.value) == (
        f"{tmp_path}: a process that drew clips was killed, for want of memory perhaps. Finished "
        "clips are kept: type the same command again to continue"
    )
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / VIDEO_FOLDER).iterdir()}
    assert FEWEST < len(finished) < len(CLIPS)
    draw(tmp_path, partial(write_clip, tmp_path))
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert not missing(tmp_path / VIDEO_FOLDER, CLIPS)


def test_a_full_disk_is_told_with_what_to_do(tmp_path):
    with pytest.raises(UnwritableError) as told, writing(tmp_path, KIND):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(told.value) == (
        f"{tmp_path}: cannot write the synthetic dataset there (No space left on device); make "
        "room or allow writing, or name another folder with dataset.root=FOLDER. Finished clips "
        "are kept"
    )


def test_a_dataset_is_whole_once_its_files_and_clips_are_there(tmp_path):
    spec = {"n_train": 12}
    spec_file = tmp_path / "spec.json"
    labels = tmp_path / "labels.json"
    whole = partial(is_whole, spec_file, spec, [labels], CLIPS)
    assert not whole()
    draw(tmp_path, partial(write_clip, tmp_path))
    spec_file.write_text(json.dumps(spec))
    assert not whole(), "there are no labels"
    labels.write_text("{}")
    assert whole()
    assert not is_whole(spec_file, {"n_train": 13}, [labels], CLIPS), "written with other options"
    (tmp_path / VIDEO_FOLDER / clip_name("3")).unlink()
    assert not whole()
    assert [clip.uid for clip in missing(tmp_path / VIDEO_FOLDER, CLIPS)] == ["3"]
    assert is_whole(spec_file, spec, [labels], []), "no clips are asked for"
