"""ESV and its rivals on some videos: all measures of `contest`, and the curves that some are of."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis import contest  # noqa: F401  (with it, all measures register)
from playfair.analysis.curves import best_areas, curves
from playfair.analysis.registry import Judged, added

BEST = "best order"


def measured(
    attributions: Mapping[str, np.ndarray],
    orders: Mapping[str, np.ndarray],
    scores: np.ndarray,
    inside: np.ndarray | None,
    frozen: Mapping[str, np.ndarray],
    frozen_insertion: Mapping[str, np.ndarray] | None = None,
    *,
    right: np.ndarray | None = None,
    truth: np.ndarray | None = None,
    again: Callable[[str, str], Any] = lambda method, change: None,
    names: Sequence[str] | None = None,
) -> xr.Dataset:
    """All measures of all methods on some videos.

    Args:
        attributions: method → (video, element), ESV among them.
        orders: method → (video, place), the elements from most supporting to most distracting.
        scores: (video, subset), of the class in question, for all coalitions by the bits of their
            elements.
        inside: (video, element) bool, which are known to decide; None where it is not known.
        frozen: of some methods the deletion curve, (video, left), with removed elements frozen.
        frozen_insertion: of some methods the insertion curve, likewise.
        right: as of `registry.Judged`.
        truth: its `values`.
        again: of a method and a word of `registry.CHANGES`, as of `registry.Judged`.
        names: the measures to take, beside those that are always taken; None: those that need not
            be asked for.

    Returns:
        (method, video): each measure; one that cannot be taken is not there. (method, video, left):
        the curves deletion, insertion, frozen, frozen_insertion. The method "best order" has but
        the areas that no order can better.
    """
    lowest, highest = best_areas(scores)
    best = {"deletion_area": ("video", lowest), "insertion_area": ("video", highest)}
    parts = {BEST: xr.Dataset(best)}
    for name, attribution in attributions.items():
        along = curves(orders[name], scores)._asdict()
        if name in frozen:
            along["frozen"] = frozen[name]
        if frozen_insertion is not None and name in frozen_insertion:
            along["frozen_insertion"] = frozen_insertion[name]
        judged = Judged(
            attribution,
            orders[name],
            scores,
            inside,
            right,
            truth,
            partial(again, name),
            esv=attributions["esv"],
            frozen=along.get("frozen"),
            frozen_insertion=along.get("frozen_insertion"),
        )
        per_video = added(judged, set(along), names)
        of_videos = {measure: ("video", values) for measure, values in per_video.items()}
        of_curves = {curve: (("video", "left"), values) for curve, values in along.items()}
        parts[name] = xr.Dataset({**of_videos, **of_curves})
    return xr.concat(list(parts.values()), pd.Index(list(parts), name="method"), join="outer")
