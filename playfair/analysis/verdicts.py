"""Whether a difference is one: p-values, corrected for the number of verdicts of a table.

Holm's step-down procedure (1979): of all verdicts of a table together, the chance that any calls a
difference that is none is at most 5 %, whatever they have in common. Each p-value is Student's, of
the standard error that the interval beside it has: over videos, and over trainings where there are
several. Intervals in tables are of one number each, not corrected.
"""

import numpy as np
import pandas as pd
from scipy import stats

from playfair.analysis.trainings import ROUNDING, Error

ALPHA = 0.05


def p_values(error: Error) -> np.ndarray:
    """How often a mean lies at least so far from 0 where the truth is 0: (column,).

    Two-sided; NaN where there is no standard error, 1 where all lie on it. Of n values that are the
    same Student's t knows no doubt: they have the sign test's p, 2^(1 − n), the least there is.

    Example:
        >>> from playfair.analysis.trainings import error_of_mean
        >>> p_values(error_of_mean(np.array([[1.0, 0.1, 0.0]] * 4))).tolist()
        [0.125, 0.125, 1.0]
    """
    distance = np.abs(error.mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * stats.t.sf(distance / error.stderr, error.freedom)
    p = np.where(error.stderr <= ROUNDING * distance, np.exp2(-error.freedom), p)
    return np.asarray(np.where((error.stderr == 0) & (distance == 0), 1.0, p))


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's p-values: below α where the verdict may be given at α for all together.

    Args:
        p: (verdict,); NaN is no verdict, and does not count.

    Returns:
        (verdict,), NaN where it was.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).round(2).tolist()
        [0.03, 0.06, 0.06, nan]
    """
    corrected = np.full(len(p), np.nan)
    places = np.flatnonzero(np.isfinite(p))
    order = places[np.argsort(p[places], kind="stable")]
    times = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * times), 1.0)
    return corrected


def with_holm(table: pd.DataFrame) -> pd.DataFrame:
    """A table with `p`, and beside it `p_holm`: over all its rows that have one.

    One without verdicts, of a single model, stays as it is.
    """
    if "p" not in table:
        return table
    return table.assign(p_holm=holm(table["p"].to_numpy(dtype=float)))


def is_told_apart(p_holm: object) -> bool:
    """Whether a verdict may be given: a corrected p-value below 5 %; NaN is none."""
    return float(p_holm) < ALPHA  # type: ignore[arg-type]


def verdicts(
    difference: pd.Series, p_holm: pd.Series, more_is_better: pd.Series | bool = True
) -> np.ndarray:
    """ "better", "worse" or "not told apart" for each row.

    Args:
        difference: ours minus the other's.
        p_holm: of `with_holm`.
        more_is_better: whether a difference above 0 is better.

    Example:
        >>> verdicts(pd.Series([0.1, -0.1, 0.1]), pd.Series([0.01, 0.01, 0.2])).tolist()
        ['better', 'worse', 'not told apart']
    """
    told_apart = (p_holm < ALPHA).to_numpy()
    better = (difference > 0).to_numpy() == more_is_better
    words = [told_apart & better, told_apart & ~better]
    return np.select(words, ["better", "worse"], "not told apart")


def of_one_training(sentence: str) -> str:
    """A sentence without "better" and "worse": another training might say otherwise.

    Example:
        >>> of_one_training("ESV is no better than A, worse than B, better than all others")
        'ESV is not ahead of A, behind B, ahead of all others'
    """
    words = {
        "no better than": "not ahead of",
        "better than": "ahead of",
        "worse than": "behind",
        "better": "ahead",
    }
    for several, one in words.items():
        sentence = sentence.replace(several, one)
    return sentence
