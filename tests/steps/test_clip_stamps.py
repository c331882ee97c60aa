"""Clips that change are noticed by size and content, and the time alone is no change."""

import os
from pathlib import Path

import numpy as np
import pytest

from playfair.steps import clip_stamps
from playfair.steps.clip_stamps import (
    GONE,
    NO_DIGEST,
    NOT_KNOWN,
    changed_clips,
    digest_of,
    looked_at,
    read_stamps,
    read_through,
    write_stamps,
)
from playfair.steps.damage import DamageError


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{clip}.webm" for clip in range(5)]
    for clip, file in enumerate(files):
        file.write_bytes(bytes([clip]) * (100 + clip))
    return files


def test_only_clips_of_another_size_or_content_have_changed(paths: list[Path]) -> None:
    then = read_through(paths)
    paths[0].write_bytes(b"larger than it was" * 10)
    paths[1].write_bytes(b"x" * 101)  # of the same size
    os.utime(paths[1], ns=(7, 7))
    os.utime(paths[2], ns=(7, 7))  # copied: another time, the same content
    now = looked_at(paths)
    assert changed_clips(then, now, lambda clip: paths[clip]).tolist() == [0, 1]
    assert then[2, 1] == 7, "it is not read again"
    assert changed_clips(then, now, lambda clip: Path("not read")).tolist() == [0, 1]


def test_a_clip_that_was_fetched_is_a_change_and_one_that_is_gone_is_none(
    paths: list[Path],
) -> None:
    paths[3].unlink()
    then = read_through(paths)
    assert then[3].tolist() == [GONE, NO_DIGEST, NO_DIGEST]
    paths[3].write_bytes(b"fetched")
    paths[4].unlink()
    assert changed_clips(then, looked_at(paths), lambda clip: paths[clip]).tolist() == [3]


def test_what_was_not_noted_has_not_changed(paths: list[Path]) -> None:
    then = looked_at(paths)  # without digests
    then[0, 0] = NOT_KNOWN
    now = looked_at(paths)
    now[:, 1] += 5
    now[4, 0] += 1
    assert changed_clips(then, now, lambda clip: paths[clip]).tolist() == [4]


def test_stamps_come_back_as_they_were_written_and_damage_of_them_is_told(
    paths: list[Path], tmp_path: Path
) -> None:
    file = tmp_path / "stamps" / "of.clips"
    assert read_stamps(file) is None
    stamps = read_through(paths)
    write_stamps(file, stamps)
    back = read_stamps(file)
    assert back is not None
    np.testing.assert_array_equal(back, stamps)
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(DamageError, match="Remove it"):
            read_stamps(file)
    for length in (0, 7, 8, len(whole) - 24):
        file.write_bytes(whole[:length])
        with pytest.raises(DamageError):
            read_stamps(file)


def test_of_a_long_video_parts_are_read_and_it_is_read_once(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(clip_stamps, "LONG", 3000)
    monkeypatch.setattr(clip_stamps, "PART", 1000)
    video = tmp_path / "long.mp4"
    content = bytearray(np.random.default_rng(0).bytes(9000))
    video.write_bytes(content)
    first = digest_of(video)
    for place, same in ((10, False), (2000, True), (5000, False), (8500, False)):
        changed = content.copy()
        changed[place] ^= 1
        video.write_bytes(changed)
        assert (digest_of(video) == first) is same, place
    looks = []
    monkeypatch.setattr(clip_stamps, "digest_of", lambda path: looks.append(path) or 7)
    assert read_through([video, video, video])[:, 2].tolist() == [7, 7, 7] and len(looks) == 1


def test_pictures_that_are_replaced_or_written_anew_in_place_have_changed(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
        for number in range(3):
            (folder / f"{number}.jpg").write_bytes(bytes([number]) * 50)
    then = read_through(folders)
    assert (then[:, 2] != NO_DIGEST).all()
    for number in range(3):  # as extracting them again does
        (folders[0] / f"{number}.jpg").write_bytes(b"x" * 50)
        os.utime(folders[0] / f"{number}.jpg", ns=(1 << 62, 1 << 62))
    (folders[1] / "3.jpg").write_bytes(b"one more")
    os.utime(folders[1], ns=(1 << 62, 1 << 62))
    os.utime(folders[2], ns=(1 << 62, 1 << 62))  # copied: another time, the same content
    now = looked_at(folders)
    assert changed_clips(then, now, lambda clip: folders[clip]).tolist() == [0, 1]


def test_a_folder_of_many_large_pictures_is_known_by_names_and_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_stamps, "LONG", 99)
    (tmp_path / "1.jpg").write_bytes(b"x" * 100)
    before = digest_of(tmp_path)
    (tmp_path / "1.jpg").write_bytes(b"y" * 100)
    assert digest_of(tmp_path) == before
    (tmp_path / "1.jpg").write_bytes(b"y" * 101)
    assert digest_of(tmp_path) != before
