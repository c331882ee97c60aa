"""The ESV store read in blocks of videos, so that no analysis holds all of it."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import numpy as np
import xarray as xr


def blocks(esvs: xr.Dataset) -> Iterator[xr.Dataset]:
    """The store in pieces of one chunk of videos each."""
    size = esvs["esv"].encoding.get("chunks", (128,))[0]
    for start in range(0, esvs.sizes["video"], size):
        yield esvs.isel(video=slice(start, start + size))


def esvs_of_classes(esvs: xr.Dataset, classes: np.ndarray) -> np.ndarray:
    """ESVs of some classes of each video, in one reading of the store.

    Args:
        classes: (video, k) class indices, −1 for none.

    Returns:
        (video, element, k), probability; NaN where there is no class.
    """
    parts = []
    start = 0
    for block in blocks(esvs):
        wanted = classes[start : start + block.sizes["video"], None]
        values = np.take_along_axis(block["esv"].values, np.maximum(wanted, 0), 2)
        parts.append(np.where(wanted < 0, np.float32(np.nan), values))
        start += block.sizes["video"]
    return np.concatenate(parts)


def true_class_esvs(esvs: xr.Dataset) -> np.ndarray:
    """ESVs of each video's true class: (video, element), probability."""
    return esvs_of_classes(esvs, esvs["label"].values[:, None])[..., 0]


def predictions(esvs: xr.Dataset) -> np.ndarray:
    """The class with each video's highest score: (video,)."""
    return np.asarray(esvs["score"].values.argmax(1))


def true_class_scores(esvs: xr.Dataset) -> np.ndarray:
    """Score of each video's true class: (video,), probability; NaN where it is not known."""
    return class_scores(esvs, esvs["label"].values)


def class_scores(esvs: xr.Dataset, label: np.ndarray) -> np.ndarray:
    """Score of a class of each video: (video,), probability; NaN for no class, −1."""
    scores = np.take_along_axis(esvs["score"].values, np.maximum(label, 0)[:, None], 1)[:, 0]
    return np.asarray(np.where(label < 0, scores.dtype.type(np.nan), scores))


def twins(esvs: xr.Dataset) -> np.ndarray:
    """The twin of each video's true class, the action played backwards: (video,), −1 for none."""
    label = esvs["label"].values
    return np.where(label < 0, -1, esvs["twin"].values[np.maximum(label, 0)])


def class_indices(esvs: xr.Dataset, names: Sequence[str]) -> list[int]:
    """Where classes stand in the store.

    Raises:
        ValueError: one is not there; says which are like it.
    """
    return _places(names, esvs["class_name"].values.tolist(), "class", "classes")


def clip_indices(esvs: xr.Dataset, uids: Sequence[str]) -> list[int]:
    """Where clips stand in the store.

    Raises:
        ValueError: one is not there; says which are.
    """
    return _places(uids, esvs["video"].values.tolist(), "clip", "clips")


def _places(wanted: Sequence[str], names: list[str], kind: str, option: str) -> list[int]:
    if not isinstance(wanted, list | tuple) or not wanted:
        raise ValueError(
            f"Expected some of the {len(names):,} {option} in a list, such as {names[0]!r}; got "
            f"{wanted!r}. Type experiment.{option}='[\"{names[0]}\"]', or leave the option out."
        )
    return [_place(str(name), names, kind, option) for name in wanted]


def _place(wanted: str, names: list[str], kind: str, option: str) -> int:
    if wanted in names:
        return names.index(wanted)
    near = get_close_matches(wanted, names, n=3, cutoff=0.6) or [names[0], names[-1]]
    raise ValueError(
        f"The ESV store has no {kind} {wanted!r} among its {len(names):,}; such as: "
        f"{', '.join(map(repr, near))}. Type experiment.{option}='[\"{near[0]}\"]', or leave the "
        "option out."
    )
