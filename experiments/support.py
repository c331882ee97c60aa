"""Which frames support the prediction, and which distract from it?

Reads the ESV stores (built where they are not there) and, for the film strips, the clips. Expected: clips that are
predicted right have stronger supporting frames; for TRN, clips that are predicted wrong have stronger distracting ones.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from playfair.analysis.blocks import clip_indices, predictions
from playfair.analysis.compare import compare, of_models
from playfair.analysis.support import by_prediction, distributions, supporting_frames
from playfair.report.figures.strips import strips_figure
from playfair.report.figures.support import support_figure
from playfair.result import Result, Strip
from playfair.steps.study import Study
from playfair.video.reader import decode

RULE = (
    "of four classes, evenly spaced in their order, the clip in which the last model's score of the true class "
    "exceeds the first's by most; of the clips the last model gets right, the one with the most distracting frame; and "
    "the clip whose true class it scores lowest"
)
RULE_OF_ONE = RULE.replace(
    "in which the last model's score of the true class exceeds the first's by most",
    "with the highest score of the true class",
).replace("the last model gets", "the model gets")


def support(
    studies: Sequence[Study], *, n_frames: int, clips: Sequence[str] | None = None
) -> Result:
    """Shares of supporting and distracting frames and the strongest of each, by prediction; film strips.

    clips: uids of the clips to show; None: those chosen by `RULE`.
    """
    stores = {study.name: study.esvs(n_frames) for study in studies}
    strips = (
        film_strips(studies, n_frames, clips) if all(study.has_videos for study in studies) else []
    )
    rule = RULE if len(studies) > 1 else RULE_OF_ONE
    models = compare({name: supporting_frames(esvs) for name, esvs in stores.items()})
    tables = {name: by_prediction(esvs) for name, esvs in stores.items()}
    spread = {name: distributions(esvs) for name, esvs in stores.items()}
    return Result(
        "Support",
        f"A frame supports the true class where its ESV is above 0, and distracts from it where it is below; at "
        f"{n_frames} frames, with 95 % bootstrap intervals over videos. The strongest supporting frame of a video has "
        "the largest ESV, the strongest distracting one the smallest; a video without such a frame does not count.",
        metrics={
            f"{row.model}_{row.measure}": float(row.mean)
            for row in models.itertuples()
            if row.model in stores and np.isfinite(row.mean)
        },
        tables={
            "support": models,
            "by_prediction": of_models(tables),
            "distributions": of_models(spread),
        },
        strips=strips,
        figures=({"film_strips": strips_figure(strips)} if strips else {})
        | {"support": support_figure(tables, spread)},
        captions={
            "film_strips": "Validation clips with the ESVs of their true class: what each frame adds (blue) or takes "
            "away (orange); all bars share one scale. Numbers: index of the frame in the clip. Yellow: the decisive "
            f"interval, where the dataset knows it. Chosen {f'by rule: {rule}.' if clips is None else 'by name.'}",
            "support": "Of the videos that are predicted right and of those that are predicted wrong: how many of "
            "their frames support the true class; the ESVs of their strongest supporting (blue) and distracting "
            "(orange) frames, in steps of 0.05, and the means of these. Bars and bands: 95 % intervals.",
            "by_prediction": "supporting, distracting: shares of a video's frames. correct − incorrect: difference of "
            "the two groups' means.",
        },
    )


def film_strips(
    studies: Sequence[Study], n_frames: int, clips: Sequence[str] | None = None
) -> list[Strip]:
    """Strips of the clips named, or of telling ones, chosen by `RULE`."""
    stores = _same_videos({study.name: study.esvs(n_frames) for study in studies})
    last, evidence, strips = list(stores.values())[-1], studies[0].data.evidence(), []
    for video in clip_indices(last, clips) if clips is not None else telling(list(stores.values())):
        uid, label = str(last["video"].values[video]), int(last["label"].values[video])
        index = last["frame_index"].values[video]
        strips.append(
            Strip(
                title=f"{last['class_name'].values[label]}  (clip {uid})",
                frames=decode(studies[0].data.clip(uid), index),
                frame_index=index,
                esvs={name: store["esv"][video, :, label].values for name, store in stores.items()},
                notes={name: _note(store, video, label) for name, store in stores.items()},
                evidence=evidence.get(uid),
                video=studies[0].data.clip(uid),
            )
        )
    return strips


def telling(stores: Sequence[xr.Dataset], n_classes: int = 4) -> list[int]:
    """Places of the clips that `RULE` chooses, in stores of the same videos; a clip it chooses twice is shown once."""
    label, last = stores[-1]["label"].values, stores[-1]
    first_own, own = (
        np.take_along_axis(store["score"].values, label[:, None], 1)[:, 0]
        for store in (stores[0], last)
    )
    lead = own - first_own if len(stores) > 1 else own
    there = np.unique(label)
    chosen = there[np.unique(np.linspace(0, len(there) - 1, n_classes).astype(int))]
    videos = [
        int(max(np.flatnonzero(label == one), key=lambda video: lead[video])) for one in chosen
    ]
    distracting = supporting_frames(last)["strongest_distracting"].to_numpy()
    distracting = np.where(predictions(last) == label, distracting, np.nan)
    if np.isfinite(distracting).any():
        videos.append(int(np.nanargmin(distracting)))
    return list(dict.fromkeys([*videos, int(own.argmin())]))


def _same_videos(stores: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    common = set.intersection(*(set(store["video"].values) for store in stores.values()))
    return {
        name: store.isel(video=np.flatnonzero([uid in common for uid in store["video"].values]))
        if len(common) < store.sizes["video"]
        else store
        for name, store in stores.items()
    }


def _note(store: xr.Dataset, video: int, label: int) -> str:
    score = store["score"][video].values
    prediction = int(score.argmax())
    verdict = "right" if prediction == label else f"says: {store['class_name'].values[prediction]}"
    return f"score {score[label]:.2f}\n{verdict}"
