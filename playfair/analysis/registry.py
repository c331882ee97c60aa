"""Measures that are added to the comparison, and how one is added.

A measure is one function and one decorator. Once it is registered, it appears in the comparison's
tables and dots; where it says what is better, in its differences, findings and metrics.json too:

    from playfair.analysis.registry import Judged, measure

    @measure("top", title="score of the top frame", unit="probability", more_is_better=True)
    def top(judged: Judged) -> np.ndarray:
        video = np.arange(len(judged.order))
        return judged.scores[video, 1 << judged.order[:, 0]]
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Judged(NamedTuple):
    """What one method makes of some videos, and what it may be judged by.

    Attributes:
        attribution: (video, element), in the method's unit.
        order: (video, place), the elements from most supporting to most distracting; ties fall at
            random.
        scores: (video, subset), of the class in question, for all coalitions by the bits of their
            elements: probability.
        inside: (video, element) bool, which are known to decide; None where it is not known.
    """

    attribution: np.ndarray
    order: np.ndarray
    scores: np.ndarray
    inside: np.ndarray | None


class Measure(NamedTuple):
    """How a measure is taken and drawn.

    Attributes:
        of: (video,), of what is judged; NaN where a video does not count.
        title: its name in figures and sentences.
        unit: of its values, as the figure's axis says it.
        more_is_better: whether the method with more of it, or with less, is the better one; None
            where it is no contest.
    """

    of: Callable[[Judged], np.ndarray]
    title: str
    unit: str
    more_is_better: bool | None = None


# Filled by plug-ins; in order of registration, after those of `measures.measured`.
MEASURES: dict[str, Measure] = {}


def measure(
    name: str, *, title: str, unit: str, more_is_better: bool | None = None
) -> Callable[[Callable[[Judged], np.ndarray]], Callable[[Judged], np.ndarray]]:
    """Registers the decorated function as a measure of the comparison.

    Args:
        name: of its rows in tables; (title, unit, more_is_better: as of `Measure`).

    Raises:
        ValueError: another one has that name.
    """

    def register(function: Callable[[Judged], np.ndarray]) -> Callable[[Judged], np.ndarray]:
        known = MEASURES.get(name)
        if known is not None and known.of.__qualname__ != function.__qualname__:
            raise ValueError(f"there is a measure {name!r} already; choose another name")
        MEASURES[name] = Measure(function, title, unit, more_is_better)
        return function

    return register


def added(judged: Judged, taken: set[str]) -> dict[str, np.ndarray]:
    """The registered measures of what is judged, each (video,).

    Args:
        judged: of one method.
        taken: names that others have.

    Raises:
        ValueError: a measure has a name of `taken`, or answers with another shape.
    """
    values = {}
    n_videos = len(judged.attribution)
    for name, known in MEASURES.items():
        if name in taken:
            raise ValueError(f"there is a measure {name!r} already; choose another name")
        values[name] = np.asarray(known.of(judged))
        if values[name].shape != (n_videos,):
            raise ValueError(
                f"measure {name!r} must return (video,) = ({n_videos},), and returned "
                f"{values[name].shape}"
            )
    return values
