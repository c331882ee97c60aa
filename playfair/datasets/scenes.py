"""Draws the synthetic clips: textured things that act in a still scene, for an interval, seen by a shaky camera.

A class is a path: phase u in (0, 1) -> where each actor is, how large and how turned. Its twin runs the same path with
1 - u, so the two show the same pictures in opposite order and no single frame can tell them apart. The actors
come into view when the action starts and are gone when it ends, with an opacity that is symmetric in time; outside
the interval there is the still scene and nothing else, so those frames say nothing about the class. Scene, camera
and action are drawn from separate streams of the clip's seed: which class is drawn changes the action alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]  # (height, width, channel), 0 to 1
MARGIN = 4  # pixels of scene beyond each border, for the camera to shake into


@dataclass(frozen=True)
class Pose:
    """Where an actor is: centre `x`, `y` and `radius` as fractions of the picture's side, `angle` in radians.

    >>> Pose(x=0.5, y=0.5, radius=0.2, angle=0.0)
    Pose(x=0.5, y=0.5, radius=0.2, angle=0.0)
    """

    x: float
    y: float
    radius: float
    angle: float


Path = Callable[[float], Sequence[Pose]]  # phase in [0, 1] -> a pose per actor, the front one last


@dataclass(frozen=True)
class Clip:
    """A drawn clip: `frames (frame, height, width, 3) uint8`; the frames [start, stop) show the action.

    >>> clip = draw("Moving [something] up", np.random.SeedSequence(0), size=64)
    >>> clip.frames.shape[1:], 0 < clip.start < clip.stop < len(clip.frames)
    ((64, 64, 3), True)
    """

    frames: NDArray[np.uint8]
    start: int
    stop: int


def _turning(rng: np.random.Generator) -> Path:
    # Starts within 144 degrees: from any angle the twins were not told apart in training of a minute (0.53, now 1.00).
    x, y, radius, start = (
        *rng.uniform(0.45, 0.55, 2),
        rng.uniform(0.36, 0.42),
        rng.uniform(0.6, 1.4) * np.pi,
    )
    turn = rng.uniform(0.9, 1.1) * np.pi
    return lambda u: [Pose(x, y, radius, start + turn * u)]


def _moving(rng: np.random.Generator, vertical: bool) -> Path:
    along, end, across = *_ends(rng), rng.uniform(0.38, 0.62)
    drift, radius, angle = (
        rng.uniform(-0.06, 0.06),
        rng.uniform(0.15, 0.2),
        rng.uniform(0, 2 * np.pi),
    )

    def path(u: float) -> list[Pose]:
        a, b = along + (end - along) * u, across + drift * (u - 0.5)
        return [Pose(b, 1 - a, radius, angle) if vertical else Pose(a, b, radius, angle)]

    return path


def _approaching(rng: np.random.Generator) -> Path:
    x, y, angle = *rng.uniform(0.4, 0.6, 2), rng.uniform(0, 2 * np.pi)
    far, near = rng.uniform(0.07, 0.1), rng.uniform(0.42, 0.55)
    return lambda u: [
        Pose(x, y, far * (near / far) ** u, angle)
    ]  # looms evenly: by ratio, not by difference


def _meeting(rng: np.random.Generator) -> Path:
    axis, far, near = rng.uniform(0, 2 * np.pi), rng.uniform(0.32, 0.4), rng.uniform(0.1, 0.14)
    radii, angles = rng.uniform(0.12, 0.16, 2), rng.uniform(0, 2 * np.pi, 2)

    def path(u: float) -> list[Pose]:
        dx, dy = (far + (near - far) * u) * np.array([np.cos(axis), np.sin(axis)])
        return [
            Pose(0.5 + s * dx, 0.5 + s * dy, r, a)
            for s, r, a in zip((1, -1), radii, angles, strict=True)
        ]

    return path


def _covering(rng: np.random.Generator) -> Path:
    x, y = rng.uniform(0.4, 0.6, 2)
    side, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 0.5)
    radius, angles = rng.uniform(0.12, 0.15), rng.uniform(0, 2 * np.pi, 2)

    def path(u: float) -> list[Pose]:
        dx, dy = far * (1 - u) * np.array([np.cos(side), np.sin(side)])
        return [Pose(x, y, radius, angles[0]), Pose(x + dx, y + dy, 2 * radius, angles[1])]

    return path


def _ends(rng: np.random.Generator) -> tuple[float, float]:
    return rng.uniform(0.05, 0.2), rng.uniform(0.8, 0.95)


# (template, its twin's, path): the twin runs the path backwards. The most frequent class comes first.
PAIRS: tuple[tuple[str, str, Callable[[np.random.Generator], Path]], ...] = (
    ("Turning [something] clockwise", "Turning [something] counter-clockwise", _turning),
    (
        "Moving [something] from left to right",
        "Moving [something] from right to left",
        partial(_moving, vertical=False),
    ),
    (
        "Moving [something] towards the camera",
        "Moving [something] away from the camera",
        _approaching,
    ),
    ("Covering [something] with [something]", "Uncovering [something]", _covering),
    ("Moving [something] up", "Moving [something] down", partial(_moving, vertical=True)),
    (
        "Moving [something] and [something] closer to each other",
        "Moving [something] and [something] away from each other",
        _meeting,
    ),
)
TEMPLATES = tuple(template for *twins, _ in PAIRS for template in twins)


def interval(seed: np.random.SeedSequence) -> tuple[int, int, int]:
    """(n_frames, start, stop) of the clip that `draw` makes of this seed: 20 to 60 frames, 40 to 80 % of them action.

    >>> interval(np.random.SeedSequence(0))
    (52, 23, 50)
    """
    rng = np.random.default_rng(_streams(seed)[0])
    n_frames = int(rng.integers(20, 61))
    n_action = round(n_frames * rng.uniform(0.4, 0.8))
    start = int(rng.integers(1, n_frames - n_action))
    return n_frames, start, start + n_action


def draw(template: str, seed: np.random.SeedSequence, size: int) -> Clip:
    """Draws a clip of a class, `size` pixels high and wide.

    >>> draw("Moving [something] up", np.random.SeedSequence(0), size=64).start
    23
    """
    n_frames, start, stop = interval(seed)
    _, scene_seed, camera_seed, action_seed = _streams(seed)
    scene = _scene(np.random.default_rng(scene_seed), size)
    camera = _camera(np.random.default_rng(camera_seed), n_frames, size)
    poses, actors = _act(template, np.random.default_rng(action_seed), stop - start, size)
    frames = np.empty((n_frames, size, size, 3), np.uint8)
    for i in range(n_frames):
        view = _look(scene, camera[i])
        if start <= i < stop:
            acting = view.copy()
            for actor, pose in zip(actors, poses[i - start], strict=True):
                centre = np.array([pose.x, pose.y]) * size - camera[i]
                _paint(acting, actor, centre, pose.radius * size, pose.angle)
            view += _opacity(_phase(i - start, stop - start)) * (acting - view)
        frames[i] = np.rint(255 * view)
    return Clip(frames, start, stop)


def _act(
    template: str, rng: np.random.Generator, n_action: int, size: int
) -> tuple[list[Sequence[Pose]], list[Image]]:
    """The actors' poses in every frame of the action, and what they look like."""
    forwards, _, make_path = next(pair for pair in PAIRS if template in pair[:2])
    path = make_path(rng)
    phases = [_phase(i, n_action) for i in range(n_action)]
    poses = [path(u if template == forwards else 1 - u) for u in phases]
    return poses, [_thing(rng, size) for _ in poses[0]]


def _phase(i: int, n: int) -> float:
    return (i + 0.5) / n  # the middle of frame i, so that reversing the frames maps u to 1 - u


def _opacity(u: float) -> float:
    return min(1.0, 0.25 + 10 * min(u, 1 - u))  # fully there after the first 7.5 % of the action


def _streams(seed: np.random.SeedSequence) -> list[np.random.SeedSequence]:
    fresh = np.random.SeedSequence(
        seed.entropy, spawn_key=seed.spawn_key
    )  # spawning counts: the same call, the same
    return fresh.spawn(4)


def _colours(
    rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]
) -> Image:
    """Two colours of one texture: hue, saturation, value to RGB. `(2, 3)`."""
    hue, s, v = (
        rng.uniform(0, 6, (2, 1)),
        rng.uniform(*saturation, (2, 1)),
        rng.uniform(*value, (2, 1)),
    )
    ramp = np.clip(np.abs((hue + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return (v * (1 - s + s * ramp)).astype(np.float32)


def _texture(rng: np.random.Generator, n: int, colours: Image, waves: tuple[float, float]) -> Image:
    """Waves of random direction and length (`waves`: fewest, most per side) of two colours: stripes to blotches."""
    y, x = np.mgrid[:n, :n].astype(np.float32) / n
    field = np.zeros((n, n), np.float32)
    for _ in range(rng.integers(1, 5)):
        direction, frequency, phase = (
            rng.uniform(0, 2 * np.pi),
            rng.uniform(*waves),
            rng.uniform(0, 2 * np.pi),
        )
        field += np.cos(
            2 * np.pi * frequency * (x * np.cos(direction) + y * np.sin(direction)) + phase
        )
    mix = 0.5 + 0.5 * np.tanh(field)[..., None]
    return (mix * colours[0] + (1 - mix) * colours[1]).astype(np.float32)


def _thing(rng: np.random.Generator, size: int) -> Image:
    """A textured thing of random, lengthy outline with a dark tip that shows its angle. `(n, n, 4)`, alpha last."""
    n = size // 2 + size // 4
    y, x = (np.mgrid[:n, :n].astype(np.float32) + 0.5) * (2 / n) - 1
    distance, angle = np.hypot(x, y), np.arctan2(y, x)
    bumps = [(2, rng.uniform(0.2, 0.3), 0.0)] + [
        (k, rng.uniform(0, 0.09), rng.uniform(0, 2 * np.pi)) for k in (3, 4, 5)
    ]
    outline = 1 + sum(a * np.cos(k * angle + phase) for k, a, phase in bumps)
    alpha = np.clip((0.95 * outline / outline.max() - distance) * n / 3 + 0.5, 0, 1)
    colour = _texture(rng, n, _colours(rng, (0.5, 1.0), (0.75, 1.0)), (1.0, 3.0))
    colour[np.hypot(x - 0.6, y) < 0.36] *= 0.1
    return np.dstack([colour, alpha]).astype(np.float32)


def _scene(rng: np.random.Generator, size: int) -> Image:
    """A background with up to two bystanders that never move, MARGIN larger than the picture on each side."""
    n = size + 2 * MARGIN
    scene = _texture(rng, n, _colours(rng, (0.0, 0.5), (0.2, 0.6)), (0.5, 5.0))
    for _ in range(rng.integers(0, 3)):
        thing = _thing(rng, size)
        thing[..., :3] *= 0.7
        _paint(
            scene,
            thing,
            rng.uniform(0, n, 2),
            rng.uniform(0.06, 0.1) * size,
            rng.uniform(0, 2 * np.pi),
        )
    return scene


def _camera(rng: np.random.Generator, n_frames: int, size: int) -> NDArray[np.float64]:
    """A hand's tremor: a few sines of random phase, alike forwards and backwards. `(frame, 2)`, pixels, < MARGIN."""
    time = np.arange(n_frames)[:, None, None]
    period, phase = rng.uniform(6, 40, (2, 3)), rng.uniform(0, 2 * np.pi, (2, 3))
    reach = min(0.01 * size, 0.3 * MARGIN)
    return reach * np.sin(2 * np.pi * time / period + phase).sum(axis=2)


def _look(scene: Image, shift: NDArray[np.float64]) -> Image:
    """The scene moved by a fraction of a pixel, without its margin."""
    column, row = (int(np.floor(s)) for s in shift)
    fx, fy = np.float32(shift[0] - column), np.float32(shift[1] - row)
    top, left, size = MARGIN + row, MARGIN + column, len(scene) - 2 * MARGIN
    rows: Image = scene[top : top + size] * (1 - fy) + scene[top + 1 : top + 1 + size] * fy
    return rows[:, left : left + size] * (1 - fx) + rows[:, left + 1 : left + 1 + size] * fx


def _paint(
    canvas: Image, thing: Image, centre: NDArray[np.float64], radius: float, angle: float
) -> None:
    """Paints a thing onto the canvas, bilinearly, where the two overlap."""
    height, width = canvas.shape[:2]
    left, top = (max(0, int(np.floor(c - radius))) for c in centre)
    right, bottom = (
        min(limit, int(np.ceil(c + radius)) + 1)
        for c, limit in zip(centre, (width, height), strict=True)
    )
    if right <= left or bottom <= top:
        return
    n = len(thing)
    x = (np.arange(left, right, dtype=np.float32) + 0.5 - np.float32(centre[0]))[None, :]
    y = (np.arange(top, bottom, dtype=np.float32) + 0.5 - np.float32(centre[1]))[:, None]
    cos, sin = np.float32(np.cos(angle) / radius), np.float32(np.sin(angle) / radius)
    u, v = ((cos * x + sin * y) + 1) * (n / 2) - 0.5, ((cos * y - sin * x) + 1) * (n / 2) - 0.5
    inside = (u >= 0) & (u < n - 1) & (v >= 0) & (v < n - 1)
    u, v = u[inside], v[inside]
    column, row = u.astype(np.intp), v.astype(np.intp)
    fu, fv = (u - column)[:, None], (v - row)[:, None]
    texels, corner = thing.reshape(-1, 4), row * n + column
    above = texels[corner] * (1 - fu) + texels[corner + 1] * fu
    below = texels[corner + n] * (1 - fu) + texels[corner + n + 1] * fu
    texel = above * (1 - fv) + below * fv
    region = canvas[top:bottom, left:right]
    region[inside] += texel[:, 3:] * (texel[:, :3] - region[inside])
