"""A clip of an ESV store as the game that it was explained as, made again from what the store says.

A store's record names the head, and the features or the clips, that its ESVs were made from. Where
these lie in the outputs, any coalition of a clip's elements can be scored again: what does the model
say without this frame? Nothing is trained or extracted, and no configuration is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import MANIFEST, read_manifest, require_sound
from playfair.steps.step import Record
from playfair.targets import instantiate
from playfair.video.segment import Segment

if TYPE_CHECKING:
    import torch
    from torch import nn

SAME = 1e-3  # probability: rounding is 1e-6
# In bfloat16, of sums in another order, as on another device: 24 layers with random weights differed
# by up to 0.033.
SAME_ROUGHLY = 0.1


class NoModelError(ValueError):
    """The model of an ESV store, or what it is shown of a clip, is not at hand; says which."""


class OtherScoresError(ValueError):
    """What is at hand gives a clip another score than its store says.

    Attributes:
        gap: the largest difference over classes, probability.
    """

    def __init__(self, gap: float) -> None:
        self.gap = gap
        super().__init__(
            "What lies in the outputs now gives this clip another score than its ESVs add up to "
            f"(by up to {gap:.2g}): it is not the model, or not the clip, that was explained."
        )


@dataclass(frozen=True)
class ClipOfStore:
    """A clip, as far as its store and its dataset know it.

    Args:
        store: the ESV store's folder.
        uid: the clip's name.
        place: of the clip in its split.
        n_clips: of the split.
        file: where the clip lies; None where that is not known.
        frame_index: (element, part), the frames that each element holds.
        prior: (class,), probability.
        score: (class,), of the whole clip, as the store has it.
        class_names: by class index.
        backwards: whether it is shown from its last frame to its first.
    """

    store: Path
    uid: str
    place: int
    n_clips: int
    file: Path | Segment | None
    frame_index: np.ndarray
    prior: np.ndarray
    score: np.ndarray
    class_names: tuple[str, ...]
    backwards: bool = False


def why_no_model(store: Path, made_from: Record) -> str:
    """Why the coalitions of a store's clips cannot be scored again; "" where they can.

    Args:
        store: the ESV store's folder.
        made_from: its record.
    """
    inputs = made_from["inputs"]
    if "head" not in inputs:
        return "These ESVs were saved from Python, and their model was not."
    for part in inputs.values():
        if part["step"] == "lengths":
            continue
        if _folder(store, part) is None:
            what = "weights" if part["step"] in ("heads", "video", "pretrained") else part["step"]
            where = f"{store.parents[1].name}/{part['step']}/…-{part['id'][:8]}"
            return f"Its {what} ({where}) are not in these outputs, only its ESVs."
    return ""


def scores_of_clip(clip: ClipOfStore, inside: np.ndarray | None) -> np.ndarray:
    """The scores of all coalitions of a clip, or of some.

    Args:
        clip: which.
        inside: (coalition, element), bool; None: all 2^n, row Σ 2^i over the elements i inside.

    Returns:
        (coalition, class) float32, probability.

    Raises:
        NoModelError: the model, or what it is shown, is not at hand.
        OtherScoresError: it is another one.
    """
    import torch

    from playfair.shapley.game import by_coalitions, game_of, scores_of_coalitions
    from playfair.shapley.subset_scores import table_of_scores

    made_from = read_record(clip.store)
    head = _model(clip, made_from["inputs"])
    estimator = made_from["settings"]["estimator"]
    prior = torch.from_numpy(clip.prior.astype(np.float32))
    total: Any = 0
    views = units_of(clip, made_from["inputs"], head)
    with torch.no_grad():
        for units in views:
            game = game_of(
                getattr(head, "head", head),
                units,
                prior,
                removal=estimator.get("removal"),
                batch_size=estimator.get("batch_size"),
                precision=estimator.get("precision", "float32"),
            )
            if inside is None:
                total = total + table_of_scores(game)[:, 0]
                continue
            rows = prior.double().repeat(len(inside), 1)
            some = torch.from_numpy(inside.any(1))
            if some.any():
                asked = torch.from_numpy(inside)[some]
                rows[some] = scores_of_coalitions(by_coalitions(game), asked).double()
            total = total + rows
    scores: np.ndarray = (total / len(views)).numpy().astype(np.float32)
    whole = np.ones(1, bool) if inside is None else inside.all(1)
    if not clip.backwards and whole.any():
        last = scores[-1] if inside is None else scores[whole][0]
        in_float32 = estimator.get("precision", "float32") == dtype_of(made_from) == "float32"
        rounding = SAME if in_float32 else SAME_ROUGHLY
        gap = float(np.abs(last - clip.score).max())
        if not gap <= rounding:
            raise OtherScoresError(gap)
    return scores


def units_of(
    clip: ClipOfStore, inputs: Mapping[str, Record], head: "nn.Module"
) -> list["torch.Tensor"]:
    """What the model sees of the clip, (1, element, *unit), of each crop that was averaged.

    Raises:
        NoModelError: it is not at hand.
    """
    import torch

    frames = clip.frame_index
    if clip.backwards:
        frames = frames[::-1, ::-1]
    views = [part for part in inputs.values() if part["step"] == "features"]
    if not views:
        return [_pictures(clip, np.ascontiguousarray(frames), head)]
    units = []
    for part in views:
        rows = _rows(_require(clip.store, part), clip.n_clips)[clip.place]
        if frames.max() >= len(rows):
            raise NoModelError(f"The features of clip {clip.uid} are not those of its ESVs.")
        units.append(torch.from_numpy(rows[frames[:, 0]].astype(np.float32))[None])
    return units


def _pictures(clip: ClipOfStore, frames: np.ndarray, head: Any) -> "torch.Tensor":
    """The units of a clip that is decoded anew, for a checkpoint that sees it whole."""
    import torch

    from playfair.video.fitted import sample_fitted

    if clip.file is None:
        raise NoModelError(f"Clip {clip.uid} is not at hand, and this model sees clips whole.")
    sizes = head.preprocess
    pictures = sample_fitted(
        clip.file,
        lambda n_available: frames.ravel(),
        short_side=sizes.short_side,
        size=sizes.size,
        crop=sizes.crop,
    )
    with torch.no_grad():
        units: torch.Tensor = head.units(torch.from_numpy(np.ascontiguousarray(pictures))[None])
    return units


def _rows(folder: Path, n_clips: int) -> Any:
    manifest = folder / MANIFEST
    return _opened(folder, n_clips, manifest.stat().st_mtime_ns if manifest.is_file() else 0)


@lru_cache(maxsize=4)
def _opened(folder: Path, n_clips: int, written: int) -> Any:
    """A store of features: what its 775 blocks of 24,777 clips say is read once."""
    from playfair.steps.row_store import CLIPS_PER_BLOCK, RowStore

    return RowStore(folder, n_clips, CLIPS_PER_BLOCK)


def _model(clip: ClipOfStore, inputs: Mapping[str, Record]) -> "nn.Module":
    """The store's model, in eval mode; of a video model that is cut into features, the whole."""
    part = inputs["head"]
    folder = _require(clip.store, part)
    if part["step"] != "pretrained":
        return _trained(folder, part["id"])
    from playfair.steps.checked_zarr import read_group

    settings = part["settings"]
    return _checkpoint(
        str(read_group(clip.store).get("attributes", {}).get("checkpoint", "")),
        clip.class_names,
        settings.get("classes", "by_name"),
        settings.get("frames_per_element"),
        dtype_of(read_record(clip.store)),
    )


def dtype_of(made_from: Record) -> str:
    """Of the weights of a store's checkpoint; what is trained here is in float32."""
    settings = made_from["inputs"]["head"].get("settings", {})
    return str(settings.get("dtype", "float32"))


@lru_cache(maxsize=4)
def _trained(folder: Path, identity: str) -> "nn.Module":
    """A model that was trained here; kept for the next clip."""
    from playfair.steps.heads import Heads
    from playfair.steps.video import Video
    from playfair.steps.workplace import Workplace

    made_from = read_record(folder)
    manifest = read_manifest(folder)
    if manifest is None:
        raise NoModelError(f"{folder} is not finished.")
    require_sound(folder, manifest)
    settings = made_from["settings"]
    workplace = Workplace(instantiate, {})
    nothing: Any = None  # what is only asked for to make it
    step: Heads | Video
    if made_from["step"] == Heads.kind:
        step = Heads("", settings["model"], nothing, {}, settings["seed"], workplace)
    else:
        step = Video("", settings["model"], nothing, None, settings["seed"], workplace)
    model: nn.Module = step.open(folder)
    return model


@lru_cache(maxsize=1)
def _checkpoint(
    path: str,
    class_names: tuple[str, ...],
    classes: str,
    frames_per_element: int | None,
    dtype: str,
) -> "nn.Module":
    """A checkpoint that was trained elsewhere; that it is the same is seen by its scores."""
    from playfair.models.huggingface.checkpoint import load_checkpoint
    from playfair.models.huggingface.folder import cached_folder

    if not path:
        raise NoModelError("The store does not say which checkpoint its ESVs are of.")
    if cached_folder(path) is None:  # nothing is fetched because a page is looked at
        raise NoModelError(f"The checkpoint {path} is not on this machine.")
    return load_checkpoint(
        path,
        class_names,
        classes=classes,
        frames_per_element=frames_per_element,
        dtype=dtype,
        checked=True,
    )


def _require(store: Path, part: Record) -> Path:
    folder = _folder(store, part)
    if folder is None:
        raise NoModelError(why_no_model(store, read_record(store)))
    return folder


def _folder(store: Path, part: Record) -> Path | None:
    """Where a step lies that a store was made from: beside it, known by its id."""
    for folder in sorted((store.parents[1] / part["step"]).glob(f"*-{part['id'][:8]}")):
        if (folder / MADE_FROM).is_file() and read_record(folder)["id"] == part["id"]:
            return folder
    return None
