"""The seeds of a model: its studies side by side, what they computed one below the other."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from playfair.steps.study import Study
from playfair.steps.truth import with_truth

if TYPE_CHECKING:
    import xarray as xr


def by_model(studies: Iterable[Study]) -> dict[str, list[Study]]:
    """The studies of each model, one per seed: name → studies, in their order."""
    models: dict[str, list[Study]] = {}
    for study in studies:
        models.setdefault(study.name, []).append(study)
    return models


def along_videos(datasets: Sequence["xr.Dataset"], seeds: Sequence[int]) -> "xr.Dataset":
    """Datasets of the same classes, one for each seed, as one with the coordinate seed (video).

    A single one is not read for it.
    """
    import xarray as xr

    with_seed = [
        dataset.assign_coords(seed=("video", [seed] * dataset.sizes["video"]))
        for dataset, seed in zip(datasets, seeds, strict=True)
    ]
    if len(with_seed) == 1:
        return with_seed[0]
    return xr.concat(with_seed, "video", data_vars="minimal", coords="minimal", compat="override")


def pooled(studies: Iterable[Study], n_frames: int) -> dict[str, "xr.Dataset"]:
    """Model → its ESV stores, one after the other along `video`, with the coordinate seed (video).

    Videos whose class is not known are left out, as what is pooled is compared with the truth.

    Example:
        pooled(studies, 8)["trn"]["seed"]
    """
    return {
        name: along_videos(
            [with_truth(study.esvs(n_frames)) for study in seeds],
            [study.seed for study in seeds],
        )
        for name, seeds in by_model(studies).items()
    }
