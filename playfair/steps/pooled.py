"""The ESVs of a model over all seeds it was trained with, as one dataset."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from playfair.steps.study import Study

if TYPE_CHECKING:
    import xarray as xr


def pooled(studies: Sequence[Study], n_frames: int) -> dict[str, "xr.Dataset"]:
    """Model → its ESV stores, one after the other along `video`, with the coordinate seed (video).

    Example:
        pooled(studies, 8)["trn"]["seed"]
    """
    import xarray as xr

    models: dict[str, xr.Dataset] = {}
    for name in dict.fromkeys(study.name for study in studies):
        parts = []
        for study in studies:
            if study.name == name:
                esvs = study.esvs(n_frames)
                seeds = np.full(esvs.sizes["video"], study.seed)
                parts.append(esvs.assign_coords(seed=("video", seeds)))
        models[name] = parts[0] if len(parts) == 1 else concatenated(parts)
    return models


def concatenated(parts: Sequence["xr.Dataset"]) -> "xr.Dataset":
    """Stores of the same classes, one after the other along `video`."""
    import xarray as xr

    return xr.concat(parts, "video", data_vars="minimal", coords="minimal", compat="override")
