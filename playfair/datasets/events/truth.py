"""The ideal observer's values of a clip: what is stored beside the labels, and what follows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.dataset import PathError
from playfair.datasets.events.clip import EventClip
from playfair.datasets.events.happenings import CLASS_NAMES, MOMENTS
from playfair.datasets.events.looks import CELLS
from playfair.datasets.events.posterior import coalitions, posteriors, require_few, shapley_values

FILE = "known_values.json"  # in the folder of labels


class KnownValuesError(PathError):
    """A file of true values that is missing, or does not hold what it should."""

    def __str__(self) -> str:
        return f"{super().__str__()}. Remove {self.path.parent.parent}: it is written again"


@dataclass(frozen=True)
class Truth:
    """What is known of one clip.

    Attributes:
        signs: (moment, cell), what its moments show.
        hold: frames of a moment.
        score: (class,), the ideal observer's of all moments.
        esv: (moment, class), its Element Shapley Values, one frame of each moment being shown.
    """

    signs: NDArray[np.int64]
    hold: int
    score: NDArray[np.float64]
    esv: NDArray[np.float64]

    def scores(
        self, frame_index: NDArray[np.integer], prior: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The ideal observer's scores of all coalitions of some of the clip's frames.

        Two frames of one moment are alike, and say no more than one.

        Args:
            frame_index: (frame,), which frames are shown.
            prior: (class,).

        Returns:
            (coalition, class), coalitions by the bits of the frames.

        Raises:
            TooManyFramesError: more frames than whose coalitions are all weighed.
        """
        require_few(len(frame_index))
        table = posteriors(self.signs, np.arange(MOMENTS), prior)
        bits = 1 << (np.asarray(frame_index) // self.hold)
        seen = np.bitwise_or.reduce(np.where(coalitions(len(bits)), bits, 0), axis=1)
        return np.asarray(table[seen])


def truth_of(clip: EventClip, prior: NDArray[np.float64]) -> Truth:
    """The values of a clip, of its eight moments.

    Args:
        clip: the clip.
        prior: (class,), the score without frames.
    """
    table = posteriors(clip.signs, np.arange(MOMENTS), prior)
    return Truth(clip.signs, clip.hold, table[-1], shapley_values(table))


def to_json(truth: Truth) -> dict[str, Any]:
    """As it is stored; floats in full, signs as 4 hexadecimal digits for each moment."""
    return {
        "hold": truth.hold,
        "shows": [_hexadecimal(row) for row in truth.signs],
        "score": truth.score.tolist(),
        "esv": truth.esv.tolist(),
    }


def read_truths(path: Path) -> Mapping[str, Truth]:
    """The values of all clips whose values are stored, by uid.

    Raises:
        KnownValuesError: the file is missing, or damaged.
    """
    try:
        content = json.loads(path.read_bytes())
        return {str(uid): _truth(entry) for uid, entry in content.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = f"expected the true values of clips by uid, got {type(error).__name__}: {error}"
        raise KnownValuesError(path, why) from error


def _truth(entry: Mapping[str, Any]) -> Truth:
    signs = np.array([_signs(digits) for digits in entry["shows"]])
    score = np.array(entry["score"], dtype=np.float64)
    esv = np.array(entry["esv"], dtype=np.float64)
    shapes = (signs.shape, score.shape, esv.shape)
    n_classes = len(CLASS_NAMES)
    expected = ((MOMENTS, CELLS), (n_classes,), (MOMENTS, n_classes))
    if shapes != expected or not np.isfinite(esv).all():
        raise ValueError(f"expected finite shows, score and esv of {expected}, got {shapes}")
    return Truth(signs, int(entry["hold"]), score, esv)


def _hexadecimal(signs: NDArray[np.int64]) -> str:
    """The cells' signs as digits, the first cell first: light is 1.

    >>> _hexadecimal(np.array([1, -1, -1, -1] * 4))
    '8888'
    """
    number = int("".join("1" if sign > 0 else "0" for sign in signs), 2)
    return f"{number:0{CELLS // 4}x}"


def _signs(digits: str) -> list[int]:
    return [1 if bit == "1" else -1 for bit in f"{int(digits, 16):0{CELLS}b}"]
