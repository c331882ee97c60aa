"""Frames as a model wants them: resized, squeezed or in proportion, and a crop cut out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playfair.video.clock import ClipLength
from playfair.video.conversion import Size
from playfair.video.reader import Choose, Clip, decode_timed, sample_frames
from playfair.video.views import CENTRE, Place


class Fit(NamedTuple):
    """Sizes of a model's pictures.

    Attributes:
        size: (height, width) to which all are squeezed, whatever their proportions.
        short_side: pixels of the shorter side instead, the other in proportion.
        crop: (height, width) of what is then cut out.
        place: where that lies; the centre.

    Example:
        >>> Fit(short_side=256, crop=(224, 224)).picture
        (224, 224)
    """

    size: tuple[int, int] | None = None
    short_side: int | None = None
    crop: tuple[int, int] | None = None
    place: Place = CENTRE

    @property
    def resized(self) -> Size:
        """What is asked of swscale."""
        short_side = self.short_side
        if short_side is None:
            return self.size
        return lambda height, width: in_proportion(height, width, short_side)

    @property
    def picture(self) -> tuple[int, int]:
        """Height and width of every picture, whatever the clip's.

        Raises:
            ValueError: they depend on the clip.
        """
        picture = self.crop or self.size
        if picture is None:
            raise ValueError(
                "pictures of one size are needed: expected crop or size, got "
                f"short_side={self.short_side} alone"
            )
        return picture


def sample_fitted(
    path: Clip,
    choose: Choose,
    *,
    short_side: int | None = None,
    size: tuple[int, int] | None = None,
    crop: tuple[int, int] | None = None,
    place: Place = CENTRE,
) -> NDArray[np.uint8]:
    """The frames that are chosen, resized and cropped.

    Args:
        path: the clip.
        choose: number of frames → indices.
        short_side, size, crop, place: as of `Fit`; without them as they are stored.

    Returns:
        (frame, height, width, 3) uint8, RGB.

    Raises:
        VideoError: the clip cannot be read.
        ValueError: the crop is larger than the picture.
    """
    fit = Fit(size, short_side, crop)
    frames = sample_frames(path, choose, fit.resized)
    return frames if crop is None else cut_out(frames, crop, place)


def sample_anywhere(
    path: Clip, choose: Choose, crop: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The frames that are chosen, as training sees them: a crop of all the shorter side, anywhere.

    The largest of TSN's random crops (Wang et al. 2016): smaller ones are taken of it, so that over
    many epochs all of a frame is seen, and not its centre alone.

    Args:
        path: the clip.
        choose: number of frames → indices.
        crop: (height, width), pixels.
        rng: where the place is drawn from, one for all frames.

    Returns:
        (frame, *crop, 3) uint8, RGB.

    Raises:
        VideoError: the clip cannot be read.
    """
    frames = sample_frames(path, choose, lambda h, w: in_proportion(h, w, max(crop)))
    top = int(rng.integers(frames.shape[1] - crop[0] + 1))
    left = int(rng.integers(frames.shape[2] - crop[1] + 1))
    return frames[:, top : top + crop[0], left : left + crop[1]]


def decode_fitted(path: Clip, fit: Fit) -> tuple[NDArray[np.uint8], ClipLength]:
    """All frames, resized and cropped, and how many: as `decode_timed`."""
    if fit.crop is None:
        return decode_timed(path, fit.resized)
    crop = fit.crop
    return decode_timed(path, fit.resized, cut=lambda frames: cut_out(frames, crop, fit.place))


def in_proportion(height: int, width: int, short_side: int) -> tuple[int, int]:
    """(height, width) with so short a shorter side; the other is rounded down, as transformers does.

    >>> in_proportion(240, 427, 224)
    (224, 398)
    """
    if height <= width:
        return short_side, int(short_side * width / height)
    return int(short_side * height / width), short_side


def cut_out(
    frames: NDArray[np.uint8], crop: tuple[int, int], place: Place = CENTRE
) -> NDArray[np.uint8]:
    """A part of every frame, of the centre unless another place is given.

    Raises:
        ValueError: it is larger than the frames.

    >>> cut_out(np.zeros((1, 8, 12, 3), np.uint8), (4, 4)).shape
    (1, 4, 4, 3)
    """
    height, width = frames.shape[1:3]
    if crop[0] > height or crop[1] > width:
        raise ValueError(
            f"A crop of {crop[0]} × {crop[1]} is larger than the picture, {height} × {width}: the "
            "model's preprocessing resizes to less than it crops."
        )
    top, left = place.corner((height, width), crop)
    part = frames[:, top : top + crop[0], left : left + crop[1]]
    return part[:, :, ::-1] if place.mirrored else part
