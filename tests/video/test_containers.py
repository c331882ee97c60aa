"""Frames of any container and codec are those that the ffmpeg command shows."""

import struct
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.sidedata.sidedata import Type
from av.video.reformatter import Interpolation, VideoReformatter

from playfair.video import conversion, decoding
from playfair.video.orientation import orientation_of, turned
from playfair.video.reader import count_frames, decode, frame_times, sample_frames
from playfair.video.segment import Segment
from tests.video.containers import (
    FAST,
    RECIPES,
    ffmpeg,
    needs_ffmpeg,
    shown_by_ffmpeg,
    size_of,
    written,
)

pytestmark = needs_ffmpeg

# the others go through the same lines
CLIPS = [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in RECIPES]


class NearestColours:
    """swscale, with the colours that are stored nearest to each pixel: as shown_by_ffmpeg."""

    def __init__(self) -> None:
        self.reformat = partial(VideoReformatter().reformat, interpolation=Interpolation.POINT)


@pytest.fixture(autouse=True)
def nearest_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "VideoReformatter", NearestColours)


def moments_of(clip: Path) -> np.ndarray:
    """When its frames are shown, where the file says so: from pictures that are decoded."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        begin = stream.start_time * stream.time_base
        stamps = [frame.pts * stream.time_base for frame in container.decode(stream)]
    return np.array([float(stamp - begin) for stamp in stamps])


@pytest.mark.parametrize("name", CLIPS)
def test_frames_are_those_of_the_ffmpeg_command_in_whole_and_in_part(
    name: str, tmp_path: Path
) -> None:
    clip = written(tmp_path, name)
    frames = shown_by_ffmpeg(clip, *size_of(name))
    assert len(frames) > 0
    np.testing.assert_array_equal(decode(clip), frames)
    assert count_frames(clip) == len(frames)
    times = frame_times(clip)
    if np.isfinite(times).all():
        np.testing.assert_allclose(times, moments_of(clip), atol=1e-6)
    for start, stop in [(0, 3), (5, 9), (8, 10), (17, 30), (35, 36)]:
        if stop > len(frames):
            continue
        part = Segment(clip, start, stop, "frame")
        assert count_frames(part) == stop - start
        np.testing.assert_array_equal(decode(part), frames[start:stop])
        np.testing.assert_array_equal(sample_frames(part, backwards), frames[start:stop][::-1])
        if np.isfinite(times).all():
            end = times[stop] if stop < len(times) else times[-1] + 1
            timed = Segment(clip, float(times[start]), float(end))
            assert count_frames(timed) == stop - start
            np.testing.assert_array_equal(decode(timed), frames[start:stop])
            np.testing.assert_array_equal(frame_times(timed), times[start:stop])


def backwards(n_frames: int) -> np.ndarray:
    return np.arange(n_frames)[::-1]


def test_seconds_of_a_segment_take_in_its_start_and_not_its_stop(clip: Path) -> None:
    times = frame_times(clip)
    for start, stop in [(0.1, 0.5), (times[3], times[7]), (times[3] + 1e-4, times[7] + 1e-4)]:
        inside = (times >= start) & (times < stop)
        np.testing.assert_array_equal(
            decode(Segment(clip, float(start), float(stop))), decode(clip)[inside]
        )


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Time stamps of the packets that were decoded."""
    usual = decoding.pictures_of
    stamps: list[int] = []

    def counting(packet):
        stamps.append(packet.pts)
        return usual(packet)

    monkeypatch.setattr(decoding, "pictures_of", counting)
    return stamps


@pytest.mark.parametrize("unit", ["second", "frame"])
def test_a_segment_is_decoded_from_the_key_frame_before_it(
    unit: str, tmp_path: Path, decoded: list[int]
) -> None:
    clip = written(tmp_path, "h264.mp4")  # a key frame every ten frames
    frames = shown_by_ffmpeg(clip, 64, 48)
    start, stop = (2.0, 2.5) if unit == "second" else (24, 30)
    np.testing.assert_array_equal(decode(Segment(clip, start, stop, unit)), frames[24:30])
    assert 6 <= len(decoded) <= 14


def test_nothing_is_decoded_before_it_is_needed(clip: Path, decoded: list[int]) -> None:
    for part in (clip, Segment(clip, 0.5, 1.5), Segment(clip, 5, 15, "frame")):
        count_frames(part)
        frame_times(part)
    with pytest.raises(ValueError, match="no such"):
        sample_frames(clip, refuse)
    assert decoded == []
    sample_frames(clip, lambda n_frames: np.array([2, 6]))
    assert len(decoded) == 7


def refuse(n_frames: int) -> np.ndarray:
    raise ValueError("no such")


def test_turns_and_mirror_images_of_the_display_matrix_are_made(tmp_path: Path) -> None:
    flat = written(tmp_path, "h264.mp4")
    stored = decode(flat, [3])[0]
    for angle in (90, 180):
        clip = tmp_path / f"{angle}.mp4"
        ffmpeg(f"-i {flat} -c copy -metadata:s:v rotate={angle}", clip)
        width, height = (64, 48) if angle == 180 else (48, 64)
        frames = shown_by_ffmpeg(clip, width, height)  # the command turns, too
        np.testing.assert_array_equal(decode(clip), frames)
        assert any(np.array_equal(frames[3], np.rot90(stored, turns)) for turns in (1, 2, 3))
        assert decode(clip, [], (20, 30)).shape == (0, 20, 30, 3)
        assert decode(clip, [], None).shape == (0, height, width, 3)
        # resized to height and width as they are shown
        upright = np.rot90(decode(flat, [3], (24, 32))[0], 2)
        if angle == 180:
            np.testing.assert_array_equal(decode(clip, [3], (24, 32))[0], upright)
    assert decode(tmp_path / "90.mp4", [3], (32, 24)).shape == (1, 32, 24, 3)


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((1, 0, 0, 1), [[0, 1, 2], [3, 4, 5]]),
        ((-1, 0, 0, 1), [[2, 1, 0], [5, 4, 3]]),
        ((1, 0, 0, -1), [[3, 4, 5], [0, 1, 2]]),
        ((0, 1, 1, 0), [[0, 3], [1, 4], [2, 5]]),
        ((0, 1, -1, 0), [[3, 0], [4, 1], [5, 2]]),
        ((0, -1, 1, 0), [[2, 5], [1, 4], [0, 3]]),
        ((0, -1, -1, 0), [[5, 2], [4, 1], [3, 0]]),
        ((1, 1, -1, 1), [[0, 1, 2], [3, 4, 5]]),  # an eighth turn: as it is stored
    ],
)
def test_a_matrix_moves_every_pixel_to_its_place(matrix, shown) -> None:
    a, b, c, d = (65536 * number for number in matrix)
    content = struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    frame = SimpleNamespace(side_data={Type.DISPLAYMATRIX: content})
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    assert turned(picture, orientation_of(frame))[:, :, 0].tolist() == shown
