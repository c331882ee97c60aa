import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playfair.video.sampling import random_in_segments, segment_centres

lengths = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(n, 2000), st.just(n)))


@given(lengths)
def test_segment_centres_are_the_floor_of_the_middle_of_each_segment(length_and_frames):
    n_available, n_frames = length_and_frames
    width = n_available / n_frames
    middles = [(i + 0.5) * width for i in range(n_frames)]
    centres = segment_centres(n_available, n_frames)
    assert centres.dtype == np.int64
    assert all(
        centre <= middle + 1e-9 < centre + 1 + 1e-6
        for centre, middle in zip(centres, middles, strict=True)
    )


@given(lengths, st.integers(0, 2**32 - 1))
def test_no_frame_is_drawn_twice_and_order_is_kept(length_and_frames, seed):
    n_available, n_frames = length_and_frames
    for frames in (
        segment_centres(n_available, n_frames),
        random_in_segments(n_available, n_frames, np.random.default_rng(seed)),
    ):
        assert frames.shape == (n_frames,)
        assert np.all(np.diff(frames) > 0)
        assert frames[0] >= 0 and frames[-1] < n_available


def test_every_frame_is_drawn_equally_often_when_segments_are_equal():
    rng = np.random.default_rng(0)
    drawn = np.concatenate([random_in_segments(24, 8, rng) for _ in range(3000)])
    counts = np.bincount(drawn, minlength=24)
    assert np.all(np.abs(counts - 1000) < 150)  # 5.8 standard deviations


def test_as_many_frames_as_the_clip_has_are_all_of_them():
    assert segment_centres(13, 13).tolist() == list(range(13))
    assert random_in_segments(13, 13, np.random.default_rng(0)).tolist() == list(range(13))


def test_the_same_generator_draws_the_same_frames():
    draws = [random_in_segments(60, 8, np.random.default_rng(5)).tolist() for _ in range(2)]
    assert draws[0] == draws[1] != random_in_segments(60, 8, np.random.default_rng(6)).tolist()


def test_a_clip_shorter_than_n_frames_is_refused_with_what_to_type():
    with pytest.raises(ValueError, match=r'has 5 frames, n_frames=8 .*n_frames=5 .*short="repeat"'):
        segment_centres(5, 8)
    with pytest.raises(ValueError, match='short="repeat"'):
        random_in_segments(5, 8, np.random.default_rng(0))


def test_repeating_shows_every_frame_of_a_short_clip_in_order():
    for frames in (
        segment_centres(5, 8, "repeat"),
        random_in_segments(5, 8, np.random.default_rng(0), "repeat"),
    ):
        assert frames.shape == (8,)
        assert sorted(set(frames.tolist())) == [0, 1, 2, 3, 4]
        assert np.all(np.diff(frames) >= 0)


@pytest.mark.parametrize(
    ("n_available", "n_frames", "short"), [(0, 8, "repeat"), (8, 0, "raise"), (8, 8, "pad")]
)
def test_impossible_requests_are_refused(n_available, n_frames, short):
    with pytest.raises(ValueError, match="expected"):
        segment_centres(n_available, n_frames, short)
