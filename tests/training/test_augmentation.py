from functools import partial

import pytest
import torch
from torch.nn import functional as F

from playfair.training.augmentation import augment

MIRRORED = torch.tensor(
    [0, 2, 1, -1]
)  # of four classes: one without a side, two that are swapped, one never mirrored
plain = partial(augment, mirrored=MIRRORED, shift=0, colour=0)


def videos(n: int = 4) -> torch.Tensor:
    """Brightness rises from left to right and from top to bottom, at 1 and 2 parts in 100."""
    down, along = torch.arange(20.0)[:, None] / 50, torch.arange(30.0) / 100
    return (down + along).expand(n, 3, 3, 20, 30).contiguous()


def test_without_any_change_asked_for_nothing_changes() -> None:
    frames, targets = plain(videos(), torch.arange(4))
    assert torch.equal(frames, videos()) and targets.tolist() == [0, 1, 2, 3]


def test_a_flipped_video_has_the_mirrored_class_and_one_that_is_never_mirrored_stays() -> None:
    frames, targets = plain(videos(), torch.arange(4), flip=1.0)
    assert targets.tolist() == [0, 2, 1, 3]
    assert torch.equal(frames[:3], videos(3).flip(-1)) and torch.equal(frames[3:], videos(1))


def test_each_video_is_flipped_on_its_own_with_all_its_frames() -> None:
    torch.manual_seed(0)
    frames, targets = plain(videos(400), torch.ones(400, dtype=torch.long), flip=0.5)
    flipped = frames[..., 0] > frames[..., -1]
    assert (flipped.flatten(1).all(1) | (~flipped).flatten(1).all(1)).all()
    assert torch.equal(flipped[:, 0, 0, 0], targets == 2)
    assert 150 < int((targets == 2).sum()) < 250  # 5 standard deviations


def test_a_flip_without_the_mirrored_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="flip=0.5 turns left into right.*mirrored_classes"):
        augment(videos(), torch.arange(4), flip=0.5)


def test_a_crop_is_a_window_of_the_picture_at_one_of_the_scales() -> None:
    torch.manual_seed(1)
    scales, seen = (1, 0.8, 0.5), set()
    frames, _ = plain(videos(200), torch.zeros(200, dtype=torch.long), scales=scales)
    assert frames.shape == videos(200).shape
    for video in frames[:, 0, 0]:
        # the slope of brightness tells how far it was stretched; away from the border, where the edge is repeated
        tall, wide = (
            (video[11, 15] - video[9, 15]) / 2 * 50,
            (video[10, 16] - video[10, 14]) / 2 * 100,
        )
        seen.add((round(float(tall), 2), round(float(wide), 2)))
    assert seen == {
        (a, b) for a in scales for b in scales if {a, b} != {1, 0.5}
    }  # sides at most one step apart
    assert float(frames.min()) >= float(videos().min()) and float(frames.max()) <= float(
        videos().max()
    )


def test_all_frames_of_a_video_are_cropped_alike_and_videos_differently() -> None:
    frames, _ = plain(videos(8), torch.zeros(8, dtype=torch.long), scales=(1, 0.5))
    assert torch.equal(frames[:, 0], frames[:, 2])
    assert len({float(video.mean()) for video in frames}) > 4


def test_a_crop_equals_torchs_own_interpolation_of_some_window() -> None:
    picture = torch.rand(1, 1, 3, 8, 8)
    frames, _ = plain(picture, torch.zeros(1, dtype=torch.long), scales=(0.5, 0.5))
    windows = [picture[0, ..., y : y + 4, x : x + 4] for y in range(5) for x in range(5)]
    resized = [
        F.interpolate(window, (8, 8), mode="bilinear", align_corners=False) for window in windows
    ]
    assert any(torch.allclose(frames[0], one) for one in resized)


def test_the_same_seed_changes_the_same() -> None:
    draws = []
    for _ in range(2):
        torch.manual_seed(3)
        draws.append(
            augment(
                videos(), torch.arange(4), MIRRORED, flip=0.5, scales=(1, 0.8), swap_channels=True
            )
        )
    assert torch.equal(draws[0][0], draws[1][0]) and torch.equal(draws[0][1], draws[1][1])
