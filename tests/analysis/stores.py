"""ESVs to analyse: a few written by hand, or a store of random ones of any size."""

from pathlib import Path

import numpy as np
import xarray as xr

from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import open_store
from playfair.steps.seeds import along_videos

NAMES = ["Moving something up", "Moving something down", "Poking something"]
TWINS = np.array([1, 0, -1])


def study(label: list[int], score: list[list[float]], esv: np.ndarray | None = None) -> xr.Dataset:
    label_array, score_array = np.array(label), np.array(score, dtype=np.float32)
    prior = np.array([0.5, 0.25, 0.25])
    if esv is None:  # spread what the video adds evenly over 4 frames: adds up by construction
        esv = np.repeat((score_array - prior)[:, None] / 4, 4, axis=1)
    return xr.Dataset(
        {
            "esv": (("video", "element", "class"), esv.astype(np.float32)),
            "score": (("video", "class"), score_array),
            "prior": ("class", prior),
            "twin": ("class", TWINS),
            "evidence": (("video", "bound"), np.full((len(label), 2), -1)),
        },
        {
            "video": [str(video) for video in range(len(label))],
            "label": ("video", label_array),
            "class_name": ("class", NAMES),
            "frame_index": (("video", "element"), np.tile([1, 3, 5, 7], (len(label), 1))),
        },
    )


def random_store(
    path: Path, *, videos: int, frames: int, classes: int, seed: int = 0
) -> xr.Dataset:
    """A store of random ESVs that add up, with a long tail of class counts; a fifth of the videos are predicted right.

    Classes 2k and 2k + 1 are time-reversed twins.
    """
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, classes + 1)
    labels = rng.choice(classes, videos, p=share / share.sum())
    names = [
        f"Doing {k // 2} to something from {'left to right' if k % 2 else 'right to left'}"
        for k in range(classes)
    ]
    prior = np.full(classes, 1 / classes)
    twins = np.arange(classes) ^ 1
    twins[twins >= classes] = -1
    store = create_store(
        path,
        uids=[str(uid) for uid in range(videos)],
        labels=labels,
        prior=prior,
        class_names=names,
        n_frames=frames,
        twins=twins,
        evidence=np.tile([5, 30], (videos, 1)),
    )
    for block in store.missing():
        n = len(labels[store.videos(block)])
        logits = rng.normal(scale=2, size=(n, classes))
        right = rng.random(n) < 0.2
        logits[right, labels[store.videos(block)][right]] += 6
        score = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        esv = rng.normal(scale=2 / frames, size=(n, frames, classes)) * score[:, None]
        esv += (score - prior - esv.sum(1))[:, None] / frames
        index = np.sort(
            rng.permuted(np.tile(np.arange(4 * frames), (n, 1)), axis=1)[:, :frames], axis=1
        )
        store.write(
            block, esv=esv.astype(np.float32), score=score.astype(np.float32), frame_index=index
        )
    return open_store(path)


def seeds_of(*stores: xr.Dataset) -> xr.Dataset:
    """Stores of the same model as one, of seeds 0, 1, …, as `pooled` makes it."""
    return along_videos(stores, range(len(stores)))
