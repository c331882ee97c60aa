"""What a model sees, step by step, beside the plainest way to make it of the same pixels."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from playfair.models.backbones.resnet import resnet18
from playfair.models.separable import as_pictures
from playfair.video.fitted import Fit, cut_out, decode_fitted, sample_anywhere, sample_fitted
from playfair.video.reader import decode
from tests.clips import encoded

TRAINED = Fit(short_side=256, crop=(224, 224))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames of 240×426: soft shapes with edges, as a camera sees them."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)
    picture = np.array(Image.fromarray(coarse).resize((426, 240), Image.Resampling.BICUBIC))
    picture[60:120, 100:180] = (200, 40, 40)
    frames = [np.ascontiguousarray(np.roll(picture, 3 * i, axis=1)) for i in range(6)]
    return encoded(tmp_path_factory.mktemp("clips") / "clip.webm", "libvpx-vp9", frames, crf="20")


def by_pil(frames: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear, with the filter widened where a picture shrinks."""
    size = (width, height)
    pictures = [Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR) for frame in frames]
    return np.stack([np.array(picture) for picture in pictures])


def by_torch(frames: np.ndarray, height: int, width: int) -> np.ndarray:
    pictures = torch.from_numpy(frames).movedim(-1, 1).float()
    resized = F.interpolate(pictures, (height, width), mode="bilinear", antialias=True)
    return resized.round().clamp(0, 255).byte().movedim(1, -1).numpy()


@pytest.mark.parametrize("reference", [by_pil, by_torch])
@pytest.mark.parametrize(
    ("fit", "resized", "window"),
    [
        (TRAINED, (256, 454), (slice(16, 240), slice(115, 339))),
        (Fit(short_side=112, crop=(96, 80)), (112, 198), (slice(8, 104), slice(59, 139))),
        (Fit(size=(224, 224)), (224, 224), (slice(None), slice(None))),
        (Fit(crop=(200, 100)), (240, 426), (slice(20, 220), slice(163, 263))),
    ],
)
def test_resized_and_cropped_frames_are_those_of_a_plain_reference(
    fit: Fit, resized: tuple[int, int], window: tuple[slice, slice], reference, clip: Path
) -> None:
    whole = decode(clip)
    expected = reference(whole, *resized)[:, window[0], window[1]]
    frames, n_frames = decode_fitted(clip, fit)
    assert n_frames == 6 and frames.shape == expected.shape == (6, *fit.picture, 3)
    difference = np.abs(frames.astype(int) - expected)
    name = reference.__name__.removeprefix("by_")
    print(
        f"{fit}: {difference.mean():.2f} of 255 from {name}, 99 % {np.quantile(difference, 0.99)}"
    )
    # swscale resizes brightness and colour as they are stored, the references red, green and blue
    assert difference.mean() < 2.2
    assert np.quantile(difference, 0.99) <= 12
    last = sample_fitted(clip, lambda n: np.array([n - 1]), **fit._asdict())
    np.testing.assert_array_equal(last, frames[-1:])


def test_a_place_beside_the_centre_would_be_noticed(clip: Path) -> None:
    """The bounds above are tight: two pixels further, and the pictures differ by more."""
    whole = by_pil(decode(clip), 256, 454)
    frames, _ = decode_fitted(clip, TRAINED)
    for beside in (whole[:, 18:242, 115:339], whole[:, 16:240, 117:341]):
        difference = np.abs(frames.astype(int) - beside)
        assert difference.mean() > 2.2 or np.quantile(difference, 0.99) > 12


def test_pictures_are_scaled_to_one_and_normalised_as_the_weights_expect() -> None:
    frames = torch.randint(256, (2, 8, 8, 3), dtype=torch.uint8)
    pictures = as_pictures(frames)
    by_hand = frames.permute(0, 3, 1, 2) / 255
    torch.testing.assert_close(pictures, by_hand)
    backbone = resnet18()
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    seen = []
    backbone.conv1.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0]))
    backbone.eval()(by_hand)
    torch.testing.assert_close(seen[0], (by_hand - mean) / std)


def test_a_crop_is_cut_from_the_centre_rounded_down() -> None:
    frames = np.arange(7 * 9, dtype=np.uint8).reshape(1, 7, 9, 1)
    assert cut_out(frames, (2, 4))[0, :, :, 0].tolist() == [[20, 21, 22, 23], [29, 30, 31, 32]]


def test_crops_of_training_reach_over_all_of_the_frame(clip: Path) -> None:
    frames = decode(clip, [0, 4], lambda height, width: (24, 42))
    lefts = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        crop = sample_anywhere(clip, lambda n_frames: np.array([0, 4]), (24, 24), rng)
        left = [x for x in range(19) if np.array_equal(crop, frames[:, :, x : x + 24])]
        assert len(left) == 1, "all of the shorter side, in one place for all frames"
        lefts.add(left[0])
    assert {0, 18} <= lefts
    low = sample_anywhere(clip, lambda n_frames: np.array([0]), (16, 24), np.random.default_rng(0))
    assert low.shape == (1, 16, 24, 3)
