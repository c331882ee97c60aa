"""Streams, time stamps and folders that are not as one expects them."""

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from playfair.datasets.doctor.examination import examine
from playfair.video import packets as packets_module
from playfair.video.clock import clip_length
from playfair.video.reader import (
    MissingFrameError,
    VideoError,
    count_frames,
    decode,
    decode_timed,
    frame_times,
    sample_frames,
)
from playfair.video.sampling import random_in_segments, segment_centres
from playfair.video.segment import Segment
from tests.clips import encoded, moving
from tests.video.containers import SINE, ffmpeg, needs_ffmpeg, shown_by_ffmpeg

BLUE = "-f lavfi -i color=blue:size=32x32:rate=12:duration=1"
RED = "-f lavfi -i color=red:size=64x48:rate=12:duration=1"


@needs_ffmpeg
@pytest.mark.parametrize(
    ("order", "options", "ending", "size"),
    [
        (f"{BLUE} {RED}", "-disposition:v 0 -default_mode passthrough", "mkv", (64, 48)),
        (f"{RED} {BLUE}", "-disposition:v 0 -default_mode passthrough", "mkv", (64, 48)),
        (f"{BLUE} {RED}", "-disposition:v:0 default", "mp4", (32, 32)),
    ],
)
def test_of_several_streams_the_default_or_the_largest_is_read(
    order: str, options: str, ending: str, size: tuple[int, int], tmp_path: Path
) -> None:
    clip = tmp_path / f"several.{ending}"
    ffmpeg(f"{order} {SINE} -map 0 -map 1 -map 2 -c:v mpeg4 -c:a aac {options}", clip)
    assert count_frames(clip) == 12
    np.testing.assert_array_equal(decode(clip)[:, 0, 0], shown_by_ffmpeg(clip, *size)[:, 0, 0])


@needs_ffmpeg
def test_a_cover_picture_is_no_clip(tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    Image.fromarray(np.full((200, 200, 3), 9, np.uint8)).save(cover)
    covered = tmp_path / "covered.mp4"
    maps = "-map 0 -map 1 -c:v:0 mpeg4 -c:v:1 png -disposition:v:1 attached_pic"
    ffmpeg(f"{BLUE} -i {cover} {maps}", covered)
    assert decode(covered).shape == (12, 32, 32, 3)
    song = tmp_path / "song.m4a"
    ffmpeg(f"{SINE} -i {cover} -map 0 -map 1 -c:v png -c:a aac -disposition:v attached_pic", song)
    with pytest.raises(VideoError, match="holds no video stream"):
        count_frames(song)


@needs_ffmpeg
def test_what_an_edit_list_cuts_off_is_not_shown(tmp_path: Path) -> None:
    whole = encoded(tmp_path / "whole.mp4", "libx264", moving(30, 48, 64), "mp4", g="12")
    cut = tmp_path / "cut.mov"
    ffmpeg(f"-ss 0.55 -i {whole} -c copy", cut)
    frames = shown_by_ffmpeg(cut, 64, 48)
    assert len(frames) == 23
    assert count_frames(cut) == 23
    assert examine(cut, decode=True).remark == ""
    np.testing.assert_array_equal(decode(cut), frames)
    np.testing.assert_array_equal(decode(Segment(cut, 0.0, 0.5)), frames[frame_times(cut) < 0.5])


def without_first_key_frame(clip: Path, file: Path, container_format: str) -> Path:
    """The clip's packets but the first, by stream copy."""
    with av.open(str(clip)) as source, av.open(str(file), "w", format=container_format) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in [packet for packet in source.demux(video=0) if packet.size][1:]:
            packet.stream = stream
            out.mux(packet)
    return file


@pytest.mark.parametrize(
    ("codec", "container_format"), [("libvpx-vp9", "webm"), ("libx264", "matroska")]
)
def test_a_clip_that_begins_between_key_frames_is_read_from_the_first(
    codec: str, container_format: str, tmp_path: Path
) -> None:
    whole = encoded(tmp_path / "whole", codec, moving(20, 48, 64), container_format, g="8", bf="0")
    frames = decode(whole)
    cut = without_first_key_frame(whole, tmp_path / "cut", container_format)
    assert count_frames(cut) == 12
    np.testing.assert_array_equal(decode(cut), frames[8:])
    np.testing.assert_array_equal(sample_frames(cut, lambda n: np.array([n - 1])), frames[-1:])
    np.testing.assert_array_equal(decode(Segment(cut, 2, 5, "frame")), frames[10:13])


def test_a_clip_without_a_key_frame_says_so(tmp_path: Path) -> None:
    whole = encoded(tmp_path / "whole", "libvpx-vp9", moving(6, 48, 64), g="99")
    cut = without_first_key_frame(whole, tmp_path / "cut.webm", "webm")
    with pytest.raises(VideoError, match=r"cut\.webm: no key frame .*cut it anew with an encoder"):
        decode(cut)


def uneven(path: Path, times: list[int], container_format: str = "matroska") -> Path:
    """A picture that is a little brighter each time, shown from these times on, in ms."""
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "gray"
        stream.codec_context.time_base = Fraction(1, 1000)
        for level, time in enumerate(times):
            picture = av.VideoFrame.from_ndarray(np.full((16, 16), 5 * level, np.uint8), "gray")
            picture.pts = time
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def levels(frames: np.ndarray) -> list[int]:
    return [round(float(frame.mean()) / 5) for frame in frames]


def test_time_stamps_decide_where_segments_lie_when_the_rate_varies(tmp_path: Path) -> None:
    """Ten frames in the first second, and five more in the four that follow."""
    times = [*range(0, 1000, 100), *range(1000, 5000, 800)]
    clip = uneven(tmp_path / "uneven.mkv", times)
    np.testing.assert_allclose(frame_times(clip) * 1000, times)
    asked = []

    def choose(n_frames: int) -> np.ndarray:
        asked.append(segment_centres(n_frames, 4))
        return asked[-1]

    frames = sample_frames(clip, choose)
    end = 4200 + 40  # the last is shown for as long as it is declared
    moments = [(2 * i + 1) * end / 8 for i in range(4)]
    by_time = [max(k for k, time in enumerate(times) if time <= moment) for moment in moments]
    assert levels(frames) == by_time != segment_centres(15, 4).tolist()
    stored = decode_timed(clip)
    assert segment_centres(stored[1], 4).tolist() == by_time
    part = Segment(clip, 0.5, 4.0)
    assert levels(sample_frames(part, lambda n: segment_centres(n, 2))) == [10, 12]


def test_draws_of_uneven_clips_are_uniform_in_time(tmp_path: Path) -> None:
    length = clip_length([0, 10, 20, 30, 40, 90], 10, 0.001)
    rng = np.random.default_rng(0)
    drawn = np.array([random_in_segments(length, 2, rng) for _ in range(4000)])
    shares = [np.mean(drawn[:, 0] == frame) for frame in range(5)]
    np.testing.assert_allclose(shares, [0.2] * 5, atol=0.03)
    np.testing.assert_allclose(np.mean(drawn[:, 1] == 4), 0.8, atol=0.03)
    with pytest.raises(ValueError, match="has 6 frames"):
        segment_centres(length, 7)


@pytest.mark.parametrize(
    ("stamps", "tick", "varies"),
    [
        ([round(1000 * i / 12) for i in range(40)], 0.001, False),
        ([round(1000 * i / 29.97) for i in range(300)], 0.001, False),
        ([round(1000 * i / 240) for i in range(300)], 0.001, False),
        ([100 * i // 30 for i in range(90)], 0.01, False),  # GIF: hundredths
        ([3003 * i for i in range(90)], 1 / 90000, False),
        (list(range(40)), 1 / 12, False),
        ([*range(20), *range(21, 40)], 1 / 12, True),  # AVI that dropped a frame
        ([round(1000 * i / 12) for i in range(40) if i != 30], 0.001, True),
        ([*range(0, 1000, 40), *range(1000, 2000, 41)], 0.001, True),
        ([None, 1, 2, 9], 0.1, False),
        ([5, 900], 0.001, False),
        ([0, 80, 40, 120], 0.001, False),  # in the order of decoding
    ],
)
def test_rounding_of_time_stamps_makes_no_varying_rate(stamps, tick: float, varies: bool) -> None:
    length = clip_length(stamps, None, tick)
    assert length == len(stamps)
    assert (length.moments is not None) == varies


def folder_of(path: Path, names: list[str]) -> Path:
    path.mkdir()
    for level, name in enumerate(names):
        Image.fromarray(np.full((24, 32, 3), 5 * level, np.uint8)).save(path / name)
    return path


def test_a_folder_of_pictures_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    names = [f"img_{number}.png" for number in (8, 9, 10, 11)]
    folder = folder_of(tmp_path / "clip", names)
    (folder / "Thumbs.db").write_bytes(b"no picture")
    (folder / "._img_1.png").write_bytes(b"no picture")
    assert count_frames(folder) == 4
    assert levels(decode(folder)) == [0, 1, 2, 3]
    assert levels(decode(folder, [3, 0, 3], (12, 10))) == [3, 0, 3]
    assert decode(folder, [], None).shape == (0, 24, 32, 3)
    assert levels(sample_frames(folder, lambda n: segment_centres(n, 2))) == [1, 3]
    assert np.isnan(frame_times(folder)).tolist() == [True] * 4
    part = Segment(folder, 1, 3, "frame")
    assert count_frames(part) == 2 and levels(decode(part, [1])) == [2]
    with pytest.raises(MissingFrameError, match="frame 4 was asked for"):
        decode(folder, [4])


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "holds no picture"),
        (["1.png", "2.png", "4.png"], "a picture is missing between 2.png and 4.png"),
        (["1.png", "2.png", "5.png"], "2 pictures are missing between 2.png and 5.png"),
        (["a1.png", "b1.png"], "two pictures of number 1, a1.png and b1.png"),
    ],
)
def test_a_folder_that_is_no_clip_says_why(names: list[str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=reason):
        count_frames(folder_of(tmp_path / "clip", names))


def test_every_fifth_picture_and_names_without_numbers_make_clips_too(tmp_path: Path) -> None:
    assert count_frames(folder_of(tmp_path / "fifth", ["0.png", "5.png", "10.png"])) == 3
    assert count_frames(folder_of(tmp_path / "named", ["a.png", "b.png"])) == 2


@needs_ffmpeg
@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "tiff", "ppm"])
def test_pictures_as_the_ffmpeg_command_writes_them_are_read(ending: str, tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    source = "-f lavfi -i testsrc2=size=160x120:rate=12:duration=0.25"
    ffmpeg(source, folder / f"img_%05d.{ending}")
    assert decode(folder).shape == (3, 120, 160, 3)
    assert (
        np.array_equal(
            decode(folder, [1])[0], shown_by_ffmpeg(folder / f"img_00002.{ending}", 160, 120)[0]
        )
        or ending == "jpg"
    )  # whose colours are stored in fewer places


def test_photographs_are_turned_and_mirrored_as_their_exif_data_say(tmp_path: Path) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32] = 255
    picture[:24, 32:] = 128
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        file = tmp_path / f"{orientation}" / "IMG_1.jpg"
        file.parent.mkdir()
        Image.fromarray(picture).save(file, exif=exif, quality=95)
        with Image.open(file) as stored:
            shown = np.asarray(ImageOps.exif_transpose(stored))
        assert np.abs(decode(file.parent)[0] - shown.astype(int)).max() < 30, orientation


def test_pictures_of_another_kind_than_their_ending_says_are_read(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "1.jpg", format="png")
    Image.fromarray(noise).save(tmp_path / "2.jpg", format="webp", lossless=True)
    assert decode(tmp_path).shape == (2, 48, 64, 3)
    assert np.array_equal(decode(tmp_path, [0])[0], noise)


def test_a_picture_that_is_cut_short_is_told_of(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    for ending in ("jpg", "png"):
        folder = tmp_path / ending
        folder.mkdir()
        Image.fromarray(noise).save(folder / f"1.{ending}")
        content = (folder / f"1.{ending}").read_bytes()
        (folder / f"1.{ending}").write_bytes(content[: len(content) // 2])
        with pytest.raises(VideoError, match=rf"1\.{ending}"):
            decode(folder)


def test_a_segment_outside_its_video_is_refused(clip: Path, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "clip", ["1.png", "2.png"])
    for part, reason in [
        (Segment(clip, 900, 950, "frame"), r"frames 900 to 950\): the segment lies behind"),
        (Segment(clip, 900, 950), r"900 to 950 s\): no video frame lies in the segment"),
        (Segment(folder, 7, 9, "frame"), "the segment lies behind the folder's 2 pictures"),
        (Segment(folder, 0, 1), "a folder of pictures has no clock"),
    ]:
        with pytest.raises(VideoError, match=reason):
            count_frames(part)
        with pytest.raises(VideoError, match=reason):
            sample_frames(part, lambda n: np.arange(n))
        with pytest.raises(VideoError, match=reason):
            decode(part)


class LandsLate:
    """A container that looks for times of decoding, and finds a key frame shown later."""

    def seek(self, where: int, stream: object) -> None:
        self.where = where

    def demux(self, stream: object):
        pts = 100 if self.where >= 50 else 0
        return iter([SimpleNamespace(is_keyframe=True, pts=pts, size=1)])


def test_a_key_frame_shown_after_the_segment_begins_is_not_begun_with() -> None:
    stream = SimpleNamespace(time_base=Fraction(1, 25), start_time=0)
    for first, begun_with in [(90, 0), (100, 100), (130, 100)]:
        packets = packets_module._sought(LandsLate(), stream, first)
        assert packets is not None and next(packets).pts == begun_with
