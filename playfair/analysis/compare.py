"""Models side by side: the mean of every measure for each, and the difference between them over the same videos."""

from collections.abc import Mapping

import pandas as pd

from playfair.analysis.bootstrap import mean_interval


def compare(per_video: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Means over videos with 95 % intervals, one row for each model and measure.

    Of two models, a third row "second − first" holds the mean difference over the videos that count for both, with the
    interval of paired draws.

    Args:
        per_video: model → one row per video (index: uid), one column per measure; NaN where it does not count.

    Returns:
        columns model, measure, mean, low, high, videos (how many count).

    Example:
        compare({"tsn": supporting_frames(tsn), "trn": supporting_frames(trn)})
    """
    tables = dict(per_video)
    if len(per_video) == 2:
        first, second = per_video
        tables[f"{second} − {first}"] = per_video[second] - per_video[first]  # aligned by uid
    rows = []
    for model, table in tables.items():
        mean, low, high = mean_interval(table.to_numpy(dtype=float))
        columns = {"measure": table.columns, "mean": mean, "low": low, "high": high}
        rows.append(
            pd.DataFrame({"model": model, **columns, "videos": table.notna().sum().to_numpy()})
        )
    return pd.concat(rows, ignore_index=True)


def of_models(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of several models as one, with a column `model`."""
    return pd.concat(
        [table.assign(model=model) for model, table in tables.items()], ignore_index=True
    )
