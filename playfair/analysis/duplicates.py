"""The duplicate test: what becomes of an element's credit when the element is there twice?

By symmetry two equal elements side by side have equal ESVs, and what they share is what the two add
together. Leaving one out may change little, as its copy is still there: then leave-one-out takes
the credit from both (TRN), unless a model averages over elements and the copies weigh more (TSN).
"""

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import resampled_means
from playfair.analysis.design import design_of_rows, seeds_column
from playfair.analysis.draws import interval

# measure → what is divided by what, each a mean over videos
RATIOS = {
    "kept": ("pair", "credit"),
    "larger_share": ("larger", "pair"),
    "total": ("total_after", "total_before"),
}


def duplicated(element: np.ndarray, n: int) -> np.ndarray:
    """Elements of the longer clip, in order, `element` (video,) being there twice: (video, n + 1).

    Example:
        >>> duplicated(np.array([1]), 3).tolist()
        [[0, 1, 1, 2]]
    """
    place = np.arange(n + 1)
    return place - (place > element[:, None])


def credit_of_copies(before: np.ndarray, after: np.ndarray, element: np.ndarray) -> pd.DataFrame:
    """What an element was credited with, and what its two copies are.

    Args:
        before, after: (video, element) and (video, element + 1), without and with the copy, which
            follows its original.
        element: (video,), the one that is doubled.

    Returns:
        a row per video, in the method's unit: credit (before), pair (of both copies), larger (the
        larger of the two), total_before and total_after (all elements).
    """
    video = np.arange(len(element))
    first = after[video, element]
    second = after[video, element + 1]
    return pd.DataFrame(
        {
            "credit": before[video, element],
            "pair": first + second,
            "larger": np.maximum(first, second),
            "total_before": before.sum(1),
            "total_after": after.sum(1),
        }
    )


def shared_credit(of_copies: pd.DataFrame) -> pd.DataFrame:
    """Ratios of means over videos, and seeds, with 95 % intervals: measure, mean, low, high.

    kept: both copies' credit to the element's before: 1 where doubling it makes it no more and no
    less important.
    larger_share: the larger copy's share of both: 0.5 where equal elements are credited alike.
    total: all elements' credit after to before.
    """
    crossing = design_of_rows(of_copies)
    # in the model's float32 a mean may lie outside its interval
    of_copies = of_copies.astype(float)
    resampled = dict(zip(of_copies, resampled_means(of_copies.to_numpy(), crossing).T, strict=True))
    rows = []
    for measure, (above, below) in RATIOS.items():
        # where no element has any credit there is no ratio: NaN, and so are its bounds
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = resampled[above] / resampled[below]
            ratio = of_copies[above].mean() / of_copies[below].mean()
        ratios[~np.isfinite(ratios)] = np.nan
        low, high = interval(ratios[:, None])
        rows.append([measure, ratio if np.isfinite(ratio) else np.nan, low[0], high[0]])
    table = pd.DataFrame(rows, columns=["measure", "mean", "low", "high"])
    return table.assign(**seeds_column(crossing))
