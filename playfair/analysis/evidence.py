"""Elements inside and outside the decisive interval of a clip, where the dataset knows it."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.design import rows


class Evidence(NamedTuple):
    """Which elements lie in the decisive interval and which outside it.

    An element of a clip whose interval is not known is neither.
    """

    inside: np.ndarray  # (video, element) bool
    outside: np.ndarray  # (video, element) bool


def evidence_of(esvs: xr.Dataset) -> Evidence | None:
    """The elements inside and outside, by their frames; None where no clip's is known.

    An element of several frames is inside where any of them is: it holds what decides.
    """
    if "evidence" not in esvs:
        return None
    start, stop = esvs["evidence"].values.T
    annotated = start >= 0
    if not annotated.any():
        return None
    frames = element_frames(esvs)
    within = (frames >= start[:, None, None]) & (frames < stop[:, None, None])
    inside = within.any(2) & annotated[:, None]
    return Evidence(inside, annotated[:, None] & ~inside)


def element_frames(esvs: xr.Dataset) -> np.ndarray:
    """The frames of the clip that each element holds: (video, element, part)."""
    if "element_frames" in esvs:
        return np.asarray(esvs["element_frames"].values)
    return np.asarray(esvs["frame_index"].values[..., None])


def frames_per_element(esvs: xr.Dataset) -> int:
    """How many frames go as one."""
    return int(esvs.sizes.get("part", 1))


def middle_of_evidence(esvs: xr.Dataset) -> np.ndarray:
    """The middle of each clip's decisive interval, in frames: (video,), NaN if unknown."""
    start, stop = esvs["evidence"].values.T
    return np.where(start >= 0, (start + stop) / 2, np.nan)


def esvs_inside_and_outside(esvs: xr.Dataset, evidence: Evidence) -> pd.DataFrame:
    """ESVs of the true class inside and outside the decisive interval: one row per video.

    Returns:
        inside, outside: mean ESV of such elements, probability, NaN where a video has none;
        difference, of the same video; supporting_inside, supporting_outside: share of such elements
        with ESV > 0.
    """
    values = true_class_esvs(esvs)
    inside = mean_of_part(values, evidence.inside)
    outside = mean_of_part(values, evidence.outside)
    columns = {
        "inside": inside,
        "outside": outside,
        "difference": inside - outside,
        "supporting_inside": mean_of_part(values > 0, evidence.inside),
        "supporting_outside": mean_of_part(values > 0, evidence.outside),
    }
    return pd.DataFrame(columns, index=rows(esvs))


def mean_of_part(values: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Mean over the elements of a part: (video,), NaN where it is empty.

    Args:
        values: (video, element).
        part: (video, element) bool.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(part, values, 0).sum(1) / part.sum(1))


def evidence_mass(attribution: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The share of positive attribution on the elements inside the decisive interval: (video,).

    Chance is the share of elements inside. NaN where none lies inside, or none has positive
    attribution.

    Args:
        attribution: (video, element), any unit.
        inside: (video, element) bool.
    """
    positive = attribution.clip(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mass = (positive * inside).sum(1) / positive.sum(1)
    return np.where(inside.any(1), mass, np.nan)


def evidence_absolute_mass(attribution: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The share of |attribution| on the elements inside the decisive interval: (video,).

    What is negative counts too, which `evidence_mass` drops. NaN where none lies inside, or all
    attribution is 0.

    Args:
        attribution: (video, element), any unit.
        inside: (video, element) bool.

    Example:
        >>> inside = np.array([[True, False, False]])
        >>> evidence_absolute_mass(np.array([[0.2, 0.1, -0.1]]), inside).tolist()
        [0.5]
    """
    return evidence_mass(np.abs(attribution), inside)


def evidence_auroc(attribution: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """How well attribution tells the elements inside from those outside: (video,).

    The share of all pairs of one inside and one outside in which the former has more, equal ones
    counting half: the area under the receiver operating characteristic (Hanley & McNeil 1982).
    Chance is 1/2. NaN where none lies inside, or none outside.

    Args:
        attribution: (video, element), any unit.
        inside: (video, element) bool.

    Example:
        >>> inside = np.array([[True, False, False]])
        >>> evidence_auroc(np.array([[0.2, 0.1, 0.2]]), inside).tolist()
        [0.75]
    """
    more = np.sign(attribution[:, :, None] - attribution[:, None, :])
    pairs = inside[:, :, None] & ~inside[:, None, :]
    with np.errstate(invalid="ignore"):
        return np.asarray(((1 + more) / 2 * pairs).sum((1, 2)) / pairs.sum((1, 2)))


def pointing(attribution: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The pointing game (Zhang et al. 2016): whether the largest attribution lies inside.

    Args:
        attribution: (video, element), any unit.
        inside: (video, element) bool.

    Returns:
        (video,), 0 or 1; where several elements are largest, the share of them inside: what picking
        one of them at random scores. NaN where none lies inside.
    """
    largest = attribution == attribution.max(1, keepdims=True)
    share = (largest & inside).sum(1) / largest.sum(1)
    return np.where(inside.any(1), share, np.nan)
