"""Pictures as a checkpoint wants them: the shorter side, and the middle of it."""

from pathlib import Path

import numpy as np
import pytest

from playfair.video.fitted import cut_out, in_proportion, sample_fitted
from playfair.video.reader import VideoError, decode


def chosen(n_frames: int) -> np.ndarray:
    return np.array([1, n_frames - 2])


def test_the_shorter_side_is_resized_and_the_centre_cut_out(clip: Path) -> None:
    n_frames = len(decode(clip))
    frames = sample_fitted(clip, chosen, short_side=40, crop=(32, 24))
    whole = decode(clip, [1, n_frames - 2], (40, 40))  # the clip is square
    assert np.array_equal(frames, whole[:, 4:36, 8:32])
    assert np.array_equal(
        sample_fitted(clip, chosen, size=(20, 30)), decode(clip, [1, n_frames - 2], (20, 30))
    )


def test_the_other_side_keeps_the_proportions() -> None:
    assert in_proportion(240, 427, 224) == (224, 398)
    assert in_proportion(427, 240, 224) == (398, 224)
    assert cut_out(np.arange(25).reshape(1, 5, 5, 1).astype(np.uint8), (3, 1))[
        0, :, :, 0
    ].tolist() == [[7], [12], [17]]


def test_a_crop_larger_than_the_picture_is_refused(clip: Path) -> None:
    with pytest.raises(ValueError, match="A crop of 64 × 64 is larger than the picture, 40 × 40"):
        sample_fitted(clip, chosen, short_side=40, crop=(64, 64))
    with pytest.raises(VideoError, match="no such file"):
        sample_fitted(clip.with_name("none.webm"), chosen, short_side=40)
