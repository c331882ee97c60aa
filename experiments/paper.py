"""The paper's first answers in one run: accuracy, ESVs, position, and clips to look at.

Reads and builds every artefact of the studies, once; a second run loads them. Expected on the synthetic dataset: TRN is
right, TSN finds the pair of time-reversed classes and guesses its direction; ESVs add up exactly.
"""

import time
from collections.abc import Sequence

from experiments.esv import esv
from experiments.extract import extract
from experiments.position import position
from experiments.support import RULE, film_strips
from experiments.train import train
from playfair.report.figures.strips import strips_figure
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
            f"interval, where the dataset knows it. Chosen by rule: {RULE}."
        },
        parts=parts,
    )
