"""ESV beside its rivals: per video, then as means with intervals, paired differences, and what they say."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.bootstrap import mean_interval
from playfair.analysis.curves import area, best_areas, curves
from playfair.analysis.evidence_mass import evidence_mass, pointing

BEST = "best order"

# measure → (what it is called, whether more of it is better)
CONTESTED = {
    "evidence_mass": ("evidence mass", True),
    "pointing": ("pointing game", True),
    "deletion_area": ("deletion area", False),
    "deletion_area_frozen": ("deletion area, removed frames frozen", False),
    "insertion_area": ("insertion area", True),
}


def measured(
    attributions: Mapping[str, np.ndarray],
    orders: Mapping[str, np.ndarray],
    scores: np.ndarray,
    inside: np.ndarray | None,
    frozen: Mapping[str, np.ndarray],
) -> xr.Dataset:
    """All measures of all methods on some videos.

    Args:
        attributions, orders: method → (video, frame), and the frames from most supporting to most distracting.
        scores: (video, subset), of the class in question, for all coalitions by the bits of their frames.
        inside: (video, frame) bool, which frames are known to decide; None where it is not known.
        frozen: of some methods the deletion curve, (video, left), with removed frames frozen.

    Returns:
        (method, video): spearman and kendall with ESV; deletion_area, insertion_area, deletion_area_frozen;
        efficiency_error = |Σ attribution − (f(X) − f(∅))|, in the method's own unit; evidence_mass and pointing where
        frames are known. (method, video, left): the curves deletion, insertion, frozen.
        The method "best order" has but the areas that no order of the frames can better.
    """
    best = dict(zip(("deletion_area", "insertion_area"), best_areas(scores), strict=True))
    parts = {BEST: xr.Dataset({name: ("video", of_video) for name, of_video in best.items()})}
    for name, attribution in attributions.items():
        along = {
            **curves(orders[name], scores)._asdict(),
            **({"frozen": frozen[name]} if name in frozen else {}),
        }
        areas = {
            "deletion": "deletion_area",
            "insertion": "insertion_area",
            "frozen": "deletion_area_frozen",
        }
        spearman, kendall = rank_agreement(attributions["esv"], attribution)
        gap = attribution.astype(np.float64).sum(1) - (scores[:, -1] - scores[:, 0])
        per_video = {"spearman": spearman, "kendall": kendall, "efficiency_error": np.abs(gap)}
        per_video |= {areas[key]: area(curve) for key, curve in along.items()}
        if inside is not None:
            per_video["evidence_mass"] = evidence_mass(attribution, inside)
            per_video["pointing"] = pointing(attribution, inside)
        of_frames = {key: (("video", "left"), curve) for key, curve in along.items()}
        parts[name] = xr.Dataset(
            {key: ("video", value) for key, value in per_video.items()} | of_frames
        )
    return xr.concat(list(parts.values()), pd.Index(list(parts), name="method"), join="outer")


def means(compared: xr.Dataset) -> pd.DataFrame:
    """Means over videos with 95 % intervals: method, measure, mean, low, high, largest, videos (how many count)."""
    columns = compared[
        [name for name, values in compared.items() if values.dims == ("method", "video")]
    ]
    return _intervals(columns, "method")


def curve_means(compared: xr.Dataset) -> pd.DataFrame:
    """Curves, mean over videos with 95 % intervals: method, curve, left (frames), score, low, high."""
    rows = []
    for curve in ("deletion", "insertion"):
        for method in compared["method"].values[1:]:
            intervals = zip(
                *mean_interval(compared[curve].sel({"method": method}).values), strict=True
            )
            rows += [[method, curve, left, *interval] for left, interval in enumerate(intervals)]
    return pd.DataFrame(rows, columns=["method", "curve", "left", "score", "low", "high"])


def length_alone(compared: xr.Dataset) -> pd.DataFrame:
    """Deletions in order of ESV, with frames deleted and frozen: left, removal, score, low, high.

    The row "difference" is deleted − frozen on the same videos: what the shorter input does, and the weight that copies
    of a frozen frame's neighbour add to it (all of it for TSN, which does not see length).
    """
    deleted, frozen = (
        compared[name].sel({"method": "esv"}).values for name in ("deletion", "frozen")
    )
    rows = []
    for removal, values in (
        ("deleted", deleted),
        ("frozen", frozen),
        ("difference", deleted - frozen),
    ):
        intervals = zip(*mean_interval(values), strict=True)
        rows += [[left, removal, *interval] for left, interval in enumerate(intervals)]
    return pd.DataFrame(rows, columns=["left", "removal", "score", "low", "high"])


def paired_differences(compared: xr.Dataset) -> pd.DataFrame:
    """ESV − rival, video by video, of what there is to win: rival, measure, difference, low, high, videos, esv_is.

    esv_is: "better" or "worse" where the 95 % interval leaves out 0, else "not told apart". Each
    interval is of one comparison, not corrected for their number.
    """
    contested = compared[[measure for measure in CONTESTED if measure in compared]]
    esv, rivals = (
        contested.sel({"method": part}) for part in ("esv", ~compared["method"].isin(["esv", BEST]))
    )
    table = _intervals(esv - rivals, "method").rename(
        columns={"method": "rival", "mean": "difference"}
    )
    table = table.drop(columns="largest")
    more_is_better = table["measure"].map({name: more for name, (_, more) in CONTESTED.items()})
    above, below = table["low"] > 0, table["high"] < 0
    won, lost = (np.where(more_is_better, *ends) for ends in ((above, below), (below, above)))
    return table.assign(esv_is=np.select([won, lost], ["better", "worse"], "not told apart"))


def _intervals(of_videos: xr.Dataset, by: str) -> pd.DataFrame:
    """Means over videos, one drawing for all: by, measure, mean, low, high, largest, videos (those that count)."""
    names = [(str(key), str(measure)) for measure in of_videos for key in of_videos[by].values]
    values = np.concatenate(
        [of_videos[measure].transpose("video", by).values for measure in of_videos], axis=1
    )
    mean, low, high = mean_interval(values)
    table = pd.DataFrame(names, columns=[by, "measure"]).assign(mean=mean, low=low, high=high)
    table["largest"] = np.where(np.isfinite(values), values, -np.inf).max(0)
    table["videos"] = np.isfinite(values).sum(0)
    return table[table["videos"] > 0].reset_index(drop=True)


def verdicts(paired: pd.DataFrame, titles: Mapping[str, str]) -> Sequence[str]:
    """A sentence for each measure: whether ESV is better than every rival, and where it is not."""
    sentences = []
    for measure, (called, _) in CONTESTED.items():
        rows = paired[paired["measure"] == measure]
        if rows.empty:
            continue
        others = [
            f"{row.esv_is if row.esv_is == 'worse' else 'no better'} than {titles[row.rival]} "
            f"({row.difference:+.3f} [{row.low:+.3f}, {row.high:+.3f}])"
            for row in rows[rows["esv_is"] != "better"].itertuples()
        ]
        rest = "every rival" if not others else "all others" if len(others) < len(rows) else ""
        sentences.append(
            f"{called}: ESV is " + ", ".join(others + ([f"better than {rest}"] if rest else []))
        )
    return sentences
