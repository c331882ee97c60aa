import wave

import av
import numpy as np
import pytest

from playfair.video.reader import VideoError, count_frames, decode, sample_frames
from tests.clips import changing, encoded, moving


@pytest.fixture(scope="module")
def all_frames(dataset_root):
    """Every frame of the clip, by PyAV's plainest way."""
    with av.open(str(dataset_root / "20bn-something-something-v2" / "3.webm")) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def test_frames_at_indices_are_those_of_a_full_decode(clip, all_frames):
    indices = np.arange(1, len(all_frames), 4)
    frames = decode(clip, indices)
    assert frames.dtype == np.uint8 and frames.shape == (len(indices), 48, 48, 3)
    np.testing.assert_array_equal(frames, all_frames[indices])


def test_without_indices_every_frame_comes(clip, all_frames):
    np.testing.assert_array_equal(decode(clip), all_frames)


def test_order_and_duplicates_of_the_indices_are_kept(clip, all_frames):
    indices = [7, 2, 2, 19, 0, 7]
    np.testing.assert_array_equal(decode(clip, indices), all_frames[indices])


def test_no_index_gives_no_frame(clip):
    assert decode(clip, [], size=(20, 30)).shape == (0, 20, 30, 3)


def test_frames_are_resized_to_height_and_width(clip, all_frames):
    small = decode(clip, [0, 5], size=(24, 12))
    assert small.shape == (2, 24, 12, 3)
    areas = all_frames[[0, 5]].reshape(2, 24, 2, 12, 4, 3).mean(axis=(2, 4))
    assert np.abs(small - areas).mean() < 4  # of 255: the filters differ, the picture does not


def test_a_webm_clip_without_a_frame_count_is_counted(clip, all_frames):
    with av.open(str(clip)) as container:
        assert container.streams.video[0].frames == 0
    assert count_frames(clip) == len(all_frames)


@pytest.mark.parametrize(
    ("ending", "container_format", "codec"),
    [
        ("mp4", "mp4", "libx264"),
        ("mkv", "matroska", "libx264"),
        ("avi", "avi", "mpeg4"),
        ("mov", "mov", "libx264"),
        ("ts", "mpegts", "libx264"),
        ("webm", "webm", "libvpx"),
        ("", "mp4", "mpeg4"),
    ],
)
def test_any_file_that_ffmpeg_reads_is_read_whatever_its_name(
    tmp_path, ending, container_format, codec
):
    """Every picture is a little brighter than the one before it, so none can be out of order."""
    brightness = 20 + 7 * np.arange(30)
    pictures = [np.full((64, 48, 3), level, np.uint8) for level in brightness]
    path = encoded(tmp_path / f"clip.{ending}", codec, pictures, container_format)
    assert count_frames(path) == 30
    frames = decode(path)
    assert frames.shape == (30, 64, 48, 3)
    np.testing.assert_allclose(frames.mean(axis=(1, 2, 3)), brightness, atol=6)
    assert np.all(np.diff(frames.mean(axis=(1, 2, 3))) > 0)
    np.testing.assert_array_equal(decode(path, [29, 3]), frames[[29, 3]])


def test_every_clip_has_as_many_frames_as_are_counted(dataset_root):
    for path in sorted((dataset_root / "20bn-something-something-v2").iterdir()):
        assert count_frames(path) == len(decode(path))


def test_decoding_ends_with_the_last_frame_needed(clip, all_frames, tmp_path):
    """From frame 10 on the clip is rubbish: only who needs more than that has to know."""
    content = clip.read_bytes()
    with av.open(str(clip)) as container:
        for packet in [packet for packet in container.demux(video=0) if packet.size][10:]:
            content = content.replace(bytes(packet), bytes(packet.size))
    spoilt = tmp_path / "spoilt.webm"
    spoilt.write_bytes(content)
    np.testing.assert_array_equal(decode(spoilt, [9, 0]), all_frames[[9, 0]])
    for indices in ([9, 10], None):
        with pytest.raises(VideoError, match=r"spoilt\.webm: cannot be decoded"):
            decode(spoilt, indices)


@pytest.mark.parametrize(
    ("index", "reason"), [(1000, "frame 1000 was asked for, the clip has"), (-1, "count from 0")]
)
def test_an_index_the_clip_does_not_have_is_refused(clip, index, reason):
    with pytest.raises(VideoError, match=rf"3\.webm: .*{reason}"):
        decode(clip, [0, index])


@pytest.mark.parametrize("share", [0.999, 0.9, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("read", [count_frames, decode, lambda path: decode(path, [0])])
def test_a_clip_that_was_cut_short_is_refused(clip, tmp_path, share, read):
    content = clip.read_bytes()
    (tmp_path / "cut.webm").write_bytes(content[: int(share * len(content))])
    with pytest.raises(VideoError, match=r"cut\.webm: .*fetch the clip again"):
        read(tmp_path / "cut.webm")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"<html>404 Not Found</html>" * 9, "cannot be decoded"),
        (bytes(5000), "cannot be decoded"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n", "type git lfs pull"),
    ],
)
@pytest.mark.parametrize("read", [count_frames, decode])
def test_a_file_that_is_no_video_is_refused(tmp_path, content, reason, read):
    (tmp_path / "odd.webm").write_bytes(content)
    with pytest.raises(VideoError, match=rf"odd\.webm: .*{reason}"):
        read(tmp_path / "odd.webm")


@pytest.mark.parametrize("read", [count_frames, decode])
def test_a_file_without_a_picture_is_refused(tmp_path, read):
    with wave.open(str(tmp_path / "sound.webm"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    with pytest.raises(VideoError, match=r"sound\.webm: the file holds no video stream"):
        read(tmp_path / "sound.webm")


@pytest.mark.parametrize("read", [count_frames, decode])
def test_a_missing_clip_is_named(tmp_path, read):
    with pytest.raises(VideoError, match=r"17\.webm: no such file"):
        read(tmp_path / "17.webm")


def test_a_packet_that_is_never_shown_is_not_taken_for_a_frame(clip, all_frames, tmp_path):
    """The last packet's header loses the bit that says its frame is to be shown: one frame less."""
    content = clip.read_bytes()
    with av.open(str(clip)) as container:
        last = bytes([packet for packet in container.demux(video=0) if packet.size][-1])
    path = tmp_path / "hidden.webm"
    path.write_bytes(content.replace(last, bytes([last[0] & ~2]) + last[1:]))
    n_frames = len(all_frames) - 1
    assert count_frames(path) == n_frames + 1 and len(decode(path)) == n_frames
    asked = []
    frames = sample_frames(path, lambda n: asked.append(n) or np.array([0, n - 1]))
    np.testing.assert_array_equal(frames, all_frames[[0, n_frames - 1]])
    assert asked == [n_frames + 1, n_frames]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (33, 47), (2, 200), (241, 17)])
def test_odd_sizes_are_decoded_and_resized(tmp_path, height, width):
    path = encoded(tmp_path / "odd.webm", "libvpx-vp9", moving(5, height, width))
    assert decode(path).shape == (5, height, width, 3)
    assert sample_frames(path, lambda n: np.arange(n), size=(24, 32)).shape == (5, 24, 32, 3)


def test_a_size_that_no_picture_can_have_is_told_as_that(tmp_path):
    path = encoded(tmp_path / "thin.mkv", "ffv1", moving(2, 2, 64), "matroska")
    with pytest.raises(
        VideoError, match=r"thin\.mkv: cannot be decoded as video \(Invalid argument"
    ):
        decode(path, [0], lambda height, width: (1 << 10, 1 << 20))


def test_a_resolution_that_changes_on_the_way_is_resized_to_one(tmp_path):
    clips, joined = changing(tmp_path)
    frames = decode(joined, None, size=(48, 48))
    assert frames.shape == (12, 48, 48, 3)
    assert decode(joined).shape == (12, 48, 48, 3)
    for part, clip in zip(np.split(frames, 2), clips, strict=True):
        np.testing.assert_array_equal(part, decode(clip, None, size=(48, 48)))


@pytest.mark.parametrize("seed", range(3))
def test_damage_anywhere_ends_in_frames_or_in_a_video_error(clip, tmp_path, seed):
    rng, content = np.random.default_rng(seed), np.frombuffer(clip.read_bytes(), np.uint8)
    refused = 0
    for _ in range(40):
        spoilt = content.copy()
        places = rng.integers(0, len(spoilt), rng.integers(1, 40))
        spoilt[places] = rng.integers(0, 256, len(places))
        (tmp_path / "spoilt.webm").write_bytes(spoilt.tobytes())
        try:
            frames = sample_frames(
                tmp_path / "spoilt.webm", lambda n: np.arange(0, n, 5), size=(24, 24)
            )
            assert frames.shape[1:] == (24, 24, 3)
        except VideoError as error:
            assert "spoilt.webm" in str(error)
            refused += 1
    assert refused  # some damage is noticed; some only shows
