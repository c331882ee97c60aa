"""What the actors of a synthetic clip do: a path for every pair of twin classes.

A class is a path: phase u in [0, 1] → where each actor is, how large and how turned. Its twin runs
the same path with 1 - u, so the two show the same pictures in opposite order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np


@dataclass(frozen=True)
class Pose:
    """Where an actor is, as fractions of the picture's side.

    Attributes:
        x: of its centre.
        y: of its centre, from the top.
        radius: half its length.
        angle: radians.

    Example:
        >>> Pose(x=0.5, y=0.5, radius=0.2, angle=0.0)
        Pose(x=0.5, y=0.5, radius=0.2, angle=0.0)
    """

    x: float
    y: float
    radius: float
    angle: float


Path = Callable[[float], Sequence[Pose]]  # phase → a pose for every actor, the front one last


@dataclass(frozen=True)
class Twins:
    """Two classes that are each other played backwards, by their templates."""

    forwards: str
    backwards: str
    make_path: Callable[[np.random.Generator], Path]  # of the class that runs it forwards

    def path(self, template: str, rng: np.random.Generator) -> Path:
        """A path drawn at random, run in the direction of the class of that template."""
        path = self.make_path(rng)
        if template == self.forwards:
            return path
        return lambda phase: path(1 - phase)


def _turning(rng: np.random.Generator) -> Path:
    x, y = rng.uniform(0.45, 0.55, 2)
    radius = rng.uniform(0.36, 0.42)
    # Begins within 144 degrees: where it began at any angle, a minute of training did not tell the
    # twins apart (accuracy 0.53, now 1.00).
    start = rng.uniform(0.6, 1.4) * np.pi
    turn = rng.uniform(0.9, 1.1) * np.pi
    return lambda u: [Pose(x, y, radius, start + turn * u)]


def _moving(rng: np.random.Generator, vertical: bool) -> Path:
    start = rng.uniform(0.05, 0.2)
    end = rng.uniform(0.8, 0.95)
    across = rng.uniform(0.38, 0.62)
    drift = rng.uniform(-0.06, 0.06)
    radius = rng.uniform(0.15, 0.2)
    angle = rng.uniform(0, 2 * np.pi)

    def path(u: float) -> list[Pose]:
        ahead = start + (end - start) * u
        aside = across + drift * (u - 0.5)
        if vertical:
            return [Pose(aside, 1 - ahead, radius, angle)]
        return [Pose(ahead, aside, radius, angle)]

    return path


def _approaching(rng: np.random.Generator) -> Path:
    x, y = rng.uniform(0.4, 0.6, 2)
    angle = rng.uniform(0, 2 * np.pi)
    far = rng.uniform(0.07, 0.1)
    near = rng.uniform(0.42, 0.55)
    # Looms evenly: by ratio, not by difference.
    return lambda u: [Pose(x, y, far * (near / far) ** u, angle)]


def _meeting(rng: np.random.Generator) -> Path:
    axis = rng.uniform(0, 2 * np.pi)
    far = rng.uniform(0.32, 0.4)
    near = rng.uniform(0.1, 0.14)
    radii = rng.uniform(0.12, 0.16, 2)
    angles = rng.uniform(0, 2 * np.pi, 2)

    def path(u: float) -> list[Pose]:
        dx, dy = (far + (near - far) * u) * np.array([np.cos(axis), np.sin(axis)])
        return [
            Pose(0.5 + dx, 0.5 + dy, radii[0], angles[0]),
            Pose(0.5 - dx, 0.5 - dy, radii[1], angles[1]),
        ]

    return path


def _covering(rng: np.random.Generator) -> Path:
    x, y = rng.uniform(0.4, 0.6, 2)
    side = rng.uniform(0, 2 * np.pi)
    far = rng.uniform(0.4, 0.5)
    radius = rng.uniform(0.12, 0.15)
    angles = rng.uniform(0, 2 * np.pi, 2)

    def path(u: float) -> list[Pose]:
        dx, dy = far * (1 - u) * np.array([np.cos(side), np.sin(side)])
        return [Pose(x, y, radius, angles[0]), Pose(x + dx, y + dy, 2 * radius, angles[1])]

    return path


# The most frequent class comes first.
TWINS = (
    Twins("Turning [something] clockwise", "Turning [something] counter-clockwise", _turning),
    Twins(
        "Moving [something] from left to right",
        "Moving [something] from right to left",
        partial(_moving, vertical=False),
    ),
    Twins(
        "Moving [something] towards the camera",
        "Moving [something] away from the camera",
        _approaching,
    ),
    Twins("Covering [something] with [something]", "Uncovering [something]", _covering),
    Twins("Moving [something] up", "Moving [something] down", partial(_moving, vertical=True)),
    Twins(
        "Moving [something] and [something] closer to each other",
        "Moving [something] and [something] away from each other",
        _meeting,
    ),
)
TEMPLATES = tuple(template for twins in TWINS for template in (twins.forwards, twins.backwards))


def path_of(template: str, rng: np.random.Generator) -> Path:
    """A path for a clip of the class of that template.

    Example:
        >>> path = path_of("Moving [something] up", np.random.default_rng(0))
        >>> path(0.1)[0].y > path(0.9)[0].y
        True
    """
    twins = next(pair for pair in TWINS if template in (pair.forwards, pair.backwards))
    return twins.path(template, rng)
