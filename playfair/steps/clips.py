"""Which clips of a split are explained, and what becomes of the others."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from playfair.datasets.doctor.finding import counted

log = logging.getLogger("playfair")

TOLD = 5  # reasons of a warning
NONE_DECODED = (
    "No clip of the {} split could be decoded. Type experiment=doctor to see what is wrong with "
    "the dataset."
)


def long_enough(lengths: np.ndarray, n_frames: int, *, short: str, split: str) -> np.ndarray:
    """Clips of at least n_frames frames; with short="repeat" all that could be decoded.

    Args:
        lengths: (clip,), frames of each clip; 0 for one that could not be decoded.
        n_frames: frames that a model is shown of each.
        short: "skip" leaves shorter clips out, as in the paper; "repeat" shows frames of theirs
            more than once.
        split: named in messages.

    Raises:
        ValueError: there is none.
    """
    if not lengths.any():
        raise ValueError(NONE_DECODED.format(split))
    clips = np.flatnonzero(lengths >= (1 if short == "repeat" else n_frames))
    if len(clips) == 0:
        raise ValueError(
            f"Every clip of the {split} split is shorter than n_frames={n_frames}: the longest has "
            f"{lengths.max()} frames. Type n_frames={lengths.max()} or less."
        )
    counts = counts_of(lengths, n_frames, short=short)
    if n_short := counts["repeated_frames"] + counts["too_short"]:
        fate = "frames are repeated" if short == "repeat" else "left out"
        few = f"{n_short} of {len(lengths)} clips"
        verb = "has" if n_short == 1 else "have"
        log.warning("%s %s fewer than %d frames: %s", few, verb, n_frames, fate)
    return clips


def counts_of(lengths: np.ndarray, n_frames: int, *, short: str) -> dict[str, int]:
    """What became of a split's clips: explained with repeated frames, too short, not decodable."""
    n_short = int(((lengths > 0) & (lengths < n_frames)).sum())
    repeat = short == "repeat"
    return {
        "repeated_frames": n_short if repeat else 0,
        "too_short": 0 if repeat else n_short,
        "not_decodable": int((lengths == 0).sum()),
    }


def report_left_out(split: str, reasons: Sequence[str]) -> None:
    """Warns of the clips of a split that cannot be read.

    Args:
        split: whose clips.
        reasons: of each clip that is left out, why; the first are told.
    """
    if not reasons:
        return
    listed = "\n  ".join(reasons[:TOLD])
    more = "\n  …" if len(reasons) > TOLD else ""
    clips = counted(len(reasons), "clip")
    verb = "is" if len(reasons) == 1 else "are"
    log.warning("%s of the %s split %s left out:\n  %s%s", clips, split, verb, listed, more)


def report_not_decoded(name: str, split: str, counts: Mapping[str, int]) -> None:
    """Says at every run how many clips are left out because they could not be decoded.

    Args:
        name: the model's.
        split: whose clips.
        counts: as an ESV store has them.
    """
    n_broken = counts.get("not_decodable", 0)
    if n_broken:
        one = n_broken == 1
        log.warning(
            "%s: %d of %d clips of the %s split could not be decoded and %s; experiment=doctor says "
            "why, and which %s of a list",
            name,
            n_broken,
            counts.get("split", 0),
            split,
            "is left out until its file changes"
            if one
            else "are left out until their files change",
            "row it is" if one else "rows they are",
        )
