"""Models side by side: the mean of every measure for each, and the difference between them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import design_of_rows, seeds_column


def compare(per_video: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Means over videos with 95 % intervals, one row for each model and measure.

    Of two models, a third row "second − first" holds the mean difference over the videos that count
    for both, with the interval of paired draws: of the same video, and the same seed.

    Args:
        per_video: model → one row per video (index: uid, or (seed, uid)), one column per measure;
            NaN where it does not count.

    Returns:
        columns model, measure, mean, low, high, videos (how many count), and seeds where there are
        several.

    Example:
        compare({"tsn": supporting_frames(tsn), "trn": supporting_frames(trn)})
    """
    tables = dict(per_video)
    if len(per_video) == 2:
        first, second = per_video
        tables[f"{second} − {first}"] = difference(per_video[second], per_video[first])
    return joined([_means(table).assign(model=model) for model, table in tables.items()])


def difference(second: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """second − first, row by row of the same uid and seed.

    A model of one seed, such as a published one, is held against each seed of the other.
    """
    if second.index.nlevels > first.index.nlevels:
        first = _at(first, second.index)
    elif first.index.nlevels > second.index.nlevels:
        second = _at(second, first.index)
    return second - first


def _at(table: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """A table by uid, repeated for every seed of `index`."""
    return table.reindex(index.get_level_values("uid")).set_axis(index)


def _means(table: pd.DataFrame) -> pd.DataFrame:
    rows = design_of_rows(table)
    values = table.to_numpy(dtype=float)
    mean, low, high = mean_interval(values, rows)
    return pd.DataFrame(
        {
            "model": "",
            "measure": table.columns,
            "mean": mean,
            "low": low,
            "high": high,
            "videos": counted(values, rows),
            **seeds_column(rows),
        }
    )


def of_models(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of several models as one, with a column `model`."""
    return joined([table.assign(model=model) for model, table in tables.items()])


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other; one without a column `seeds`, beside one that has it, is of 1."""
    table = pd.concat(tables, ignore_index=True)
    if "seeds" in table:
        table["seeds"] = table["seeds"].fillna(1).astype(int)
    return table
