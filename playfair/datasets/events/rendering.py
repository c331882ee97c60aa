"""A clip of events as pictures, and back: the frame carries exactly what is conditioned on.

A picture is four by four cells. A cell is light or dark, as its sign says, by the frame's contrast;
its tint is warm or cold, as the sign of the frame's moment says. Both are read back from the
pictures by the means of the cells' inner parts, which compression leaves far from their borders.
"""

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.events.clip import EventClip
from playfair.datasets.events.happenings import MOMENTS
from playfair.datasets.events.looks import CELLS, CONTRASTS, time_signs

GRID = 4  # cells in a row
MIDDLE = 128
LIGHT = 88  # grey levels from the middle at contrast 1
TINT = 24  # added to red and taken from blue, or the other way round
LUMA = np.array([0.299, 0.587, 0.114])


def pictures(clip: EventClip, size: int) -> NDArray[np.uint8]:
    """The clip's moments, one picture each.

    Args:
        clip: what they show.
        size: height and width, pixels, a multiple of 4.

    Returns:
        (moment, size, size, 3), RGB.

    Example:
        >>> from playfair.datasets.events.clip import draw_clip
        >>> pictures(draw_clip(0, (0,))[0], 32).shape
        (8, 32, 32, 3)
    """
    contrast = np.array(CONTRASTS)[clip.contrasts, None]
    light = MIDDLE + LIGHT * contrast * clip.signs  # (moment, cell)
    tint = TINT * time_signs()
    cells = np.stack([light + tint, light, light - tint], axis=-1)
    grid = cells.reshape(MOMENTS, GRID, GRID, 3)
    side = size // GRID
    return np.rint(grid.repeat(side, axis=1).repeat(side, axis=2)).astype(np.uint8)


def read_back(frames: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What decoded frames show, and of which moments they are.

    Args:
        frames: (frame, height, width, 3), RGB.

    Returns:
        signs (frame, cell), −1 or +1; moments (frame,).

    Example:
        >>> from playfair.datasets.events.clip import draw_clip
        >>> clip, _ = draw_clip(0, (0,))
        >>> signs, moments = read_back(pictures(clip, 32))
        >>> bool((signs == clip.signs).all()), moments.tolist()
        (True, [0, 1, 2, 3, 4, 5, 6, 7])
    """
    n_frames, height, width, _ = frames.shape
    cells = frames.reshape(n_frames, GRID, height // GRID, GRID, width // GRID, 3)
    rows = slice(height // GRID // 4, -(height // GRID // 4) or None)
    columns = slice(width // GRID // 4, -(width // GRID // 4) or None)
    means = cells[:, :, rows, :, columns].mean((2, 4)).reshape(n_frames, CELLS, 3)
    signs = np.where(means @ LUMA > MIDDLE, 1, -1)
    warmth = means[..., 0] - means[..., 2]
    moments = (warmth @ time_signs().T).argmax(1)
    return signs, moments
