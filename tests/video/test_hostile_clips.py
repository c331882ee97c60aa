"""Clips from somebody else: nothing but the file itself is opened, in bounded memory and time."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from playfair.video import container, reader
from playfair.video.reader import VideoError, count_frames, decode, sample_frames
from playfair.video.sampling import segment_centres
from tests.clips import changing


def test_a_list_of_other_files_is_not_followed(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.webm").write_bytes(clip.read_bytes())
    listing = tmp_path / "7.webm"
    listing.write_text("ffconcat version 1.0\nfile secret.webm\n")
    with pytest.raises(
        VideoError, match=r"7\.webm: .*a list of other files, which is not followed"
    ):
        count_frames(listing)


def test_a_link_is_followed_to_the_file_that_it_leads_to(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").symlink_to(clip.parent)
    (tmp_path / "7.webm").symlink_to(tmp_path / "folder" / clip.name)
    assert count_frames(tmp_path / "7.webm") == count_frames(clip)


def test_links_to_what_is_no_regular_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    targets = {"a": "/dev/zero", "c": "c", "d": str(tmp_path / "pipe")}
    for name, target in targets.items():
        (tmp_path / name).symlink_to(target)
        with pytest.raises(VideoError, match="no regular file, nor a link to one"):
            decode(tmp_path / name)
    with pytest.raises(VideoError, match="no such file"):
        decode(tmp_path / "e")


def test_a_clip_that_may_not_be_read_is_one_that_cannot_be_decoded(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(container, "missing_bytes", refuse)
    with pytest.raises(
        VideoError, match=r"3\.webm: cannot be decoded as video \(Permission denied"
    ):
        decode(clip)


def test_a_name_is_never_taken_for_an_address(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("concat:7.webm", "http:7.webm", "subfile,,start,0,end,9,,:7.webm"):
        Path(name).write_bytes(clip.read_bytes())
        assert count_frames(name) == count_frames(clip)


def test_pictures_that_are_too_large_are_refused_wherever_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips, joined = changing(tmp_path, sides=(32, 144))
    assert len(decode(joined, size=(8, 8))) == 12
    # FFmpeg counts in whole blocks, and with some room
    monkeypatch.setattr(container, "MOST_PIXELS", 40 * 200)
    with pytest.raises(
        VideoError, match="a picture of 144×144 was declared, more than 8,000 pixels"
    ):
        decode(clips[1], size=(8, 8))
    with pytest.raises(VideoError, match="cannot be decoded as video"):
        decode(joined, size=(8, 8))


def test_more_frames_than_are_held_at_once_are_refused(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_frames = count_frames(clip)
    monkeypatch.setattr(reader, "MOST_BYTES", n_frames * 8 * 8 * 3)
    assert len(decode(clip, None, (8, 8))) == n_frames
    monkeypatch.setattr(reader, "MOST_BYTES", n_frames * 8 * 8 * 3 - 1)
    with pytest.raises(VideoError, match=f"more than {n_frames - 1} frames of 8×8"):
        decode(clip, None, (8, 8))


def mutated(content: bytes, seed: int) -> bytes:
    """Some bits or bytes changed, half of the time in the headers, or the end cut off."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(4)
    if kind == 0:
        return content[: rng.integers(len(content))]
    changed = bytearray(content)
    end = len(content) if rng.integers(2) else 600
    for place in rng.integers(end, size=rng.integers(1, 6)).tolist():
        if kind == 1:
            changed[place] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            changed[place : place + 8] = rng.bytes(8)
        else:
            changed[place : place + 4] = b"\xff" * 4
    return bytes(changed)


def try_mutants(clip: Path, file: Path, seeds: range) -> None:
    content = clip.read_bytes()
    for seed in seeds:
        file.write_bytes(mutated(content, seed))
        began = time.process_time()
        for size in ((32, 32), None):
            try:
                sample_frames(file, lambda n: segment_centres(n, 8, "repeat"), size)
                decode(file, None, size)
            except VideoError as error:
                assert str(error).startswith(str(file)), seed
        assert time.process_time() - began < 2, seed


def test_a_damaged_clip_is_decoded_or_told_of(clip: Path, tmp_path: Path) -> None:
    try_mutants(clip, tmp_path / "mutant.webm", range(60))


@pytest.mark.slow
def test_thousands_of_damaged_clips_are_decoded_or_told_of(clip: Path, tmp_path: Path) -> None:
    try_mutants(clip, tmp_path / "mutant.webm", range(60, 3000))
