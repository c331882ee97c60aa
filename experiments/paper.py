"""The paper's first answers in one run: accuracy, ESVs, position, and clips to look at.

Reads and builds every artefact of the studies, once; a second run loads them. Expected on the synthetic dataset: TRN is
right, TSN finds the pair of time-reversed classes and guesses its direction; ESVs add up exactly.
"""

import time
from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.esv import esv
from experiments.extract import extract
from experiments.position import position
from experiments.train import train
from playfair.data.video import decode
from playfair.report.figures.strips import Strip, strips_figure
from playfair.result import Result
from playfair.study import Study

HEADLINE = ("trn_top1", "tsn_top1", "tsn_pair_top1", "tsn_within_pair", "max_efficiency_gap")


def paper(studies: Sequence[Study], *, n_frames: int) -> Result:
    """All experiments in turn, sharing artefacts; the headline numbers first."""
    began = time.perf_counter()
    parts = (
        train(studies, n_frames=n_frames),
        extract(studies),
        esv(studies, n_frames=n_frames),
        position(studies, n_frames=n_frames),
    )
    found = {name: value for part in parts for name, value in part.metrics.items()}
    strips = film_strips(studies, n_frames)
    metrics = {name: found[name] for name in HEADLINE if name in found}
    return Result(
        "Play Fair: which frames made the model decide?",
        f"Element Shapley Values (Price & Damen 2020) of {' and '.join(study.name.upper() for study in studies)} "
        f"on {studies[0].dataset.name} at {n_frames} frames: what each frame adds to, or takes from, the score of a "
        "class. They sum to the model's score minus the class prior.",
        metrics={**metrics, "seconds": time.perf_counter() - began},
        figures={"film_strips": strips_figure(strips)},
        captions={
            "film_strips": "Validation clips with the ESVs of their true class: what each frame adds (blue) or takes "
            "away (orange); all bars share one scale. Numbers: index of the frame in the clip. Yellow: the decisive "
            "interval, where the dataset knows it. Chosen by rule: of each class, in order, the clip in which the last "
            "model's score of the true class exceeds the first's by most, then the clip the last model gets most wrong."
        },
        parts=parts,
    )


def film_strips(studies: Sequence[Study], n_frames: int, n_clips: int = 5) -> list[Strip]:
    """Strips of telling clips, chosen by the rule that the caption states."""
    stores = {study.name: study.esvs(n_frames) for study in studies}
    first, last = next(iter(stores.values())), list(stores.values())[-1]
    evidence = studies[0].data.evidence()
    strips = []
    for video in _telling(first, last, n_clips):
        uid, label = str(last["video"].values[video]), int(last["label"].values[video])
        index = last["frame_index"].values[video]
        strips.append(
            Strip(
                title=f"{last['class_name'].values[label]}  (clip {uid})",
                frames=decode(studies[0].data.video(uid), index),
                frame_index=index,
                esvs={name: store["esv"][video, :, label].values for name, store in stores.items()},
                notes={name: _note(store, video, label) for name, store in stores.items()},
                evidence=evidence.get(uid),
            )
        )
    return strips


def _telling(first: xr.Dataset, last: xr.Dataset, n_clips: int) -> list[int]:
    label = last["label"].values
    own_first, own_last = (
        np.take_along_axis(store["score"].values, label[:, None], 1)[:, 0] for store in (first, last)
    )
    lead = own_last - own_first
    best = [max(np.flatnonzero(label == c), key=lambda v: lead[v]) for c in np.unique(label)]
    chosen = best[:: max(1, len(best) // (n_clips - 1))][: n_clips - 1]
    wrong = int(own_last.argmin())
    return [int(video) for video in chosen if video != wrong] + [wrong]


def _note(store: xr.Dataset, video: int, label: int) -> str:
    score = store["score"][video].values
    prediction = int(score.argmax())
    verdict = "right" if prediction == label else f"says: {store['class_name'].values[prediction]}"
    return f"score {score[label]:.2f}\n{verdict}"
