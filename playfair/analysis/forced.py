"""What of a difference between groups of videos efficiency forces, and what it leaves.

A video's ESVs sum to its score − prior, so groups of different scores differ in their ESVs whatever
the model looks at. Compared at equal score − prior is what is left: the groups' distance in a
regression with a common slope (analysis of covariance, Fisher 1932).
"""

import numpy as np

from playfair.analysis.design import Design
from playfair.analysis.trainings import Error, error_of_influence


def adjusted(values: np.ndarray, in_first: np.ndarray, gained: np.ndarray, design: Design) -> Error:
    """First group − second group at equal score − prior: a in value = a·[first] + b·gained + c,
    c of each training its own.

    Errors are of the coefficient's influence function with HC3 residuals (MacKinnon & White 1985),
    so that they hold where the spread differs between groups, and over trainings.

    Args:
        values: (row, column); NaN does not count.
        in_first: (row,) bool; the others are the second group.
        gained: (row,), score − prior, probability.
        design: which seed and video each row is of.

    Returns:
        NaN where a group has fewer than 2 videos, or gained tells the groups apart wholly.

    Example:
        >>> gained = np.array([0.1, 0.2, 0.5, 0.2, 0.4, 0.6])
        >>> first = np.arange(6) < 3
        >>> value = 0.3 * first + 0.5 * gained
        >>> error = adjusted(value[:, None], first, gained, Design(np.zeros(6, int), np.arange(6)))
        >>> float(error.mean[0].round(6))
        0.3
    """
    errors = [_of_column(column, in_first, gained, design) for column in values.T]
    return Error(*(np.concatenate(part) for part in zip(*errors, strict=True)))


def _of_column(
    column: np.ndarray, in_first: np.ndarray, gained: np.ndarray, design: Design
) -> Error:
    counts = np.isfinite(column)
    first = counts & in_first
    second = counts & ~in_first
    nothing = np.array([np.nan])
    if min(first.sum(), second.sum()) < 2:
        return Error(nothing, nothing, np.ones(1), np.zeros(1, dtype=int))
    # what of being in the first group the other regressors do not say (Frisch & Waugh 1933)
    level = np.eye(design.n_seeds)[design.seed[counts]]  # of each training its own
    others = np.column_stack([level[:, level.any(0)], gained[counts]])
    belongs = in_first[counts].astype(float)
    own = belongs - others @ np.linalg.lstsq(others, belongs, rcond=None)[0]
    square = float(own @ own)
    if square < 1e-9:
        return Error(nothing, nothing, np.ones(1), np.zeros(1, dtype=int))
    coefficient = float(own @ column[counts]) / square
    regressors = np.column_stack([belongs, others])
    residual = (
        column[counts] - regressors @ np.linalg.lstsq(regressors, column[counts], rcond=None)[0]
    )
    # a video that bends the line towards itself has too small a residual
    bending = np.column_stack([belongs, gained[counts], np.ones(len(belongs))])
    leverage = (np.linalg.qr(bending)[0] ** 2).sum(1)
    video = design.video[counts]
    leverage = np.bincount(video, leverage)[video]
    residual /= np.maximum(1 - leverage, 1e-9)
    influence = np.zeros((len(column), 1))
    influence[counts, 0] = own * residual * (len(column) / square)
    error = error_of_influence(np.array([coefficient]), influence, design)
    freedom = max(len(np.unique(video)) - 3.0, 1.0)  # three coefficients
    return error._replace(freedom=np.minimum(error.freedom, freedom))
