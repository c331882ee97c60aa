"""A synthetic clip: textured things that act in a still scene, for an interval.

The actors come into view when the action starts and are gone when it ends, with an opacity that is
symmetric in time; outside the interval there is the still scene and nothing else, so those frames
say nothing about the class. No single frame can tell twins apart. Scene, camera and action are
drawn from separate streams of the clip's seed: which class is drawn changes the action alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.drawing.actions import path_of
from playfair.datasets.drawing.painting import paint, random_thing
from playfair.datasets.drawing.scene import random_camera, random_scene, view


@dataclass(frozen=True)
class Clip:
    """A drawn clip.

    Attributes:
        frames: (frame, height, width, 3) uint8.
        start: the first frame that shows the action.
        stop: the frame after the last one.

    Example:
        >>> clip = draw("Moving [something] up", np.random.SeedSequence(0), size=64)
        >>> clip.frames.shape[1:], 0 < clip.start < clip.stop < len(clip.frames)
        ((64, 64, 3), True)
    """

    frames: NDArray[np.uint8]
    start: int
    stop: int


def interval(seed: np.random.SeedSequence) -> tuple[int, int, int]:
    """The length of the clip that `draw` makes of a seed, and when it acts.

    Args:
        seed: the clip's.

    Returns:
        n_frames, start, stop: 20 to 60 frames, of which [start, stop), 40 to 80 %, are action.

    Example:
        >>> interval(np.random.SeedSequence(0))
        (52, 23, 50)
    """
    rng = np.random.default_rng(_streams(seed)[0])
    n_frames = int(rng.integers(20, 61))
    n_action = round(n_frames * rng.uniform(0.4, 0.8))
    start = int(rng.integers(1, n_frames - n_action))
    return n_frames, start, start + n_action


def draw(template: str, seed: np.random.SeedSequence, size: int) -> Clip:
    """Draw a clip of a class.

    Args:
        template: the class's, one of `actions.TEMPLATES`.
        seed: the clip's; the same seed draws the same pixels.
        size: height and width, pixels.

    Returns:
        The clip.

    Example:
        >>> draw("Moving [something] up", np.random.SeedSequence(0), size=64).start
        23
    """
    n_frames, start, stop = interval(seed)
    _, scene_seed, camera_seed, action_seed = _streams(seed)
    scene = random_scene(np.random.default_rng(scene_seed), size)
    camera = random_camera(np.random.default_rng(camera_seed), n_frames, size)
    action = np.random.default_rng(action_seed)
    path = path_of(template, action)
    actors = [random_thing(action, size) for _ in path(0.5)]
    frames = np.empty((n_frames, size, size, 3), np.uint8)
    for i in range(n_frames):
        picture = view(scene, camera[i])
        if start <= i < stop:
            phase = phase_of(i - start, stop - start)
            acting = picture.copy()
            for actor, pose in zip(actors, path(phase), strict=True):
                centre = np.array([pose.x, pose.y]) * size - camera[i]
                paint(acting, actor, centre, pose.radius * size, pose.angle)
            picture += opacity(phase) * (acting - picture)
        frames[i] = np.rint(255 * picture)
    return Clip(frames, start, stop)


def phase_of(i: int, n: int) -> float:
    """The middle of frame i of n, so that reversing the frames maps phase u to 1 - u.

    Example:
        >>> phase_of(0, 4)
        0.125
    """
    return (i + 0.5) / n


def opacity(phase: float) -> float:
    """How much of the actors is to be seen: all after the first 7.5 % of the action.

    Example:
        >>> opacity(0.5)
        1.0
    """
    return min(1.0, 0.25 + 10 * min(phase, 1 - phase))


def _streams(seed: np.random.SeedSequence) -> list[np.random.SeedSequence]:
    """Of the interval, the scene, the camera and the action."""
    # A copy, since a sequence counts what it spawned: the same seed must give the same streams.
    fresh = np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key)
    return fresh.spawn(4)
