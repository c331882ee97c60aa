"""What an approximation can be asked of: frames, budgets and clips; the rest is refused in words."""

from collections.abc import Sequence
from math import comb

import numpy as np

from playfair.experiments.left_out import least_frames_per_element
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.study import Study


def check_long(long_frames: Sequence[int], n_videos: int) -> None:
    """What can be known of these options before anything is made.

    Raises:
        ValueError: exact values are known of a length, or there is no interval over the videos.
    """
    short = [n_frames for n_frames in long_frames if n_frames <= MAX_FRAMES]
    if short or n_videos < 2:
        raise ValueError(
            f"experiment.long_frames are of more than {MAX_FRAMES} frames, which have no exact "
            f"values, of 2 videos at least; got {list(long_frames)} and long_videos={n_videos}. "
            "Type experiment.long_frames=[32] experiment.long_videos=4, say; fewer frames are for "
            "experiment.frames=[…]."
        )


def check_budgets(
    studies: Sequence[Study], frames: Sequence[int], budgets: Sequence[int], n_videos: int
) -> None:
    """What can be known of the options before anything is made.

    Raises:
        ValueError: which of them leave nothing to be estimated, or to be compared with.
    """
    most = MAX_FRAMES * least_frames_per_element(studies)
    if max(frames) > most or n_videos < 2:
        raise ValueError(
            f"Estimates are compared with exact values, known up to {most} frames, of 2 "
            f"videos at least; got frames={list(frames)} and n_videos={n_videos}. Type "
            "experiment.frames=[8,12] experiment.n_videos=12, say."
        )
    if any(study.is_pretrained for study in studies):
        return  # how many elements it makes of frames, it says itself
    if studies and all(min(budgets) >= evaluations(study, max(frames)) for study in studies):
        raise nothing_estimated(frames, budgets)


def evaluations(study: Study, n_frames: int) -> int:
    """How many leave nothing to be estimated: of the model, or of a multi-scale head's scales."""
    n_max = (study.model.get("head") or {}).get("n_max")
    if not n_max:
        return 2**n_frames - 1
    return sum(comb(n_frames, scale) for scale in range(1, min(n_frames, n_max) + 1))


def nothing_estimated(
    frames: Sequence[int], budgets: Sequence[int], kind: type[ValueError] = ValueError
) -> ValueError:
    """The refusal of budgets that list all coalitions."""
    return kind(
        f"With so few frames, {list(frames)}, every budget of {list(budgets)} lists all "
        "coalitions: nothing is estimated. Type experiment.frames=[12,16] or smaller "
        "experiment.budgets=[…]."
    )


def evenly_spaced(
    lengths: np.ndarray, frames: Sequence[int], n_videos: int, most: int = MAX_FRAMES
) -> np.ndarray:
    """Clips that are long enough for all numbers of frames, evenly spaced among them.

    Args:
        lengths: (clip,), frames of each clip.
        most: frames of which exact values are known.
    """
    if max(frames) > most:
        raise ValueError(
            f"Estimates are held against exact values, which are known up to {most} frames; got "
            f"{max(frames)}. Type fewer, such as experiment.frames=[8,12]."
        )
    if n_videos < 2:
        raise ValueError(
            f"Intervals take 2 videos at least; got {n_videos}. Type experiment.n_videos=2."
        )
    long_enough = np.flatnonzero(lengths >= max(frames))
    if len(long_enough) < n_videos:
        fewer = []
        if len(lengths) >= n_videos:
            fewer.append(f"experiment.frames=[…] of up to {np.sort(lengths)[-n_videos]} frames")
        if len(long_enough) >= 2:
            fewer.append(f"experiment.n_videos={len(long_enough)}")
        advice = f" Type {' or '.join(fewer)}." if fewer else ""
        raise ValueError(
            f"Asked for {n_videos} validation clips of at least {max(frames)} frames; "
            f"{len(long_enough)} of {len(lengths)} have as many, the longest has {lengths.max()}."
            f"{advice}"
        )
    places = np.linspace(0, len(long_enough) - 1, n_videos)
    return long_enough[places.round().astype(int)]
