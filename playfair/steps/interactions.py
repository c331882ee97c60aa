"""Pairwise Shapley interactions of the elements of every explained video, by three measures.

    interaction (video, element_i, element_j)   of the true class's score, probability
    contrast                                    of that minus the score of its twin, the class that
                                                is the same action played backwards; NaN without one
    order                                       half the difference between the clip's interactions
                                                and those of the same frames shown in reverse
    stderr                                      standard error of `interaction`, where it is
                                                estimated: of more elements than are done exactly
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
from playfair.steps.esvs import MOST_EXACT, ESVs, head_of, shown_of
from playfair.steps.layout import Layout
from playfair.steps.obtain import obtain
from playfair.steps.ranks import by_rank_zero
from playfair.steps.shown import in_parts
from playfair.steps.step import Step
from playfair.steps.truth import explained_classes
from playfair.steps.workplace import device_of

if TYPE_CHECKING:
    from torch import Tensor, nn

OWN = "interaction"
CONTRAST = "contrast"
ORDER = "order"
STDERR = "stderr"
VIDEOS_AT_ONCE = 64
VIDEOS_OF_DRAW = 8  # whose errors go together: those of other draws do not
SEEDS = 10**6  # that lie between the draws of one training and those of the next
NAMES = ("surrogate", "kernel", "stratified")  # estimators that tell interactions


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
        by_rank_zero(lambda: self._make(folder, layout), done=lambda: self.whole(folder))

    def budget(self, n_elements: int) -> int | None:
        """Evaluations of a clip; None where interactions are exact."""
        return self.esvs.estimator.budget if n_elements > MOST_EXACT else None

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
        estimator = self.esvs.estimator
        budget = self.budget(esvs.sizes["element"])
        at_once = VIDEOS_AT_ONCE if budget is None else VIDEOS_OF_DRAW
        for some in in_parts(shown, clips, self.esvs.n_frames, at_once):
            span = slice(start, start + len(some))
            units = shown.units(some.tolist(), self.esvs.n_frames, "repeat").to(device)
            given = (head, units, prior, label[span], twin[span], estimator.removal)
            batch_size = estimator.batch_size
            if budget is None:
                parts.append(three_measures(*given, batch_size))
            else:
                seed = SEEDS * self.esvs.seed + start
                parts.append(estimated_measures(*given, budget, estimator.name, batch_size, seed))
            start += len(some)
        measures = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        write_interactions(folder, esvs["video"].values.tolist(), measures)


def three_measures(
    head: "nn.Module",
    units: "Tensor",
    prior: "Tensor",
    label: np.ndarray,
    twin: np.ndarray,
    removal: str | None = None,
    batch_size: int | None = None,
) -> dict[str, np.ndarray]:
    """The three measures of some videos, each (video, element, element).

    Args:
        head: what maps units to logits.
        units: (video, element, *unit).
        prior: (class,), probability.
        label: (video,), the true class, or the one predicted where it is not known.
        twin: (video,), the class of the action played backwards; -1 for none.
        removal: what becomes of an element outside a coalition; None for the model's own.
        batch_size: coalitions that a model is called with at once; None for what fits.
    """
    import playfair

    options: dict[str, Any] = {"removal": removal, "batch_size": batch_size}
    index, reversed_index = (
        playfair.interactions(head, shown, prior, **options).cpu().numpy()
        for shown in (units, units.flip(axes_of_time(head)))
    )
    return measures_of(index, reversed_index[:, ::-1, ::-1], label, twin)


def estimated_measures(
    head: "nn.Module",
    units: "Tensor",
    prior: "Tensor",
    label: np.ndarray,
    twin: np.ndarray,
    removal: str | None,
    budget: int,
    name: str | None = None,
    batch_size: int | None = None,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Likewise from a budget, with the standard error of the first.

    Of the clip and its reverse the same coalitions are drawn, so that what does not depend on order
    cancels here too.

    Args:
        head, units, prior, label, twin, removal, batch_size: as of `three_measures`.
        budget: evaluations of a clip.
        name: of an estimator that is taken where it tells interactions; None for the best.
        seed: of what is drawn.
    """
    import torch

    from playfair.shapley.entrance import enter, entrance
    from playfair.shapley.game import by_coalitions
    from playfair.shapley.interactions import pairs_of_game
    from playfair.shapley.linear_game import LinearGame
    from playfair.shapley.reversed_game import ReversedGame

    def game_of(shown: "Tensor") -> Any:
        entered = enter(
            head, shown, prior, removal=removal, precision="float32", batch_size=batch_size
        )
        return by_coalitions(entered.game)

    def answer(game: Any) -> Any:
        generator = torch.Generator().manual_seed(seed)
        with entrance():
            return pairs_of_game(game, budget, generator, name if name in NAMES else None)

    game = game_of(units)
    in_reverse = game_of(units.flip(axes_of_time(head)))
    forward = answer(game)
    if isinstance(game, LinearGame):
        reversed_index = answer(in_reverse).index.flip((1, 2))
    else:
        reversed_index = answer(ReversedGame(in_reverse)).index
    measures = measures_of(forward.index.cpu().numpy(), reversed_index.cpu().numpy(), label, twin)
    stderr = forward.stderr.cpu().numpy()[np.arange(len(units)), :, :, label]
    return {**measures, STDERR: stderr}


def axes_of_time(head: "nn.Module") -> tuple[int, ...]:
    """Those of units that a clip is reversed along."""
    return (1, 2) if getattr(head, "frames_per_element", 1) > 1 else (1,)


def measures_of(
    index: np.ndarray, reversed_index: np.ndarray, label: np.ndarray, twin: np.ndarray
) -> dict[str, np.ndarray]:
    """The three measures.

    Args:
        index: (video, element, element, class).
        reversed_index: of the frames in reverse, at the elements' own places.
        label: (video,).
        twin: (video,); -1 for none.
    """
    videos = np.arange(len(index))
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
