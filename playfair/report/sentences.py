"""Numbers → sentences: what a Result's findings are made of."""

from collections.abc import Callable, Mapping

import pandas as pd

from playfair.analysis.verdicts import is_told_apart
from playfair.report.look import listed as listed
from playfair.report.look import model_name, percent, points

Format = Callable[[float, float, float], str]


def drawn_over(n_seeds: int) -> str:
    """What the intervals of a table or figure take in.

    Example:
        >>> drawn_over(1), drawn_over(5)
        ('videos', 'videos and 5 seeds')
    """
    return "videos" if n_seeds < 2 else f"videos and {n_seeds} seeds"


def rows_of(table: pd.DataFrame, **where: object) -> list[Mapping[str, object]]:
    """The rows of a table with these values that have a mean; seldom more than one for a model."""
    for column, value in where.items():
        table = table[table[column] == value]
    return table.dropna(subset=["mean"]).to_dict("records")  # type: ignore[return-value]


def models_side_by_side(table: pd.DataFrame, measure: str, form: Format) -> str:
    """Each model's mean of a measure, and whether the models differ; "" where none has one.

    Args:
        table: of `analysis.compare.compare`.
        measure: whose rows are read.
        form: what writes a mean and its interval; of two shares' difference `points` does.

    Example:
        TSN 56 % [54, 58], TRN 67 % [65, 69]; TRN − TSN: +11 [+9, +13] percentage points
    """
    means = []
    verdict = ""
    for row in rows_of(table, measure=measure):
        if " − " in str(row["model"]):
            between = written(row, points if form is percent else form)
            verdict = f"; {differ(row, between)}"
        else:
            means.append(f"{model_name(str(row['model']))} {written(row, form)}")
    return ", ".join(means) + verdict


def differ(row: Mapping[str, object], value: str) -> str:
    """A row of the difference of two models: whether they are told apart, and over what.

    By `p_holm`, corrected for the verdicts of the table; a row without it by its interval.
    """
    second, first = (model_name(name) for name in str(row["model"]).split(" − "))
    told_apart = is_told_apart(row["p_holm"]) if "p_holm" in row else not holds(row, 0.0)
    if told_apart:
        return f"{second} − {first}: {value}{on_trainings(row)}"
    return f"{second} and {first} are not told apart (difference {value}{doubt(row)})"


def doubt(row: Mapping[str, object]) -> str:
    """Why a difference is none: its interval holds 0, or does once verdicts are many.

    Example:
        >>> doubt({"low": -1, "high": 1}), doubt({"low": 1, "high": 2, "p_holm": 0.0812})
        (': the interval holds 0', '; corrected for the verdicts of the table, p = 0.081')
    """
    if holds(row, 0.0) or "p_holm" not in row:
        return ": the interval holds 0"
    return f"; corrected for the verdicts of the table, p = {float(str(row['p_holm'])):.2g}"


def on_trainings(row: Mapping[str, object]) -> str:
    """Over how many trainings a verdict holds, as the end of a sentence.

    Example:
        >>> on_trainings({"mean": 0.1}), on_trainings({"mean": 0.1, "seeds": 5, "alike": 4})
        (', on this training (one seed)', ', over 5 trainings (4 of 5 alike)')
    """
    seeds = int(float(str(row.get("seeds", 1))))  # a row of numbers alone has 5.0
    if seeds < 2:
        return ", on this training (one seed)"
    alike = f" ({row['alike']} of {seeds} alike)" if "alike" in row else ""
    return f", over {seeds} trainings{alike}"


def written(row: Mapping[str, object], form: Format) -> str:
    """A row's mean and interval."""
    return form(float(row["mean"]), float(row["low"]), float(row["high"]))  # type: ignore[arg-type]


def holds(row: Mapping[str, object], value: float) -> bool:
    """Whether a row's interval holds a value; one without an interval holds every value."""
    low = float(row["low"])  # type: ignore[arg-type]
    high = float(row["high"])  # type: ignore[arg-type]
    return not (low > value or high < value)


def overlap(row: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two rows' intervals have a value in common; where they have, no more is said.

    Example:
        >>> overlap({"low": 0.1, "high": 0.3}, {"low": 0.2, "high": 0.4})
        True
    """
    ends = [[float(str(of[end])) for end in ("low", "high")] for of in (row, other)]
    return not (ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0])
