"""What a synthetic clip shows without its actors: a still scene, seen by a shaky camera."""

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.drawing.painting import (
    Image,
    paint,
    random_colours,
    random_texture,
    random_thing,
)

MARGIN = 4  # pixels of scene beyond each border, for the camera to shake into


def random_scene(rng: np.random.Generator, size: int) -> Image:
    """A background with up to two bystanders that never move.

    Args:
        rng: where it is drawn from.
        size: of the picture, pixels.

    Returns:
        (n, n, 3), MARGIN larger than the picture on each side.
    """
    n = size + 2 * MARGIN
    colours = random_colours(rng, saturation=(0.0, 0.5), value=(0.2, 0.6))
    scene = random_texture(rng, n, colours, waves=(0.5, 5.0))
    for _ in range(rng.integers(0, 3)):
        bystander = random_thing(rng, size)
        bystander[..., :3] *= 0.7
        centre = rng.uniform(0, n, 2)
        radius = rng.uniform(0.06, 0.1) * size
        paint(scene, bystander, centre, radius, rng.uniform(0, 2 * np.pi))
    return scene


def random_camera(rng: np.random.Generator, n_frames: int, size: int) -> NDArray[np.float64]:
    """A hand's tremor: a few sines of random phase, alike forwards and backwards.

    Args:
        rng: where it is drawn from.
        n_frames: of the clip.
        size: of the picture, pixels.

    Returns:
        (frame, 2): shift in x and y, pixels, less than MARGIN.
    """
    time = np.arange(n_frames)[:, None, None]
    period = rng.uniform(6, 40, (2, 3))
    phase = rng.uniform(0, 2 * np.pi, (2, 3))
    reach = min(0.01 * size, 0.3 * MARGIN)
    return reach * np.sin(2 * np.pi * time / period + phase).sum(axis=2)


def view(scene: Image, shift: NDArray[np.float64]) -> Image:
    """The scene without its margin, moved by a fraction of a pixel.

    Args:
        scene: (n, n, 3), as `random_scene` draws it.
        shift: the camera's, in x and y, pixels.

    Returns:
        (size, size, 3).
    """
    column, row = (int(np.floor(s)) for s in shift)
    fx = np.float32(shift[0] - column)
    fy = np.float32(shift[1] - row)
    top = MARGIN + row
    left = MARGIN + column
    size = len(scene) - 2 * MARGIN
    rows: Image = scene[top : top + size] * (1 - fy) + scene[top + 1 : top + 1 + size] * fy
    return rows[:, left : left + size] * (1 - fx) + rows[:, left + 1 : left + 1 + size] * fx
