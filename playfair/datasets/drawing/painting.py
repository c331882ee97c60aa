"""Textured things, and how one is painted onto a picture."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]  # (height, width, channel), 0 to 1


def random_colours(
    rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]
) -> Image:
    """Two colours of one texture, drawn in hue, saturation and value.

    Args:
        rng: where they are drawn from.
        saturation: least and most.
        value: least and most.

    Returns:
        (2, 3), RGB.
    """
    hue = rng.uniform(0, 6, (2, 1))
    s = rng.uniform(*saturation, (2, 1))
    v = rng.uniform(*value, (2, 1))
    ramp = np.clip(np.abs((hue + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return (v * (1 - s + s * ramp)).astype(np.float32)


def random_texture(
    rng: np.random.Generator, n: int, colours: Image, waves: tuple[float, float]
) -> Image:
    """Waves of two colours, of random direction and length: stripes to blotches.

    Args:
        rng: where they are drawn from.
        n: height and width, pixels.
        colours: (2, 3), RGB.
        waves: fewest and most per side.

    Returns:
        (n, n, 3).
    """
    y, x = np.mgrid[:n, :n].astype(np.float32) / n
    field = np.zeros((n, n), np.float32)
    for _ in range(rng.integers(1, 5)):
        direction = rng.uniform(0, 2 * np.pi)
        frequency = rng.uniform(*waves)
        phase = rng.uniform(0, 2 * np.pi)
        along = x * np.cos(direction) + y * np.sin(direction)
        field += np.cos(2 * np.pi * frequency * along + phase)
    mix = 0.5 + 0.5 * np.tanh(field)[..., None]
    return (mix * colours[0] + (1 - mix) * colours[1]).astype(np.float32)


def random_thing(rng: np.random.Generator, size: int) -> Image:
    """A textured thing of random, lengthy outline, with a dark tip that shows its angle.

    Args:
        rng: where it is drawn from.
        size: of the picture that it is for, pixels.

    Returns:
        (n, n, 4), alpha last.
    """
    n = size // 2 + size // 4
    y, x = (np.mgrid[:n, :n].astype(np.float32) + 0.5) * (2 / n) - 1
    distance = np.hypot(x, y)
    angle = np.arctan2(y, x)
    # The second harmonic makes it lengthy, higher ones uneven: (harmonic, amplitude, phase).
    bumps = [(2, rng.uniform(0.2, 0.3), 0.0)]
    for harmonic in (3, 4, 5):
        amplitude = rng.uniform(0, 0.09)
        bumps.append((harmonic, amplitude, rng.uniform(0, 2 * np.pi)))
    outline = 1 + sum(a * np.cos(k * angle + phase) for k, a, phase in bumps)
    # An edge that is 3 pixels soft.
    alpha = np.clip((0.95 * outline / outline.max() - distance) * n / 3 + 0.5, 0, 1)
    colours = random_colours(rng, saturation=(0.5, 1.0), value=(0.75, 1.0))
    picture = random_texture(rng, n, colours, waves=(1.0, 3.0))
    tip = np.hypot(x - 0.6, y) < 0.36
    picture[tip] *= 0.1
    return np.dstack([picture, alpha]).astype(np.float32)


def paint(
    canvas: Image, thing: Image, centre: NDArray[np.float64], radius: float, angle: float
) -> None:
    """Paint a thing onto the canvas, bilinearly, where the two overlap.

    Args:
        canvas: (height, width, 3), changed in place.
        thing: (n, n, 4), alpha last.
        centre: (x, y), pixels.
        radius: half the thing's side on the canvas, pixels.
        angle: radians.
    """
    height, width = canvas.shape[:2]
    left, top = (max(0, int(np.floor(c - radius))) for c in centre)
    right = min(width, int(np.ceil(centre[0] + radius)) + 1)
    bottom = min(height, int(np.ceil(centre[1] + radius)) + 1)
    if right <= left or bottom <= top:
        return
    # Where each pixel of the canvas lies in the thing: turned back and scaled, in texels.
    x = (np.arange(left, right, dtype=np.float32) + 0.5 - np.float32(centre[0]))[None, :]
    y = (np.arange(top, bottom, dtype=np.float32) + 0.5 - np.float32(centre[1]))[:, None]
    cos = np.float32(np.cos(angle) / radius)
    sin = np.float32(np.sin(angle) / radius)
    n = len(thing)
    u = ((cos * x + sin * y) + 1) * (n / 2) - 0.5
    v = ((cos * y - sin * x) + 1) * (n / 2) - 0.5
    inside = (u >= 0) & (u < n - 1) & (v >= 0) & (v < n - 1)
    texel = _interpolated(thing, u[inside], v[inside])
    region = canvas[top:bottom, left:right]
    region[inside] += texel[:, 3:] * (texel[:, :3] - region[inside])


def _interpolated(thing: Image, u: NDArray[np.floating], v: NDArray[np.floating]) -> Image:
    """The thing's colours between four texels, at columns u and rows v: (point, 4)."""
    n = len(thing)
    column = u.astype(np.intp)
    row = v.astype(np.intp)
    fu = (u - column)[:, None]
    fv = (v - row)[:, None]
    texels = thing.reshape(-1, 4)
    corner = row * n + column
    above = texels[corner] * (1 - fu) + texels[corner + 1] * fu
    below = texels[corner + n] * (1 - fu) + texels[corner + n + 1] * fu
    return above * (1 - fv) + below * fv
