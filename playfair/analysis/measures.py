"""ESV and its rivals measured on some videos: agreement, curves, evidence and efficiency."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.contest import roar  # noqa: F401  (with it, all measures register)
from playfair.analysis.curves import area, best_areas, curves
from playfair.analysis.evidence import (
    evidence_absolute_mass,
    evidence_auroc,
    evidence_mass,
    pointing,
)
from playfair.analysis.registry import Judged, added

BEST = "best order"

AREAS = {
    "deletion": "deletion_area",
    "insertion": "insertion_area",
    "frozen": "deletion_area_frozen",
    "frozen_insertion": "insertion_area_frozen",
}


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
        attributions: method → (video, element).
        orders: method → (video, place), the elements from most supporting to most distracting.
        scores: (video, subset), of the class in question, for all coalitions by the bits of their
            elements.
        inside: (video, element) bool, which are known to decide; None where it is not known.
        frozen: of some methods the deletion curve, (video, left), with removed elements frozen.
        frozen_insertion: of some methods the insertion curve, likewise.
        right: as of `registry.Judged`.
        truth: its `values`.
        again: of a method and a word of `registry.CHANGES`, as of `registry.Judged`.
        names: the registered measures to take; None: those that need not be asked for.

    Returns:
        (method, video): spearman and kendall with ESV; deletion_area, insertion_area,
        deletion_area_frozen, insertion_area_frozen; efficiency_error =
        |Σ attribution − (f(X) − f(∅))|, in the method's own unit; evidence_mass,
        evidence_absolute_mass, evidence_auroc and pointing where the decisive interval is known;
        and those that were registered. (method, video, left): the curves deletion, insertion,
        frozen, frozen_insertion. The method
        "best order" has but the areas that no order can better.
    """
    lowest, highest = best_areas(scores)
    best = {"deletion_area": ("video", lowest), "insertion_area": ("video", highest)}
    parts = {BEST: xr.Dataset(best)}
    gained = scores[:, -1] - scores[:, 0]
    for name, attribution in attributions.items():
        along = curves(orders[name], scores)._asdict()
        if name in frozen:
            along["frozen"] = frozen[name]
        if frozen_insertion is not None and name in frozen_insertion:
            along["frozen_insertion"] = frozen_insertion[name]
        spearman, kendall = rank_agreement(attributions["esv"], attribution)
        per_video = {
            "spearman": spearman,
            "kendall": kendall,
            "efficiency_error": np.abs(attribution.astype(np.float64).sum(1) - gained),
        }
        for curve, values in along.items():
            per_video[AREAS[curve]] = area(values)
        if inside is not None:
            per_video["evidence_mass"] = evidence_mass(attribution, inside)
            per_video["evidence_absolute_mass"] = evidence_absolute_mass(attribution, inside)
            per_video["evidence_auroc"] = evidence_auroc(attribution, inside)
            per_video["pointing"] = pointing(attribution, inside)
        judged = Judged(
            attribution, orders[name], scores, inside, right, truth, partial(again, name)
        )
        per_video |= added(judged, {*per_video, *along}, names)
        of_videos = {measure: ("video", values) for measure, values in per_video.items()}
        of_curves = {curve: (("video", "left"), values) for curve, values in along.items()}
        parts[name] = xr.Dataset({**of_videos, **of_curves})
    return xr.concat(list(parts.values()), pd.Index(list(parts), name="method"), join="outer")
