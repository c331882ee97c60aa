"""What an approximation says of estimates beside exact values: findings and captions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from playfair.experiments.estimates import PUBLISHED
from playfair.report.look import decimal, model_name, number, small
from playfair.report.sentences import on_trainings
from playfair.shapley.exact import MAX_FRAMES


def left_out_of(long_frames: Sequence[int], long: pd.DataFrame, n_videos: int) -> str:
    """Which of the lengths without exact values have no row, and why; where none was asked, how."""
    if not long_frames:
        return (
            f" Estimates are for more than {MAX_FRAMES} frames, which have no exact values: "
            "experiment=approximation asks of 32."
        )
    measured = set(long["frames"]) if len(long) else set()
    lacking = [n_frames for n_frames in long_frames if n_frames not in measured]
    if not lacking:
        return ""
    return (
        f" Nothing is estimated at {', '.join(map(str, lacking))} frames: fewer than {n_videos} "
        "clips are that long, or every budget is below the least, or the model's length is fixed."
    )


def hardest(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of each model's most frames and largest budget."""
    most = table[table["frames"] == table.groupby("model")["frames"].transform("max")]
    return most[most["budget"] == most.groupby("model")["budget"].transform("max")]


def verdicts(table: pd.DataFrame) -> list[str]:
    """A sentence for each model."""
    sentences = []
    for model, rows in hardest(table).groupby("model", sort=False):
        clauses = [clause(row) for row in rows.to_dict("records")]
        first = rows.iloc[0]
        sentences.append(
            f"{model_name(str(model))}, {first['frames']} frames, budget {first['budget']}: mean "
            f"squared error over that of an estimate of 0: {'; '.join(clauses)}"
            f"{on_trainings(first.to_dict())}."
        )
    return sentences


def where_exact_is_better(table: pd.DataFrame) -> list[str]:
    """A sentence for each model whose exact values take less time than the dearest estimate.

    Args:
        table: of numbers of frames whose exact values are known.
    """
    sentences = []
    for model, rows in table[table["estimator"] != PUBLISHED].groupby("model", sort=False):
        most = rows[rows["budget"] == rows.groupby("frames")["budget"].transform("max")]
        better = most[most["exact_ms"] <= most["ms"]].sort_values("frames")
        if better.empty:
            continue
        times = ", ".join(
            f"{number(row['exact_ms'])} ms against {number(row['ms'])} ms at {row['frames']}"
            for row in better.to_dict("records")
        )
        sentences.append(
            f"{model_name(str(model))}: exact values are cheaper than an estimate, and better "
            f"({times} frames): take these."
        )
    return sentences


def long_verdicts(table: pd.DataFrame) -> list[str]:
    """A sentence for each model and number of frames that has no exact values.

    Args:
        table: of `long_table`.
    """
    sentences = []
    largest = table[
        table["budget"] == table.groupby(["model", "frames"])["budget"].transform("max")
    ]
    for (model, n_frames), rows in largest.groupby(["model", "frames"], sort=False):
        first = rows.iloc[0]
        clauses = "; ".join(clause(row) for row in rows.to_dict("records"))
        sentences.append(
            f"{model_name(str(model))}, {n_frames} frames, which have no exact values, budget "
            f"{first['budget']}: {clauses}; {number(first['ms'])} ms a video. Held against a "
            f"{first['truth']}, whose own error is {first['truth_error']:.1g}{on_trainings({})}."
        )
    return sentences


def where_estimates_pay(passes: pd.DataFrame) -> list[str]:
    """What estimates save of a called model's passes, at the most frames and the largest budget.

    Args:
        passes: of `passes_table`.
    """
    if passes.empty:
        return []
    most = passes[passes["frames"] == passes["frames"].max()]
    row = most.loc[most["budget"].idxmax()]
    pays = (
        f"where a pass takes more than {row['pays_from_ms']:.1g} ms"
        if row["pays_from_ms"]
        else "whatever a pass takes"
    )
    return [
        f"A model that is called: exact values of {row['frames']} elements take "
        f"{row['exact_passes']:,} passes, an estimate {row['passes']:,}, and less time {pays}; "
        f"its own time is {number(row['ms'])} ms a video."
    ]


def clause(row: Mapping[str, Any]) -> str:
    """What one estimator's estimates are like."""
    error = small(row["error"], row["error_low"], row["error_high"])
    coverage = "no stated errors"
    if np.isfinite(row["coverage"]):
        held = decimal(row["coverage"], row["coverage_low"], row["coverage_high"])
        coverage = f"coverage {held}"
    return f"{row['estimator']} {error}, {coverage}"


def captions(over: str, n_frames: int) -> dict[str, str]:
    """What the figure shows.

    Args:
        over: what intervals take in.
        n_frames: the most of the table.
    """
    of_long = (
        f" Above {MAX_FRAMES} frames, which have no exact values, a long run stands in for them "
        "(truth), off by truth_error itself; there, bars are over videos."
    )
    return {
        "approximation": "Error: mean squared error over frames and classes, divided by the mean "
        "square of the exact values: 1 is what an estimate of 0 has. Correlation: Pearson's, of "
        "the true class over a video's frames. Coverage: share of frames and classes whose "
        "stated 95 % interval holds the exact value; dotted: 0.95. Time: ms per video, all "
        f"videos at once; grey: exact values. Bars: 95 % intervals over {over}. Budgets count "
        "evaluations of single scales' heads for TRN, of the model for TSN, whose exact values "
        f"have a shorter way.{of_long if n_frames > MAX_FRAMES else ''}",
        "passes": "A model that is called, whose passes cost nothing: CPU time of a video beside "
        "them (ms, exact_ms), all classes. Above pays_from_ms a pass, the estimate takes less time "
        "than exact values; 0: always. Its score is a mean over frames, of which estimates "
        "hardly err: errors of other models by budget are in docs/estimators.md.",
    }
