"""What answers each of the paper's questions: a model's number and verdict, read from a part's own table."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from playfair.analysis.prior import UNIFORM
from playfair.analysis.support import DIFFERENCE, LEFT
from playfair.analysis.verdicts import is_told_apart
from playfair.experiments.estimates import PUBLISHED
from playfair.experiments.without_a_model import NAMES
from playfair.report.look import decimal, number, percent, probability, small
from playfair.report.sentences import Format, rows_of, written

Row = Mapping[str, Any]
Tables = Mapping[tuple[str, str], pd.DataFrame]

APART = "not told apart"


class Answer(NamedTuple):
    """One model's number, as it is read, and what it says."""

    number: str
    verdict: str


def first_row(tables: Tables, section: str, table: str, **where: object) -> Row | None:
    """The row of a part's table with these values that has a mean; None where there is none."""
    data = tables.get((section, table))
    if data is None or data.empty or not {*where, "mean"} <= set(data.columns):
        return None
    return next(iter(rows_of(data, **where)), None)


def side(row: Row, beside: float, above: str, below: str, alike: str, room: float = 0.0) -> str:
    """A verdict by which side of a number an interval lies on.

    Args:
        row: with low and high.
        beside: the number.
        above, below, alike: the verdicts; alike where the interval holds it.
        room: around the number, which rounding fills.

    Example:
        >>> side({"low": 0.6, "high": 0.7}, 0.5, "yes", "no", "not told apart")
        'yes'
    """
    if float(row["low"]) > beside + room:
        return above
    if float(row["high"]) < beside - room:
        return below
    return alike


def beside(
    section: str,
    table: str,
    where: Mapping[str, object],
    form: Format,
    against: float,
    verdicts: tuple[str, str, str],
    room: float = 0.0,
) -> Callable[[Tables, str], Answer | None]:
    """An answer by which side of a number a model's interval lies on; see `side`."""

    def answer(tables: Tables, model: str) -> Answer | None:
        row = first_row(tables, section, table, model=model, **where)
        if row is None:
            return None
        return Answer(written(row, form), side(row, against, *verdicts, room=room))

    return answer


def strength(tables: Tables, model: str) -> Answer | None:
    """Whether right predictions have stronger support, and stronger than their score explains."""
    where = {"measure": "strongest_supporting", "model": model}
    row = first_row(tables, "Support", "by_prediction", prediction=DIFFERENCE, **where)
    if row is None:
        return None
    left = first_row(tables, "Support", "by_prediction", prediction=LEFT, **where)
    if not is_told_apart(row["p_holm"]):
        verdict = APART
    elif float(row["mean"]) < 0:
        verdict = "no, weaker"
    elif left is not None and is_told_apart(left["p_holm"]) and float(left["mean"]) > 0:
        verdict = "yes, at equal scores too"
    else:
        verdict = "yes, but at equal scores not told apart"
    return Answer(written(row, probability), verdict)


def place(tables: Tables, model: str) -> Answer | None:
    """Whether the decisive elements have more credit; where none are known, whether the middle has."""
    row = first_row(tables, "Position", "evidence", model=model, measure="difference")
    if row is not None:
        return Answer(written(row, probability), side(row, 0.0, "yes", "no, less", APART))
    row = first_row(tables, "Position", "extremes", model=model, measure="supporting_middle")
    if row is None:
        return None
    between = "it lies between the clip's ends more often than by chance"
    chance = float(row["chance"])
    verdict = side(row, chance, between, between.replace("more", "less"), f"{APART} from chance")
    return Answer(written(row, percent), verdict)


def beyond_signs(tables: Tables, model: str) -> Answer | None:
    """How often a decisive element has the larger ESV, beside the best sign that asks no model."""
    own = first_row(tables, "Position", "told_decisive", model=model, method="esv", measure="auroc")
    if own is None:
        return None
    rows = tables["Position", "told_decisive"]
    rows = rows[(rows["model"] == model) & (rows["measure"] == "auroc")]
    signs = rows[(rows["method"] != "esv") & ~rows["method"].str.endswith(" − esv")]
    best = signs.loc[signs["mean"].idxmax()]
    (ahead,) = rows_of(rows, method=f"{best['method']} − esv")
    said = (
        f"no, {NAMES[best['method']]} tells better",
        "yes",
        f"{APART} from {NAMES[best['method']]}",
    )
    text = f"{written(own, percent)} of pairs; without the model {written(best, percent)}"
    return Answer(text, side(ahead, 0.0, *said))


def sides(tables: Tables, model: str) -> Answer | None:
    """How many elements change sides with a uniform prior."""
    row = first_row(tables, "Prior", "prior", model=model, measure="changed_sides", prior=UNIFORM)
    if row is None:
        return None
    some = "some change sides, their order never" if float(row["mean"]) else "no"
    return Answer(f"{written(row, percent)} change sides", some)


def more_frames(tables: Tables, model: str) -> Answer | None:
    """The score of the true class from the fewest to the most frames."""
    data = tables.get(("Length", "length"))
    if data is None:
        return None
    rows = rows_of(data, model=model, measure="score")
    if len(rows) < 2:
        return None
    ordered = sorted(rows, key=lambda row: float(str(row["frames"])))
    few: Row = ordered[0]
    many: Row = ordered[-1]
    verdict = APART
    if float(many["low"]) > float(few["high"]):
        verdict = "yes"
    elif float(many["high"]) < float(few["low"]):
        verdict = "no, less sure"
    text = (
        f"{written(few, decimal)} at {few['frames']}, {written(many, decimal)} at {many['frames']}"
    )
    return Answer(text, verdict)


def contest(tables: Tables, model: str) -> Answer | None:
    """In how many comparisons with a rival ESV is ahead, behind, or neither."""
    data = tables.get(("Comparison", "differences"))
    if data is None:
        return None
    rows = data[(data["model"] == model) & data["p_holm"].notna()]
    if rows.empty:
        return None
    ahead = int((rows["esv_is"] == "better").sum())
    behind = int((rows["esv_is"] == "worse").sum())
    text = f"ahead in {ahead}, behind in {behind} of {len(rows)} comparisons"
    if ahead == len(rows):
        return Answer(text, "yes, by every measure than every rival")
    if ahead == behind:
        return Answer(text, "no more often than worse")
    return Answer(text, "mostly, not by all measures" if ahead > behind else "mostly not")


def nearness(tables: Tables, model: str) -> Answer | None:
    """The error of estimates where most has to be estimated, beside the published sampler's."""
    data = tables.get(("Approximation", "approximation"))
    if data is None or data[data["model"] == model].empty:
        return None
    rows = data[data["model"] == model]
    rows = rows[rows["frames"] == rows["frames"].max()]
    rows = rows[rows["budget"] == rows["budget"].max()]
    by_kind = {
        "published" if row["estimator"] == PUBLISHED else "ours": row
        for row in rows.to_dict("records")
    }
    if set(by_kind) != {"published", "ours"}:
        return None
    ours = by_kind["ours"]
    published = by_kind["published"]
    errors = [small(row["error"], row["error_low"], row["error_high"]) for row in (ours, published)]
    verdict = f"{APART} from the published sampler"
    if ours["error_high"] < published["error_low"]:
        verdict = "yes, and nearer than the published sampler"
    elif ours["error_low"] > published["error_high"]:
        verdict = "no, further off than the published sampler"
    return Answer(f"{errors[0]}; published {errors[1]}", verdict)


def sums(tables: Tables, model: str) -> Answer | None:
    """The largest gap between a sum of ESVs and score − prior."""
    data = tables.get(("Element Shapley Values", "esvs"))
    if data is None or data[data["model"] == model].empty:
        return None
    gap = float(data.loc[data["model"] == model, "max_efficiency_gap"].max())
    return Answer(f"gap {number(gap)} at most", "yes" if gap <= 1e-3 else "no")
