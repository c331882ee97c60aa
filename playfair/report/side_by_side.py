"""A result's metrics as people read them: a row for each measure, a column for each model.

Metrics have names for programs, trn_strongest_supporting; here they are "strongest supporting frame"
in the column TRN, with the interval that a table of the result gives for just that number.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from playfair.analysis.metric_names import parted
from playfair.report import look
from playfair.result import Result

# What measures are called; of others the words of their own names.
NAMES = {
    "accuracy": "accuracy",
    "area": "area",
    "centre": "centre of the support, from 0 to 1 of the clip",
    "classes": "classes",
    "decreasing": "falls as frames are added",
    "contrast_across": "contrast of pairs across the action's middle",
    "contrast_same_side": "contrast of pairs on one side of it",
    "correct": "right (top-1)",
    "coverage": "intervals that hold the exact value",
    "difference": "inside − outside the decisive interval",
    "disk_gb": "disk, GB",
    "distracting": "frames that distract",
    "distracting_first": "most distracting frame: the first",
    "distracting_last": "most distracting frame: the last",
    "distracting_middle": "most distracting frame: in between",
    "effective_frames": "frames that the support is spread over",
    "error": "relative error",
    "esv_inside_evidence": "ESV of a decisive frame",
    "esv_outside_evidence": "ESV of any other frame",
    "esv_stores": "stores of ESVs",
    "highest_score": "highest score",
    "inside": "ESV inside the decisive interval",
    "left_out": "left out",
    "max_efficiency_gap": "largest gap between ESVs' sum and score − prior",
    "mean_abs_esv": "mean |ESV|",
    "largest_order": "largest interaction by order",
    "memory_gb": "memory, GB",
    "never_right": "never right, at any length",
    "not_decodable": "clips that cannot be decoded",
    "order_across": "interaction by order, pairs across the middle",
    "order_same_side": "interaction by order, pairs on one side",
    "outside": "ESV outside the decisive interval",
    "pair_top1": "right up to time reversal",
    "predicted_cosine": "ESVs of truth and prediction: cosine",
    "predicted_opposed": "frames whose sign differs between truth and prediction",
    "published_correlation": "published sampler: correlation",
    "published_error": "published sampler: relative error",
    "published_top1": "right, as published (top-1)",
    "recommended_correlation": "estimate: correlation",
    "recommended_coverage": "estimate: intervals that hold the exact value",
    "recommended_error": "estimate: relative error",
    "repeated_frames": "clips some of whose frames are repeated",
    "score": "score of the true class",
    "strongest_distracting": "ESV of the most distracting frame",
    "strongest_supporting": "ESV of the most supporting frame",
    "supporting": "frames that support",
    "supporting_first": "most supporting frame: the first",
    "supporting_inside": "most supporting frame: in the decisive interval",
    "supporting_last": "most supporting frame: the last",
    "supporting_middle": "most supporting frame: in between",
    "supporting_outside": "most supporting frame: outside the decisive interval",
    "too_short": "clips that are too short",
    "top1": "right (top-1)",
    "top5": "right among five (top-5)",
    "train_clips": "training clips",
    "twin_cosine": "ESVs of a class and its reversal: cosine",
    "twin_opposed": "frames whose sign differs from the reversal's",
    "validation_clips": "validation clips",
    "within_pair": "direction between twins (guessing: 0.5)",
}
BEST_RIVAL = "best_rival_"
ESV = "esv_"
NOTHING = "–"
TINY = ("gap", "efficiency_error", "largest_order")  # of rounding: seen in powers of ten alone
# columns that are no key of a row: numbers and their doubts
NUMBERS = ("mean", "low", "high", "videos", "p", "p_holm", "seeds", "alike", "largest")


class Value(NamedTuple):
    """One number and its interval, NaN where there is none."""

    mean: float
    low: float = float("nan")
    high: float = float("nan")


def side_by_side(result: Result) -> pd.DataFrame:
    """The metrics of a result, as they are shown.

    Args:
        result: whose metrics, and tables in which their intervals are looked for.

    Returns:
        a first column without name, the measures in words, and one for each model, in their order.
        All are texts; "–" where there is nothing. What is of no model is left to `of_no_model`.

    Example:
        side_by_side(Result("T", "", metrics={"tsn_top1": 0.5, "trn_top1": 0.9}))
    """
    models = models_of(result)
    names: dict[str, dict[str, str]] = {}
    rivals: dict[tuple[str, str], float] = {}
    for name, number in result.metrics.items():
        model, measure = parted(name, models)
        if measure.startswith(BEST_RIVAL):
            rivals[model, measure.removeprefix(BEST_RIVAL)] = float(number)
    for name, number in result.metrics.items():
        model, measure = parted(name, models)
        if measure.startswith(BEST_RIVAL):
            continue
        of_esv = measure.removeprefix(ESV)
        text = _written(_with_interval(result.tables, model, measure, float(number)), measure)
        label = in_words(measure)
        if measure.startswith(ESV) and (model, of_esv) in rivals:
            rival = Value(rivals[model, of_esv])
            text = f"{text} ({_written(rival, of_esv)})"
            label = in_words(of_esv)
        names.setdefault(label, {})[model] = text
    return _tabled(names, models)


def of_no_model(result: Result) -> pd.DataFrame:
    """The metrics that are of no single model, or of all of them: two columns without names.

    Example:
        of_no_model(Result("T", "", metrics={"hours": 2.0}))
    """
    models = models_of(result)
    said = {in_words(parted(name, models)[1]) for name in result.metrics if parted(name, models)[0]}
    rows = []
    for name, number in result.metrics.items():
        label = in_words(name)
        if not parted(name, models)[0] and label not in said:  # the largest of a row that is there
            rows.append({"": label, " ": _written(Value(float(number)), name)})
    return pd.DataFrame(rows)


def has_rivals(result: Result) -> bool:
    """Whether values of a best rival stand behind those of ESV."""
    return any(BEST_RIVAL in name for name in result.metrics)


def _tabled(names: Mapping[str, Mapping[str, str]], models: Iterable[str]) -> pd.DataFrame:
    columns = [model for model in models if any(model in row for row in names.values())]
    rows = []
    for label, row in names.items():
        cells = {look.model_name(model): row.get(model, NOTHING) for model in columns}
        if any(model in row for model in columns):
            rows.append({"": label, **cells})
    return pd.DataFrame(rows)


def models_of(result: Result) -> list[str]:
    """The models that a result speaks of, in their order; differences of two left out."""
    names: dict[str, None] = {}
    for table in result.tables.values():
        if "model" in table:
            names |= dict.fromkeys(str(name) for name in table["model"].dropna().unique())
    # "": of a run that has not answered
    return [name for name in names if name and " − " not in name and name != "all"]


def in_words(measure: str) -> str:
    """What a measure is called where people read of it.

    >>> in_words("top1"), in_words("correct_16"), in_words("some_measure")
    ('right (top-1)', 'right (top-1): 16 frames', 'some measure')
    """
    if measure in NAMES:
        return NAMES[measure]
    from playfair.analysis.registry import MEASURES

    known = MEASURES.get(measure)
    if known:
        return known.title
    begun = [name for name in NAMES if measure.startswith(f"{name}_")]
    if begun:  # what comes behind says under which condition
        name = max(begun, key=len)
        rest = measure.removeprefix(f"{name}_").replace("_", " ")
        if rest.isdigit():
            return f"{NAMES[name]}: {rest} {'frame' if rest == '1' else 'frames'}"
        return f"{NAMES[name]}: {rest}"
    if measure.startswith(ESV):
        return f"ESV's {in_words(measure.removeprefix(ESV))}"
    return measure.replace("_", " ")


def _with_interval(
    tables: Mapping[str, pd.DataFrame], model: str, measure: str, number: float
) -> Value:
    """A metric and the interval of just that number of the model, where a table has it."""
    for table in tables.values():
        if "model" not in table:
            continue
        rows = table[table["model"] == model]
        for value in _values(rows, measure):
            if value.mean == number:
                return value
    return Value(number)


def _values(rows: pd.DataFrame, measure: str) -> Iterator[Value]:
    """The numbers with intervals that a table has under a measure's name."""
    if {"mean", "low", "high", "measure"} <= set(rows.columns):
        keys = [name for name in rows.columns if name not in (*NUMBERS, "model")]
        for row in rows.to_dict("records"):
            key = "_".join(str(row[name]) for name in keys).replace(" ", "_")
            if key.startswith(measure) or f"_{row['measure']}_" in f"_{measure}_":
                yield _value(row, "mean", "low", "high")
    for column in rows.columns:
        bounds = f"{column}_low", f"{column}_high"
        if set(bounds) <= set(rows.columns) and measure.endswith(str(column)):
            for row in rows.to_dict("records"):
                yield _value(row, str(column), *bounds)


def _value(row: Mapping[Any, Any], mean: str, low: str, high: str) -> Value:
    return Value(float(row[mean]), float(row[low]), float(row[high]))


def _written(value: Value, measure: str) -> str:
    if value.low == value.low:
        return look.decimal(*value)
    counted = float(value.mean).is_integer() and not measure.startswith(ESV)
    if counted or measure.endswith(TINY):
        return look.number(value.mean)
    return look.decimal(value.mean)
