"""Clips whose rate varies keep their times with what is stored of them."""

from pathlib import Path

import numpy as np
import torch

from playfair.datasets.dataset import Split
from playfair.steps.row_store import RowStore
from playfair.training.decoding import decode_once, read_block
from playfair.training.feature_extraction import FeatureWriter
from playfair.training.sources import Videos, sampled_features
from playfair.video import reader
from playfair.video.fitted import Fit
from playfair.video.reader import sample_frames
from playfair.video.sampling import segment_centres
from tests.video.test_odd_files import levels, uneven

TIMES = [*range(0, 1000, 100), *range(1000, 5000, 800)]
BY_TIME = [5, 10, 12, 13]  # what is shown at 530, 1590, 2650 and 3710 ms of 4240


class TwoClips:
    """One of uneven and one of even rate."""

    def __init__(self, folder: Path) -> None:
        self.files = {
            "uneven": uneven(folder / "uneven.mkv", TIMES),
            "even": uneven(folder / "even.mkv", list(range(0, 600, 40))),
        }

    def clip(self, uid: str) -> Path:
        return self.files[uid]


def centres(n_frames: int) -> np.ndarray:
    return segment_centres(n_frames, 4)


def test_stored_frames_and_features_are_sampled_as_the_clips_are(tmp_path: Path) -> None:
    split = Split("train", np.array(["uneven", "even"], dtype=object), np.array([0, 1]))
    videos = Videos(TwoClips(tmp_path), split, Fit((8, 8)))
    for folder in ("frames", "features"):
        (tmp_path / folder).mkdir()
    frames = RowStore(tmp_path / "frames", n_clips=2, block=2)
    decode_once(videos, frames, (8, 8), workers=0)
    assert frames.length(1).moments is None
    expected = [BY_TIME, segment_centres(15, 4).tolist()]
    features = RowStore(tmp_path / "features", n_clips=2, block=2)
    batch = read_block(frames, range(2), (8, 8)) | {"block": 0}
    rows = batch["frames"].float().mean((1, 2, 3))[:, None] / 5
    FeatureWriter(features).on_predict_batch_end(None, None, rows, batch, 0)
    values, index = sampled_features(features, [0, 1], 4)
    assert index.tolist() == expected
    np.testing.assert_allclose(values[..., 0], expected, atol=0.3)
    for clip in range(2):
        for source in (videos, frames):
            assert levels(source.sample(clip, centres)) == expected[clip]
    again = RowStore(tmp_path / "features", n_clips=2, block=2)
    assert sampled_features(again, [0], 4)[1].tolist() == expected[:1]
    assert torch.equal(batch["lengths"], torch.tensor([15, 15]))


def test_a_clip_too_large_to_be_kept_while_counted_is_read_again(
    tmp_path: Path, monkeypatch
) -> None:
    clip = uneven(tmp_path / "uneven.mkv", TIMES)
    monkeypatch.setattr(reader, "MOST_HELD", 100)
    assert levels(sample_frames(clip, centres)) == BY_TIME
