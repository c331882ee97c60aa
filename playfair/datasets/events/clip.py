"""One clip of events: what happens in it, and what each of its moments shows.

A moment is shown for `hold` frames, all alike. How many depends on the pair of twins, so that long
clips are more often of the one: a confound that no frame carries, and the observer does not know.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.events.happenings import MOMENTS, Happening, draw_happening
from playfair.datasets.events.looks import CELLS, CONTRASTS, draw_look, draw_signs, time_signs

HOLDS = (1, 2, 3)  # frames that a moment is shown for
HOLD_PROBABILITIES = ((0.2, 0.3, 0.5), (0.5, 0.3, 0.2))  # by pair of twins


@dataclass(frozen=True)
class EventClip:
    """A clip before it is drawn, or as it is read from what was drawn.

    Attributes:
        signs: (moment, cell), −1 or +1: what is conditioned on.
        contrasts: (moment,), which of CONTRASTS.
        hold: frames of a moment.
    """

    signs: NDArray[np.int64]
    contrasts: NDArray[np.int64]
    hold: int

    @property
    def n_frames(self) -> int:
        return MOMENTS * self.hold

    @cached_property
    def moments(self) -> NDArray[np.int64]:
        """The moment of each frame: (frame,)."""
        return np.arange(self.n_frames) // self.hold

    def features(self) -> NDArray[np.float32]:
        """The clip as a sequence of features: (frame, 32).

        The first half are the cells at their contrast, the second half says which moment it is.
        """
        cells = self.signs * np.array(CONTRASTS)[self.contrasts, None]
        of_moments = np.concatenate([cells, time_signs()], axis=1).astype(np.float32)
        return of_moments[self.moments]

    @staticmethod
    def read(
        features: NDArray[np.floating],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What rows of features show, and of which moments they are.

        Args:
            features: (frame, 32), as `features` makes them.

        Returns:
            signs (frame, cell), −1 or +1; moments (frame,).
        """
        signs = np.where(features[:, :CELLS] > 0, 1, -1)
        moments = (features[:, CELLS:] @ time_signs().T).argmax(1)
        return signs, moments


def draw_clip(label: int, seed: tuple[int, ...]) -> tuple[EventClip, Happening]:
    """A clip of a class, and what happens in it.

    Args:
        label: the class's index.
        seed: the same one draws the same clip.

    Example:
        >>> clip, happening = draw_clip(0, (0, 0, 0))
        >>> clip.n_frames, happening.start, happening.stop
        (16, 0, 2)
    """
    rng = np.random.default_rng(seed)
    happening = draw_happening(label, rng)
    looks = [draw_look(state, rng) for state in happening.states]
    signs = [draw_signs(look, moment, rng) for moment, look in enumerate(looks)]
    contrasts = rng.integers(len(CONTRASTS), size=MOMENTS)
    hold = int(rng.choice(HOLDS, p=HOLD_PROBABILITIES[label // 2]))
    return EventClip(np.array(signs), contrasts, hold), happening
