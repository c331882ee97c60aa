"""The duplicate test: what becomes of a frame's credit when the frame is there twice?

By symmetry two equal frames side by side have equal ESVs, and what they share is what the pair adds. Leaving one out
may change little, as its copy is still there: then leave-one-out takes the credit from both (TRN), unless a model
averages over frames and the copies weigh more (TSN).
"""

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import interval, resampled_means


def duplicated(frame: np.ndarray, n_frames: int) -> np.ndarray:
    """Frames of the longer clip, in order, `frame` (video,) being there twice: (video, frame + 1).

    >>> duplicated(np.array([1]), 3).tolist()
    [[0, 1, 1, 2]]
    """
    place = np.arange(n_frames + 1)
    return place - (place > frame[:, None])


def credit_of_copies(before: np.ndarray, after: np.ndarray, frame: np.ndarray) -> pd.DataFrame:
    """What a frame was credited with, and what its two copies are.

    Args:
        before, after: (video, frame) and (video, frame + 1), without and with the copy, which follows its frame.
        frame: (video,), the frame that is doubled.

    Returns:
        a row per video, in the method's unit: credit (of the frame before), pair (of both copies), larger (the larger
        of the two), total_before and total_after (all frames).
    """
    each = np.arange(len(frame))
    first, second = after[each, frame], after[each, frame + 1]
    columns = {
        "credit": before[each, frame],
        "pair": first + second,
        "larger": np.maximum(first, second),
    }
    return pd.DataFrame({**columns, "total_before": before.sum(1), "total_after": after.sum(1)})


def shared_credit(of_copies: pd.DataFrame) -> pd.DataFrame:
    """Ratios of means over videos with 95 % intervals: measure, mean, low, high.

    kept: the pair's credit to the frame's before: 1 where doubling a frame makes it no more and no less important.
    larger_share: the larger copy's share of the pair: 0.5 where equal frames are credited alike.
    total: all frames' credit after to before.
    """
    ratios = {
        "kept": ("pair", "credit"),
        "larger_share": ("larger", "pair"),
        "total": ("total_after", "total_before"),
    }
    of_copies = of_copies.astype(
        float
    )  # in the model's float32 a mean may lie outside its interval
    drawn = dict(zip(of_copies, resampled_means(of_copies.to_numpy()).T, strict=True))
    rows = []
    for measure, (above, below) in ratios.items():
        (low,), (high,) = interval((drawn[above] / drawn[below])[:, None])
        rows.append([measure, of_copies[above].mean() / of_copies[below].mean(), low, high])
    return pd.DataFrame(rows, columns=["measure", "mean", "low", "high"])
