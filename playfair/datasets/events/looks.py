"""How a moment looks: sixteen cells, light or dark. The observed half of the generative model.

Every look has a codeword of eight light and eight dark cells; a frame shows it with each cell
turned over with probability FLIP, at a contrast that is drawn for the frame alone. So all looks are
equally bright, equally strong and equally far from each other: neither the norm of a frame nor what
changes from frame to frame says which of them it is, nor how clear it is. Silence has three looks,
as likely as each other. Each look has two *faces*, of even moments and of odd ones: what stays in
view changes as much as what comes and goes.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.events.happenings import MOMENTS, N_TOKENS, SILENCE, shown

CELLS = 16
FLIP = 0.12
CONTRASTS = (0.55, 0.7, 0.85, 1.0)  # how strongly a frame shows its cells; equally likely
SILENT_LOOKS = 3
N_LOOKS = N_TOKENS + SILENT_LOOKS


@cache
def orthogonal_signs() -> NDArray[np.int64]:
    """Sylvester's matrix without its first row, which is all alike: (15, cell), −1 and +1.

    Example:
        >>> signs = orthogonal_signs()
        >>> set(signs.sum(1).tolist()), set((signs @ signs.T)[~np.eye(15, dtype=bool)].tolist())
        ({0}, {0})
    """
    matrix = np.ones((1, 1), dtype=np.int64)
    while len(matrix) < CELLS:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix[1:]


@cache
def codewords() -> NDArray[np.int64]:
    """The signs of every look's two faces: (look, face, cell)."""
    return orthogonal_signs()[: 2 * N_LOOKS].reshape(N_LOOKS, 2, CELLS)


@cache
def time_signs() -> NDArray[np.int64]:
    """The signs that say which moment a frame is of: (moment, cell)."""
    return orthogonal_signs()[:MOMENTS]


def log_likelihoods(signs: NDArray[np.int64], moments: NDArray[np.int64]) -> NDArray[np.float64]:
    """How likely frames are, given what happens at their moments.

    Contrast is left out: it is as likely whatever happens.

    Args:
        signs: (frame, cell), −1 or +1.
        moments: (frame,), from 0.

    Returns:
        (frame, state), natural logarithm.

    Example:
        >>> log_likelihoods(np.ones((1, CELLS), dtype=int), np.array([0])).shape
        (1, 5)
    """
    faces = codewords()[:, moments % 2]
    n_equal = (faces == signs).sum(-1).T  # (frame, look)
    given_look = (1 - FLIP) ** n_equal * FLIP ** (CELLS - n_equal)
    silent = given_look[:, SILENCE:].mean(1, keepdims=True)
    given_shown = np.concatenate([given_look[:, :SILENCE], silent], axis=1)
    return np.asarray(np.log(given_shown @ shown().T))


def draw_signs(look: int, moment: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """What a frame of a look shows: (cell,), −1 or +1."""
    flips = rng.random(CELLS) < FLIP
    return np.where(flips, -1, 1) * codewords()[look, moment % 2]


def draw_look(state: int, rng: np.random.Generator) -> int:
    """What a moment shows, given what happens: a token's look, or one of silence's."""
    look = int(rng.choice(N_TOKENS + 1, p=shown()[state]))
    return look if look < SILENCE else SILENCE + int(rng.integers(SILENT_LOOKS))
