"""The same clips at several lengths: what changes as a model is shown more frames of them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import predictions, true_class_esvs, true_class_scores
from playfair.analysis.bootstrap import mean_interval
from playfair.analysis.design import design_of_rows, rows, seeds_column
from playfair.analysis.support import supporting_share


def at_length(esvs: xr.Dataset) -> pd.DataFrame:
    """What one length does to each video.

    Returns:
        one row per video: score of the true class, probability; correct, 1 where it is the highest;
        supporting, the share of elements with ESV > 0; abs_esv, the mean |ESV| of an element,
        probability; strongest, the largest ESV, probability.
    """
    values = true_class_esvs(esvs)
    return pd.DataFrame(
        {
            "score": true_class_scores(esvs),
            "correct": (predictions(esvs) == esvs["label"].values).astype(float),
            "supporting": supporting_share(values),
            "abs_esv": np.abs(values).mean(1),
            "strongest": values.max(1),
        },
        index=rows(esvs),
    )


def same_videos(
    tables: Mapping[int, pd.DataFrame], wanted: AbstractSet[str]
) -> dict[int, pd.DataFrame]:
    """Those of the wanted videos that were explained at all lengths, and by all seeds alike.

    Args:
        tables: length → `at_length`.
        wanted: uids.

    Returns:
        the same tables by rising length, each of the same rows.
    """
    common = set.intersection(*(set(table.index) for table in tables.values()))
    return {length: _part(tables[length], common, wanted) for length in sorted(tables)}


def _part(
    table: pd.DataFrame, common: AbstractSet[object], wanted: AbstractSet[str]
) -> pd.DataFrame:
    uids = table.index.get_level_values(-1)
    return table[table.index.isin(list(common)) & uids.isin(list(wanted))]


def videos_of(table: pd.DataFrame) -> int:
    """How many videos a table of one row per video, and seed, is of."""
    return design_of_rows(table).n_videos


def first_right(tables: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """When the prediction becomes right for the first time, and from when on it stays so.

    Args:
        tables: length → `at_length` of the same videos.

    Returns:
        one row per length: frames; first and settled, shares of the videos right for the first time
        there, and right there and at every greater length but not just before; first_by and
        settled_by, their running sums; each with …_low, …_high. What first_by lacks to 1 in the
        last row are the videos that are never right; videos.
    """
    first_table = next(iter(tables.values()))
    crossing = design_of_rows(first_table)
    right = np.stack([table["correct"].to_numpy() > 0 for table in tables.values()], 1)
    first_by = np.maximum.accumulate(right, 1)
    settled_by = np.minimum.accumulate(right[:, ::-1], 1)[:, ::-1]
    shares = {
        "first_by": first_by,
        "settled_by": settled_by,
        "first": np.diff(first_by, axis=1, prepend=False),
        "settled": np.diff(settled_by, axis=1, prepend=False),
    }
    table: dict[str, object] = {"frames": list(tables)}
    for name, values in shares.items():
        mean, low, high = mean_interval(values.astype(float), crossing, shares=True)
        table[name] = mean
        table[f"{name}_low"] = low
        table[f"{name}_high"] = high
    return pd.DataFrame({**table, "videos": crossing.n_videos, **seeds_column(crossing)})
