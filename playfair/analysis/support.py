"""Which elements support the true class and which distract from it, and how strongly."""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import predictions, true_class_esvs, true_class_scores
from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import design, rows, seeds_column
from playfair.analysis.forced import adjusted
from playfair.analysis.ranges import PARTS
from playfair.analysis.small_samples import student
from playfair.analysis.trainings import error_of_difference
from playfair.analysis.verdicts import p_values, with_holm

BIN = 0.05  # probability, of the distribution of the strongest elements
DIFFERENCE = "correct − incorrect"
LEFT = "correct − incorrect at equal score − prior"  # what efficiency does not force


def supporting_share(values: np.ndarray, dead_zone: float = 0.0) -> np.ndarray:
    """Share of a video's elements whose ESV is above 0: (video, element) → (video,).

    Args:
        values: ESVs, probability.
        dead_zone: up to which ESV an element neither supports nor distracts.

    Example:
        >>> supporting_share(np.array([[0.2, -0.1, 0.1, 0.0]]))
        array([0.5])
    """
    return np.asarray((values > dead_zone).mean(1))


def supporting_frames(esvs: xr.Dataset, dead_zone: float = 0.0) -> pd.DataFrame:
    """How many elements support and distract from the true class, and how strongly.

    Args:
        esvs: of the store.
        dead_zone: probability; elements with |ESV| up to it neither support nor distract.

    Returns:
        one row per video: supporting, distracting: shares of the video's elements with ESV > 0 and
        < 0; strongest_supporting, strongest_distracting: the largest ESV and the smallest,
        probability; NaN where no element supports, or distracts.
    """
    return support_of(true_class_esvs(esvs), dead_zone).set_axis(rows(esvs))


def support_of(values: np.ndarray, dead_zone: float = 0.0) -> pd.DataFrame:
    """The columns of `supporting_frames` of any ESVs.

    Args:
        values: (video, element), probability.
        dead_zone: as there.
    """
    most = values.max(1)
    least = values.min(1)
    columns = {
        "supporting": supporting_share(values, dead_zone),
        "distracting": supporting_share(-values, dead_zone),
        "strongest_supporting": np.where(most > dead_zone, most, np.nan),
        "strongest_distracting": np.where(least < -dead_zone, least, np.nan),
    }
    return pd.DataFrame(columns)


def by_prediction(esvs: xr.Dataset, dead_zone: float = 0.0) -> pd.DataFrame:
    """Means of `supporting_frames` over all videos, those predicted right and those wrong.

    A clip that is predicted right has the higher score, and its ESVs sum to score − prior, so they
    are larger whatever the model looks at. What efficiency forces in this way is taken out in the
    rows "… at equal score − prior" (`forced.adjusted`).

    Returns:
        columns prediction (all, correct, incorrect, correct − incorrect, correct − incorrect at
        equal score − prior), measure, mean, low, high, videos; of differences p, and p_holm,
        corrected for their number. Where there is no such video, videos is 0 and the rest NaN.
    """
    crossing = design(esvs)
    table = supporting_frames(esvs, dead_zone)
    values = table.to_numpy(dtype=float)
    groups = _predictions(esvs)
    parts = [np.where(group[:, None], values, np.nan) for group in groups.values()]
    columns = np.concatenate(parts, axis=1)
    of_share = np.tile(table.columns.isin(PARTS), len(groups))
    mean, low, high = mean_interval(columns, crossing, shares=of_share)
    videos = counted(columns, crossing)
    k = len(table.columns)
    gained = true_class_scores(esvs) - esvs["prior"].values[esvs["label"].values]
    differences = {
        DIFFERENCE: error_of_difference(parts[1], parts[2], crossing),
        LEFT: adjusted(values, groups["correct"], gained, crossing),
    }
    ends = [student(error, 0.95) for error in differences.values()]
    p = np.concatenate([np.full(3 * k, np.nan), *map(p_values, differences.values())])
    compared = pd.DataFrame(
        {
            "prediction": np.repeat([*groups, *differences], k),
            "measure": list(table) * (len(groups) + len(differences)),
            "mean": np.concatenate([mean, *(error.mean for error in differences.values())]),
            "low": np.concatenate([low, *(end[0] for end in ends)]),
            "high": np.concatenate([high, *(end[1] for end in ends)]),
            "videos": np.concatenate([videos, videos[:k], videos[:k]]),
            "p": p,
            **seeds_column(crossing),
        }
    )
    return with_holm(compared)


def distributions(esvs: xr.Dataset, dead_zone: float = 0.0) -> pd.DataFrame:
    """How videos predicted right, and wrong, are spread over measures of `supporting_frames`.

    Returns:
        columns prediction, measure, left, right (ends of the bin: elements, or probability), share
        of the videos with its interval low, high, and videos. Elements are counted, strongest ESVs
        binned by 0.05; bins hold their right end.
    """
    crossing = design(esvs)
    table = supporting_frames(esvs, dead_zone)
    n = esvs.sizes["element"]
    table["supporting"] *= n  # a count, binned by whole numbers
    bins = {
        "supporting": np.arange(n + 2) - 0.5,
        "strongest_supporting": np.arange(21) * BIN,
        "strongest_distracting": np.arange(-20, 1) * BIN,
    }
    parts = []
    for name, group in _predictions(esvs).items():
        for measure, edges in bins.items():
            values = table[measure].to_numpy()
            counts = group & np.isfinite(values)
            inside = (values[:, None] > edges[:-1]) & (values[:, None] <= edges[1:])
            is_inside = np.where(counts[:, None], inside, np.nan)
            share, low, high = mean_interval(is_inside, crossing, shares=True)
            columns = {
                "prediction": name,
                "measure": measure,
                "left": edges[:-1],
                "right": edges[1:],
                "share": share,
                "low": low,
                "high": high,
                "videos": int(counted(np.where(counts, 1.0, np.nan), crossing)),
            }
            parts.append(pd.DataFrame({**columns, **seeds_column(crossing)}))
    return pd.concat(parts, ignore_index=True)


def _predictions(esvs: xr.Dataset) -> dict[str, np.ndarray]:
    """All videos, those predicted right and those predicted wrong: (video,) bool each."""
    right = predictions(esvs) == esvs["label"].values
    return {"all": np.ones_like(right), "correct": right, "incorrect": ~right}
