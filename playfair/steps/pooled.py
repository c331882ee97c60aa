"""The ESV stores of all seeds of each model, one below the other."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import xarray as xr

if TYPE_CHECKING:  # torch, which reading ESVs does without
    from playfair.steps.study import Study

S = TypeVar("S", bound="Study")


def by_model(studies: Iterable[S]) -> dict[str, list[S]]:
    """The studies of each model, one per seed: name → studies, in their order."""
    models: dict[str, list[S]] = {}
    for study in studies:
        models.setdefault(study.name, []).append(study)
    return models


def pooled(studies: Sequence["Study"], n_frames: int) -> dict[str, xr.Dataset]:
    """ESVs at n_frames of each model: name → its seeds' stores, along `video`.

    The coordinate `seed (video)` says which seed a row is of; it is there with one seed too.
    """
    return {
        name: along_videos([study.esvs(n_frames) for study in seeds], [s.seed for s in seeds])
        for name, seeds in by_model(studies).items()
    }


def along_videos(datasets: Sequence[xr.Dataset], seeds: Sequence[int]) -> xr.Dataset:
    """Datasets of the same classes, one for each seed, as one; a single one is not read for it."""
    with_seed = [
        dataset.assign_coords(seed=("video", [seed] * dataset.sizes["video"]))
        for dataset, seed in zip(datasets, seeds, strict=True)
    ]
    if len(with_seed) == 1:
        return with_seed[0]
    return xr.concat(with_seed, "video", data_vars="minimal", coords="minimal", compat="override")
