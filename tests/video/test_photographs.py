"""Folders of pictures as cameras and other libraries write them."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from playfair.video.reader import VideoError, decode, opened

LARGE = (96, 128, 3)  # as JPEG over the 2 KB in which FFmpeg looks for what a file is


def photograph() -> Image.Image:
    """A picture of which every corner has a colour of its own, with a sensor's noise."""
    corners = np.zeros(LARGE)
    corners[:48, :64] = (220, 0, 0)
    corners[:48, 64:] = (0, 220, 0)
    corners[48:, :64] = (0, 0, 220)
    noise = np.random.default_rng(0).integers(0, 25, LARGE)
    return Image.fromarray((corners + noise).astype(np.uint8))


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "50%03d.jpg", "jpeg called.png"])
def test_a_jpeg_of_any_size_is_read(tmp_path, name: str) -> None:
    file = tmp_path / name
    photograph().save(file, "JPEG", quality=95, subsampling=0)
    assert file.stat().st_size > 4096
    expected = np.asarray(Image.open(file).convert("RGB"), float)
    assert np.abs(decode(file)[0] - expected).mean() < 1


def test_a_folder_of_jpegs_is_a_clip(tmp_path) -> None:
    for number in range(3):
        photograph().save(tmp_path / f"frame{number + 1:05}.jpg", quality=90)
    assert decode(tmp_path).shape == (3, *LARGE)


def test_a_list_of_files_that_is_called_a_jpeg_is_not_followed(tmp_path) -> None:
    photograph().save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_text(f"ffconcat version 1.0\nfile {tmp_path / 'a.png'}\n")
    with pytest.raises(VideoError, match="cannot be decoded as video"), opened(tmp_path / "b.jpg"):
        pass


@pytest.mark.parametrize("ending", ["jpg", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_shown_upright(tmp_path, orientation: int, ending: str) -> None:
    file = tmp_path / f"a.{ending}"
    exif = Image.Exif()
    exif[0x112] = orientation
    photograph().save(file, exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(file)), float)
    shown = decode(file)[0]
    assert shown.shape == expected.shape
    assert np.abs(shown - expected).mean() < 4
