"""Models side by side: the mean of every measure for each, and the difference between them."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import design_of_rows, seeds_column
from playfair.analysis.ranges import PARTS, RANGES, Range, within_range
from playfair.analysis.trainings import error_of_mean
from playfair.analysis.verdicts import p_values, with_holm


def compare(
    per_video: Mapping[str, pd.DataFrame],
    *,
    shares: Collection[str] = (),
    ranges: Mapping[str, Range] = RANGES,
) -> pd.DataFrame:
    """Means over videos with 95 % intervals, one row for each model and measure.

    Of two models, a third row "second − first" holds the mean difference over the videos that count
    for both, with the interval of paired draws: of the same video, and the same seed.

    Args:
        per_video: model → one row per video (index: uid, or (seed, uid)), one column per measure;
            NaN where it does not count.
        shares: measures of yes and no, 1 or 0, whose intervals are Wilson's, as are those of
            `ranges.PARTS`.
        ranges: where means of a measure lie, as of `within_range`; {} where these are differences.

    Returns:
        columns model, measure, mean, low, high, videos (how many count); of differences p, and
        p_holm, corrected for the number of differences in the table (NaN in the other rows); seeds
        and alike (trainings whose own mean is on the same side of 0) where there are several.

    Example:
        compare({"tsn": supporting_frames(tsn), "trn": supporting_frames(trn)})
    """
    tables = [
        _within(_means(table, {*shares, *PARTS}), ranges).assign(model=model)
        for model, table in per_video.items()
    ]
    if len(per_video) == 2:
        first, second = per_video
        between = difference(per_video[second], per_video[first])
        error = error_of_mean(between.to_numpy(dtype=float), design_of_rows(between))
        means = _means(between).assign(model=f"{second} − {first}", p=p_values(error))
        tables.append(means)
    return with_holm(joined(tables))


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


def _means(table: pd.DataFrame, shares: Collection[str] = ()) -> pd.DataFrame:
    rows = design_of_rows(table)
    values = table.to_numpy(dtype=float)
    of_share = np.array([str(name) in shares for name in table.columns], dtype=bool)
    mean, low, high = mean_interval(values, rows, shares=of_share)
    alike = {"alike": error_of_mean(values, rows).alike} if rows.n_seeds > 1 else {}
    return pd.DataFrame(
        {
            "model": "",
            "measure": table.columns,
            "mean": mean,
            "low": low,
            "high": high,
            "videos": counted(values, rows),
            **seeds_column(rows),
            **alike,
        }
    )


def _within(table: pd.DataFrame, ranges: Mapping[str, Range]) -> pd.DataFrame:
    """A model's means, whose intervals end where a measure ends."""
    low, high = within_range(
        list(table["measure"]), table["low"].values, table["high"].values, ranges
    )
    return table.assign(low=low, high=high)


def of_models(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of several models as one, with a column `model`."""
    return joined([table.assign(model=model) for model, table in tables.items()])


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other; one of a single training, beside others, is of 1 seed."""
    table = pd.concat(tables, ignore_index=True)
    for column in ("seeds", "alike"):
        if column in table:
            table[column] = table[column].fillna(1).astype(int)
    return table
