"""The same clips at several lengths: what changes as a model is shown more frames of them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import predictions, true_class_esvs
from playfair.analysis.bootstrap import mean_interval


def at_length(esvs: xr.Dataset) -> pd.DataFrame:
    """What one length does to each video: one row per video.

    Returns:
        index uid; score of the true class, probability; correct, 1 where it is the highest; supporting, the share of
        frames with ESV > 0; abs_esv, the mean |ESV| of a frame, probability; strongest, the largest ESV, probability.
    """
    label, values = esvs["label"].values, true_class_esvs(esvs)
    return pd.DataFrame(
        {
            "score": np.take_along_axis(esvs["score"].values, label[:, None], 1)[:, 0],
            "correct": (predictions(esvs) == label).astype(float),
            "supporting": (values > 0).mean(1),
            "abs_esv": np.abs(values).mean(1),
            "strongest": values.max(1),
        },
        index=esvs["video"].values,
    )


def same_videos(
    tables: Mapping[int, pd.DataFrame], wanted: AbstractSet[str]
) -> dict[int, pd.DataFrame]:
    """Tables of `at_length`, by rising length, of those of the wanted videos that were explained at all lengths."""
    common = set(wanted).intersection(*(set(table.index) for table in tables.values()))
    return {length: tables[length][tables[length].index.isin(common)] for length in sorted(tables)}


def first_right(tables: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """At which length the prediction becomes right for the first time, and from which on it stays so.

    tables: length → `at_length` of the same videos.

    Returns:
        one row per length: frames; first and settled, shares of the videos right for the first time there, and right
        there and at every greater length but not just before; first_by and settled_by, their running sums; each with
        …_low, …_high. What first_by lacks to 1 in the last row are the videos that are never right; videos.
    """
    right = np.stack([table["correct"].to_numpy() > 0 for table in tables.values()], 1)
    ever = np.maximum.accumulate(right, 1)
    stays = np.minimum.accumulate(right[:, ::-1], 1)[:, ::-1]
    shares = {"first_by": ever, "settled_by": stays}
    shares |= {name[:-3]: np.diff(by, axis=1, prepend=False) for name, by in shares.items()}
    table: dict[str, object] = {"frames": list(tables)}
    for name, values in shares.items():
        table[name], table[f"{name}_low"], table[f"{name}_high"] = mean_interval(
            values.astype(float)
        )
    return pd.DataFrame({**table, "videos": len(right)})
