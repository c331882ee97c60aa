"""Pairwise Shapley interactions of the elements of every explained video, by three measures.

    interaction (video, element_i, element_j)   of the true class's score, probability
    contrast                                    of that minus the score of its twin, the class that
                                                is the same action played backwards; NaN without one
    order                                       half the difference between the clip's interactions
                                                and those of the same frames shown in reverse
    video                                       uid

A Zarr group, written whole or not at all; every chunk ends with its checksum.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
import zarr

from playfair.steps.checked_zarr import (
    CHECKED,
    CheckedStore,
    fill_value,
    open_dataset,
    opened_arrays,
)
from playfair.steps.data import Data
from playfair.steps.durable import PART, sync, sync_all, telling_full_disk
from playfair.steps.esvs import ESVs, head_of, shown_of
from playfair.steps.layout import Layout
from playfair.steps.obtain import obtain
from playfair.steps.shown import in_parts
from playfair.steps.step import Step
from playfair.steps.truth import explained_classes
from playfair.steps.workplace import device_of

if TYPE_CHECKING:
    from torch import Tensor, nn

OWN = "interaction"
CONTRAST = "contrast"
ORDER = "order"
VIDEOS_AT_ONCE = 64


@dataclass(frozen=True)
class Interactions:
    """The store, opened as an xarray.Dataset.

    Args:
        esvs: of the same videos and the same model.
    """

    kind: ClassVar[str] = "interactions"
    version: ClassVar[int] = 2  # its files have checksums

    esvs: ESVs

    @property
    def data(self) -> Data:
        return self.esvs.data

    @property
    def label(self) -> str:
        return self.esvs.label

    def settings(self) -> dict[str, Any]:
        return {"model": self.esvs.name, "n_frames": self.esvs.n_frames}

    def inputs(self) -> dict[str, Step]:
        return {"esvs": self.esvs}

    def whole(self, folder: Path) -> bool:
        return (folder / "zarr.json").is_file()

    def open(self, folder: Path) -> xr.Dataset:
        return open_dataset(folder, consolidated=False)

    def make(self, folder: Path, layout: Layout) -> None:
        from playfair.steps.ranks import by_rank_zero

        by_rank_zero(lambda: self._make(folder, layout), done=lambda: self.whole(folder))

    def _make(self, folder: Path, layout: Layout) -> None:
        import torch

        esvs = obtain(self.esvs, layout)
        shown = shown_of(self.esvs.features, self.esvs.head, layout)
        head = head_of(self.esvs.head, layout)
        device = device_of(head, self.esvs.workplace)
        head.to(device)
        split = self.esvs.data.opened.split(self.esvs.split)
        clips = np.flatnonzero(np.isin(split.uids, esvs["video"].values))
        prior = torch.from_numpy(esvs["prior"].values)
        label = explained_classes(esvs)
        twin = esvs["twin"].values[label]
        parts = []
        start = 0
        for some in in_parts(shown, clips, self.esvs.n_frames, VIDEOS_AT_ONCE):
            span = slice(start, start + len(some))
            start += len(some)
            units = shown.units(some.tolist(), self.esvs.n_frames, "repeat").to(device)
            removal = self.esvs.estimator.removal
            parts.append(three_measures(head, units, prior, label[span], twin[span], removal))
        measures = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        write_interactions(folder, esvs["video"].values.tolist(), measures)


def three_measures(
    head: "nn.Module",
    units: "Tensor",
    prior: "Tensor",
    label: np.ndarray,
    twin: np.ndarray,
    removal: str | None = None,
) -> dict[str, np.ndarray]:
    """The three measures of some videos, each (video, element, element).

    Args:
        head: what maps units to logits.
        units: (video, element, *unit).
        prior: (class,), probability.
        label: (video,), the true class, or the one predicted where it is not known.
        twin: (video,), the class of the action played backwards; -1 for none.
        removal: what becomes of an element outside a coalition; None for the model's own.
    """
    import playfair

    videos = np.arange(len(units))
    in_reverse = (1, 2) if getattr(head, "frames_per_element", 1) > 1 else (1,)
    index, reversed_index = (
        playfair.interactions(head, shown, prior, removal=removal).cpu().numpy()
        for shown in (units, units.flip(in_reverse))
    )
    reversed_index = reversed_index[:, ::-1, ::-1]
    own = index[videos, :, :, label]
    contrast = own - index[videos, :, :, twin]
    contrast[twin < 0] = np.nan
    order = (own - reversed_index[videos, :, :, label]) / 2
    return {OWN: own, CONTRAST: contrast, ORDER: order}


def write_interactions(folder: Path, uids: list[str], measures: dict[str, np.ndarray]) -> None:
    """Writes the store into its folder; the group's own file comes last.

    Args:
        folder: the step's.
        uids: of the videos.
        measures: each (video, element, element).
    """
    part = folder / f"interactions{PART}"
    with telling_full_disk(str(folder)):
        group = zarr.create_group(part, overwrite=True)
        for name, values in measures.items():
            n_videos, n_elements, _ = values.shape
            array = group.create_array(
                name,
                shape=values.shape,
                chunks=(max(1, min(128, n_videos)), n_elements, n_elements),
                dtype="float32",
                dimension_names=("video", "element_i", "element_j"),
                fill_value=fill_value("float32"),
                **CHECKED,
            )
            array[:] = values
        videos = group.create_array(
            "video", shape=(len(uids),), dtype="str", dimension_names=["video"], **CHECKED
        )
        videos[:] = np.array(uids, object)
        sync_all(part)
        for name in (*measures, "video", "zarr.json"):
            if name == "zarr.json":
                sync(folder)  # the others' names first: with it the store is there
            shutil.rmtree(folder / name, ignore_errors=True)  # of a run that was killed here
            (part / name).replace(folder / name)
        part.rmdir()


def clip_interactions(folder: Path, uid: str) -> np.ndarray | None:
    """Interactions of one clip's true class: (element, element); None where there are none.

    Example:
        clip_interactions(layout.folder(step), "612")
    """
    if not (folder / "zarr.json").is_file():
        return None
    arrays = opened_arrays(CheckedStore(folder), ["video", OWN])
    rows = np.flatnonzero(np.asarray(arrays["video"]) == uid)
    if len(rows) == 0:
        return None
    return np.asarray(arrays[OWN][int(rows[0])])
