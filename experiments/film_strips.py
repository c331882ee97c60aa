"""Clips on which models are right and wrong, as strips of their frames and ESVs."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from playfair.analysis.blocks import class_scores, clip_indices, predictions
from playfair.analysis.evidence import element_frames
from playfair.experiments.explored import explored
from playfair.report.contents import strips_name
from playfair.report.look import element_name, model_name, named_frames, probability, score
from playfair.result import Strip
from playfair.steps.study import Study
from playfair.steps.truth import explained_classes

WIDEST = 32  # elements that a figure for print has room for; a page has room for all
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
                right={name: _is_right(esvs, video, label) for name, esvs in stores.items()}
                if last["label"].values[video] >= 0
                else {},
                explore=explored(studies, n_frames, uid=str(uid)),
            )
        )
    return strips


def figures_of(strips: Sequence[Strip]) -> dict[str, Figure]:
    """The strips as figures, each no taller than a page: film_strips, film_strips_2 and so on.

    None where there are no strips, or too wide ones.
    """
    if not strips or max(len(strip.frames) for strip in strips) > WIDEST:
        return {}
    from playfair.report.figures.strips import strips_figures

    pages = strips_figures(strips)
    return {strips_name(number): figure for number, figure in enumerate(pages, 1)}


def caption(word: str, choice: str, count: int = 2) -> str:
    """What the strips show.

    Args:
        word: `report.look.element_word` of the models.
        choice: how the clips were chosen.
        count: how many there are.
    """
    clips = (
        "A validation clip with the ESVs of its"
        if count == 1
        else "Validation clips with the ESVs of their"
    )
    return (
        f"{clips} true class: what each {word} adds (blue) or takes "
        "away (orange); all bars share one scale. Numbers under pictures: index of the frame in the "
        f"clip. Yellow: the decisive interval, where the dataset knows it. Chosen {choice}"
    )


def alt(strips: Sequence[Strip]) -> str:
    """The strips in words: of each clip and model the frame that adds most.

    Args:
        strips: at least one.
    """
    clips = []
    for strip in strips:
        held = strip.frame_index.reshape(len(strip.frames), -1).tolist()
        most = [
            f"{model_name(name)} most by {named_frames(held[int(esv.argmax())])} "
            f"({probability(float(esv.max()))})"
            for name, esv in strip.esvs.items()
            if len(esv) == len(held)
        ]
        clips.append(f"{strip.title}: {', '.join(most)}")
    return f"Frames of {len(strips)} clips with a bar below each. {'. '.join(clips)}."


def table_of(strips: Sequence[Strip]) -> pd.DataFrame:
    """The ESVs that the strips show: a row for each clip, model and element."""
    rows = []
    for strip in strips:
        held = strip.frame_index.reshape(len(strip.frames), -1).tolist()
        for model, esv in strip.esvs.items():
            for place, value in enumerate(esv.tolist()):
                frames = element_name(held[place]) if len(esv) == len(held) else str(place)
                rows.append({"clip": strip.title, "model": model, "frame": frames, "esv": value})
    return pd.DataFrame(rows)


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


def _is_right(esvs: xr.Dataset, video: int, label: int) -> bool:
    return int(esvs["score"][video].values.argmax()) == label


def _note(esvs: xr.Dataset, video: int, label: int) -> str:
    scores = esvs["score"][video].values
    prediction = int(scores.argmax())
    name = esvs["class_name"].values[prediction]
    if esvs["label"].values[video] < 0:
        verdict = "its class is not known"
    else:
        verdict = "right" if prediction == label else f"says: {name}"
    return f"score {score(scores[label])}\n{verdict}"
