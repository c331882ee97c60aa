"""What training the heads again on stored features has changed, video by video."""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import predictions, true_class_scores
from playfair.analysis.bootstrap import mean_interval
from playfair.analysis.design import design, seeds_column


def relearnt(before: xr.Dataset, after: xr.Dataset) -> pd.DataFrame:
    """Accuracy and loss with the heads as learnt from video, and as learnt again; paired.

    Args:
        before, after: score (video, class), label (video), of the same videos in the same order.

    Returns:
        A row for each measure, top1 (share) and loss (cross-entropy, nats): before, after, mean
        (after − before) with its 95 % interval low, high, and lost and gained, how many videos were
        right only before and only after.

    Raises:
        ValueError: the two are not of the same videos.
    """
    if before["video"].values.tolist() != after["video"].values.tolist():
        raise ValueError("expected scores of the same videos before and after, in the same order")
    rows = design(after)
    label = after["label"].values
    right = [(predictions(scores) == label).astype(float) for scores in (before, after)]
    loss = [-np.log(np.maximum(true_class_scores(scores), 1e-12)) for scores in (before, after)]
    pairs = {"top1": right, "loss": loss}
    changes = np.stack([second - first for first, second in pairs.values()], axis=1)
    mean, low, high = mean_interval(changes, rows)
    return pd.DataFrame(
        {
            "measure": list(pairs),
            "before": [float(first.mean()) for first, _ in pairs.values()],
            "after": [float(second.mean()) for _, second in pairs.values()],
            "mean": mean,
            "low": low,
            "high": high,
            "lost": int((right[0] > right[1]).sum()),
            "gained": int((right[1] > right[0]).sum()),
            **seeds_column(rows),
        }
    )
