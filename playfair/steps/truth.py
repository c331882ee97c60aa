"""Clips whose class is known, and of the others the class that they are explained for."""

import logging
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

log = logging.getLogger("playfair")


class NoTruthError(ValueError):
    """A question that needs the clips' classes, asked of clips that have none.

    Attributes:
        split: whose clips they are.
    """

    def __init__(self, split: str) -> None:
        self.split = split
        super().__init__(
            f"This compares with the clips' classes, and no clip of the {split} split has one. "
            "experiment=esv, experiment=interactions and experiment=explorer explain such clips "
            "for the class predicted; docs/clips.md says how clips are given classes."
        )


def with_truth(esvs: "xr.Dataset") -> "xr.Dataset":
    """The videos whose class is known; how many others there are is said.

    Args:
        esvs: label (video), −1 where it is not known, as an ESV store has it.

    Raises:
        NoTruthError: it is known of none.

    Example:
        >>> import xarray as xr
        >>> esvs = xr.Dataset({"label": ("video", [3, -1])})
        >>> with_truth(esvs).sizes["video"]
        1
    """
    known = esvs["label"].values >= 0
    if known.all():
        return esvs
    split = str(esvs.attrs.get("split", "validation"))
    if not known.any():
        raise NoTruthError(split)
    n_unknown = int((~known).sum())
    log.warning(
        "%d of %d clips of the %s split %s no class and %s left out of what compares with it",
        n_unknown,
        len(known),
        split,
        "has" if n_unknown == 1 else "have",
        "is" if n_unknown == 1 else "are",
    )
    return esvs.isel(video=np.flatnonzero(known))


def explained_classes(esvs: "xr.Dataset") -> np.ndarray:
    """The class that each video is explained for: its own, or the one predicted: (video,).

    Example:
        >>> import xarray as xr
        >>> score = ("video", "class"), [[0.1, 0.9], [0.1, 0.9]]
        >>> explained_classes(xr.Dataset({"label": ("video", [0, -1]), "score": score})).tolist()
        [0, 1]
    """
    label = esvs["label"].values
    if (label >= 0).all():
        return np.asarray(label)
    return np.where(label >= 0, label, esvs["score"].values.argmax(1))
