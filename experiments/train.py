"""How well does each model classify?

Trains from video what is not trained yet, then, for TRN, the heads of all scales on stored features. Reads the dataset;
writes video.pt, features/ and heads.pt of each study. Expected: TRN is right, TSN finds the pair but not the direction.
"""

from collections.abc import Sequence

import pandas as pd

from playfair.analysis.accuracy import accuracy
from playfair.report.figures.accuracy import accuracy_figure
from playfair.result import Result
from playfair.steps.samples import clip_counts, scores
from playfair.steps.study import Study


def train(studies: Sequence[Study], *, n_frames: int) -> Result:
    """Accuracy of each study's model on the validation split at n_frames, from the scores f(X) that are explained."""
    tables = {study.name: accuracy(scores(study, n_frames)) for study in studies}
    metrics = {
        f"{model}_{row.measure}": float(row.mean)
        for model, table in tables.items()
        for row in table.itertuples()
    }
    clips = [{"model": study.name, **clip_counts(study, n_frames)} for study in studies]
    table = pd.concat([table.assign(model=model) for model, table in tables.items()])
    return Result(
        "Accuracy",
        f"Share of validation videos that each model gets right at {n_frames} frames, with 95 % bootstrap intervals "
        "over videos. Up to time reversal: the highest score is the true class's or that of its twin, the same action "
        "played backwards. Direction within the pair: of those, the share in the right direction; 0.5 is guessing.",
        metrics=metrics,
        tables={"accuracy": table, "clips": pd.DataFrame(clips)},
        figures={"accuracy": accuracy_figure(tables)},
        captions={
            "clips": f"Validation clips of fewer than {n_frames} frames, some of which are repeated, and those left "
            "out: too short, or not decodable."
        },
    )
