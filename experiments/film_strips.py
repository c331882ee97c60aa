"""Clips on which models are right and wrong, as strips of their frames and ESVs."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from playfair.analysis.blocks import class_scores, clip_indices, predictions
from playfair.analysis.evidence import element_frames
from playfair.result import Strip
from playfair.steps.study import Study
from playfair.steps.truth import explained_classes

AT = (0.9, 0.5, 0.1)  # quantiles of the score
RULE = (
    "of the clips that the last model gets right, those at the 90 %, 50 % and 10 % quantiles of "
    "its score of the true class; and of those it gets wrong, the same"
)


def film_strips(
    studies: Sequence[Study], n_frames: int, clips: Sequence[str] | None = None
) -> list[Strip]:
    """Strips of the clips named, or those chosen by `RULE`.

    Args:
        studies: one for each model.
        clips: uids; None: by `RULE`.
    """
    from playfair.video.reader import decode  # FFmpeg, for which nothing waits without clips

    stores = _same_videos({study.name: study.esvs(n_frames) for study in studies})
    last = list(stores.values())[-1]
    try:
        data = studies[0].dataset.opened
    except ValueError:  # ESVs that were copied without the dataset: there is no clip to show
        if clips is not None:
            raise
        return []
    chosen = telling(last) if clips is None else clip_indices(last, clips)
    strips = []
    classes = explained_classes(last)
    for video in chosen:
        uid = str(last["video"].values[video])
        label = int(classes[video])
        held = element_frames(last.isel(video=[video]))[0]
        strips.append(
            Strip(
                title=f"{last['class_name'].values[label]}  (clip {uid})",
                frames=pictures(decode(data.clip(uid), held.ravel()), held.shape[1]),
                frame_index=held[:, 0] if held.shape[1] == 1 else held,
                esvs={name: esvs["esv"][video, :, label].values for name, esvs in stores.items()},
                notes={name: _note(esvs, video, label) for name, esvs in stores.items()},
                evidence=_evidence(last, video),
                video=data.clip(uid),
            )
        )
    return strips


def pictures(frames: np.ndarray, together: int) -> np.ndarray:
    """A picture for each element: its frames, one below the other."""
    n_frames, height, width, _ = frames.shape
    return frames.reshape(n_frames // together, together * height, width, 3)


def telling(last: xr.Dataset) -> list[int]:
    """Places of the clips that `RULE` chooses; a clip it chooses twice is shown once.

    Failures are among them, and none is there for being the best: what is shown is neither more
    telling nor worse than the models are.

    Args:
        last: the last model's store.
    """
    label = explained_classes(last)
    score = class_scores(last, label)
    right = predictions(last) == label
    videos = []
    for group in (right, ~right):
        members = np.flatnonzero(group)
        # of equal scores, the order of the store
        ranked = members[np.argsort(score[members], kind="stable")]
        if len(ranked):
            videos += [int(ranked[round(at * (len(ranked) - 1))]) for at in AT]
    return list(dict.fromkeys(videos))


def _same_videos(stores: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """The stores without the videos that not all of them explain."""
    common = set.intersection(*(set(esvs["video"].values) for esvs in stores.values()))
    return {name: _part(esvs, common) for name, esvs in stores.items()}


def _part(esvs: xr.Dataset, uids: set[str]) -> xr.Dataset:
    if len(uids) == esvs.sizes["video"]:
        return esvs
    rows = np.flatnonzero([uid in uids for uid in esvs["video"].values])
    return esvs.isel(video=rows)


def _evidence(esvs: xr.Dataset, video: int) -> tuple[int, int] | None:
    """The decisive interval of a clip, where it is known."""
    if "evidence" not in esvs:
        return None
    start, stop = esvs["evidence"].values[video].tolist()
    return (start, stop) if start >= 0 else None


def _note(esvs: xr.Dataset, video: int, label: int) -> str:
    score = esvs["score"][video].values
    prediction = int(score.argmax())
    name = esvs["class_name"].values[prediction]
    if esvs["label"].values[video] < 0:
        verdict = "its class is not known"
    else:
        verdict = "right" if prediction == label else f"says: {name}"
    return f"score {score[label]:.2f}\n{verdict}"
