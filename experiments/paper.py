"""Every question of the paper in one run: one report, and the answers in one table.

Reads and builds every artefact of the studies, once; a second run loads them. Expected on the synthetic dataset: TRN
tells actions from their reversals and TSN guesses; what ESV credits lies in the decisive interval; pairs of frames
across an action's middle work together for TRN and do not exist for TSN; ESVs add up exactly.
"""

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from playfair.experiments.approximation import approximation
from playfair.experiments.classes import classes
from playfair.experiments.comparison import comparison, refuse_estimates
from playfair.experiments.esv import esv
from playfair.experiments.interactions import interactions
from playfair.experiments.length import length
from playfair.experiments.position import position
from playfair.experiments.support import support
from playfair.experiments.train import train
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.study import Study

METRICS = ("trn_top1", "tsn_top1", "tsn_pair_top1", "tsn_within_pair", "max_efficiency_gap")

# what is asked; the part that answers, its table, and the row of it
HEADLINE = (
    ("top-1", "Accuracy", "accuracy", {"measure": "top1"}),
    ("right up to time reversal", "Accuracy", "accuracy", {"measure": "pair_top1"}),
    ("direction within the pair", "Accuracy", "accuracy", {"measure": "within_pair"}),
    ("share of supporting frames", "Support", "support", {"measure": "supporting"}),
    ("ESV of a decisive frame", "Position", "evidence", {"measure": "inside"}),
    ("ESV of any other frame", "Position", "evidence", {"measure": "outside"}),
    ("evidence mass", "Comparison", "measures", {"measure": "evidence_mass", "method": "esv"}),
    ("deletion area", "Comparison", "measures", {"measure": "deletion_area", "method": "esv"}),
    ("insertion area", "Comparison", "measures", {"measure": "insertion_area", "method": "esv"}),
    (
        "interaction by order",
        "Interactions",
        "kinds",
        {"measure": "order", "pairs": "across the middle"},
    ),
)


def paper(
    studies: Sequence[Study],
    *,
    n_frames: int,
    lengths: Sequence[int],
    frames: Sequence[int],
    budgets: Sequence[int],
    n_videos: int,
    repeats: int,
) -> Result:
    """All experiments in turn, sharing artefacts; the headline table first.

    lengths: as `length` takes them; frames, budgets, n_videos, repeats: as `approximation` does.
    """
    refuse_estimates(studies)
    if not 2 <= n_frames < MAX_FRAMES:  # before hours are spent on the sections that come before
        raise ValueError(
            f"The paper compares ESVs with others and pairs of frames, of 2 to {MAX_FRAMES - 1} frames; got "
            f"n_frames={n_frames}. Type n_frames=8, say, or the single experiments."
        )
    began = time.perf_counter()
    parts = (
        train(studies, n_frames=n_frames),
        esv(studies, n_frames=n_frames),
        support(studies, n_frames=n_frames),
        position(studies, n_frames=n_frames),
        classes(studies, n_frames=n_frames),
        length(studies, lengths=lengths),
        comparison(studies, n_frames=n_frames, n_videos=2000),
        approximation(studies, frames=frames, budgets=budgets, n_videos=n_videos, repeats=repeats),
        interactions(studies, n_frames=n_frames),
    )
    found = {name: value for part in parts for name, value in part.metrics.items()}
    metrics = {name: found[name] for name in METRICS if name in found}
    return Result(
        "Play Fair: which frames made the model decide?",
        f"Element Shapley Values (Price & Damen 2020) of {' and '.join(study.name.upper() for study in studies)} "
        f"on {studies[0].dataset.name} at {n_frames} frames: what each frame adds to, or takes from, the score of a "
        "class. They sum to the model's score minus the class prior.",
        metrics={**metrics, "seconds": time.perf_counter() - began},
        tables={"headline": headline(parts, [study.name for study in studies])},
        captions={
            "headline": "Means over validation videos with 95 % bootstrap intervals; each is explained in the section "
            "it is from. Direction within the pair: 0.5 is guessing. Decisive frames lie in the interval the dataset "
            "knows. Evidence mass, deletion and insertion area are ESV's. Interaction by order: of pairs of frames "
            "across the action's middle."
        },
        parts=parts,
    )


def headline(parts: Sequence[Result], models: Sequence[str]) -> pd.DataFrame:
    """A row per question, a column per model: the mean and its interval; nothing where a part does not answer."""
    tables = {(part.title, name): table for part in parts for name, table in part.tables.items()}
    rows = []
    for question, part, name, where in HEADLINE:
        if (part, name) in tables:
            table = tables[part, name]
            row = table[
                np.logical_and.reduce([table[column] == value for column, value in where.items()])
            ]
            rows.append(
                {"": question}
                | {model.upper(): _told(row[row["model"] == model]) for model in models}
            )
    return pd.DataFrame(rows)


def _told(row: pd.DataFrame) -> str:
    if row.empty or not np.isfinite(row["mean"].iloc[0]):
        return "–"
    mean, low, high = (round(float(row[name].iloc[0]), 3) + 0.0 for name in ("mean", "low", "high"))
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"
