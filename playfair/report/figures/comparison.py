"""ESV beside its rivals: every measure, every method."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.analysis.measures import BEST  # with it, all measures register
from playfair.analysis.registry import MEASURES
from playfair.attribution import METHODS
from playfair.report.figures.sheet import (
    BOTH,
    decades,
    equal,
    labelled,
    legend,
    only_first_of_each_line,
    side_by_side,
)
from playfair.report.look import (
    NAIVE,
    TRUE_CLASS,
    ZERO,
    capital,
    model_colour,
    model_name,
    style,
)

# titles of measures whose own is too long for a panel
SHORT = {
    "spearman": "ranks as ESV's",
    "deletion_area_frozen": "deletion area, frozen",
    "insertion_area_frozen": "insertion area, frozen",
}
GOOD = {True: "\nhigh is good", False: "\nlow is good", None: ""}
DOUBLED = ("kept", "Doubled frame", "credit of both copies / before")
LEFT_OUT = "kendall"  # whose dots lie as those of the other measure of ranks

# errors of attributions that are probabilities; those of others are hollow, and orders larger
IN_THE_SCORES_UNIT = ("efficiency_error", "infidelity")
# panels whose values are compared, on one scale
COMPARED = (
    ("evidence_mass", "evidence_absolute_mass"),
    ("deletion_area", "deletion_area_frozen"),
    ("insertion_area", "insertion_area_frozen"),
    ("accuracy_deletion", "accuracy_insertion"),
)
ALIKE = 0.01  # means that differ by less, in any unit, look the same
# inches
PANEL = 1.6
NAMES = 1.6
ROW = 0.11  # of a method
GAP = 0.03  # between panels, whose rows are named at the first


def measures_figure(measures: pd.DataFrame, duplicates: pd.DataFrame | None) -> Figure:
    """Dots with 95 % intervals, a panel per measure, a row per method.

    Args:
        measures: model, method, measure, mean, low, high of `analysis.comparison.means`.
        duplicates: the same of `analysis.duplicates.shared_credit`; None where none was doubled.
    """
    panels = _titled(measures, always=True)
    if duplicates is None:
        return _panels(measures, panels)
    return _panels(pd.concat([measures, duplicates]), [*panels, DOUBLED])


def contest_figure(measures: pd.DataFrame) -> Figure | None:
    """The same of all measures that need not be taken; None where none was.

    Args:
        measures: as of `measures_figure`.
    """
    panels = _titled(measures, always=False)
    return _panels(measures, panels) if panels else None


def _titled(measures: pd.DataFrame, *, always: bool) -> list[tuple[str, str, str]]:
    """(measure, title, unit) of each that was taken; the title says what is good."""
    taken = set(measures["measure"]) - {LEFT_OUT}
    panels = []
    for name, known in MEASURES.items():
        if name in taken and known.always == always:
            title = f"{capital(SHORT.get(name, known.title))}{GOOD[known.more_is_better]}"
            hollow = "\nhollow: of another unit" if name in IN_THE_SCORES_UNIT else ""
            panels.append((name, title, f"{known.unit}{hollow}"))
    return panels


def _panels(rows: pd.DataFrame, panels: list[tuple[str, str, str]]) -> Figure:
    """A panel for each measure that tells methods apart. panels: (measure, title, unit)."""
    methods = [name for name in METHODS if name in set(rows["method"])]
    telling = [panel for panel in panels if tells_apart(rows[rows["measure"] == panel[0]])]
    panels = telling or panels
    tall = max(1.6, ROW * len(methods) + 0.7)
    with style():
        figure, grid = side_by_side(len(panels), tall, least=PANEL, across=BOTH)
        by_measure = {}
        for axes, (measure, title, unit) in zip(grid, panels, strict=True):
            _dots(axes, rows[rows["measure"] == measure], measure, methods)
            axes.set(title=title, xlabel=unit)
            by_measure[measure] = axes
            positive = (rows.loc[rows["measure"] == measure, "mean"] > 0).any()
            if measure in IN_THE_SCORES_UNIT and positive:
                axes.set_xscale("log")
                decades([axes], "x")
            elif measure == "kept":
                axes.axvline(1, color=ZERO, linewidth=0.8, linestyle=":")
        for alike in COMPARED:
            if beside := [by_measure[measure] for measure in alike if measure in by_measure]:
                equal(beside, "x")
        only_first_of_each_line(grid)
        labelled(figure, grid, NAMES, numbers=GAP)
        legend(figure, grid[0])
    return figure


def tells_apart(rows: pd.DataFrame) -> bool:
    """Whether a measure has different means for different methods: else its panel says nothing.

    Args:
        rows: columns mean and model, of one measure.

    Example:
        >>> tells_apart(pd.DataFrame({"model": ["trn"] * 2, "mean": [1.0, 1.0]}))
        False
        >>> tells_apart(pd.DataFrame({"model": ["trn"] * 2, "mean": [1.0, 0.5]}))
        True
    """
    means = rows.dropna(subset=["mean"]).groupby("model")["mean"]
    return bool((means.max() - means.min() > ALIKE).any())


def _dots(axes: Axes, rows: pd.DataFrame, measure: str, methods: list[str]) -> None:
    """A measure: methods downwards, models side by side."""
    models = list(dict.fromkeys(rows["model"]))
    for i, model in enumerate(models):
        shift = (i - (len(models) - 1) / 2) * 0.3
        of_model = rows[rows["model"] == model].set_index("method")
        _dots_of_model(axes, of_model, measure, methods, model, shift)
    axes.set_yticks(range(len(methods)), [METHODS[name].title for name in methods])
    for label, name in zip(axes.get_yticklabels(), methods, strict=False):
        label.set_color(NAIVE if METHODS[name].is_naive else TRUE_CLASS)
    axes.set_ylim(len(methods) - 0.5, -0.5)


def _dots_of_model(
    axes: Axes, table: pd.DataFrame, measure: str, methods: list[str], model: str, shift: float
) -> None:
    colour = model_colour(model)
    best = table["mean"].get(BEST)
    if best is not None:
        axes.axvline(best, color=colour, linewidth=0.8, linestyle="--")
    rows = table.loc[[name for name in methods if name in table.index]]
    y = np.array([methods.index(name) for name in rows.index]) + shift
    axes.hlines(y, rows["low"], rows["high"], color=colour, linewidth=1.2)
    axes.plot(rows["mean"], y, "o", color=colour, label=model_name(model))
    if measure in IN_THE_SCORES_UNIT:
        hollow = [METHODS[str(name)].unit != "probability" for name in rows.index]
        axes.plot(rows["mean"][hollow], y[hollow], "o", color="white", markersize=2)
    if measure.startswith(("evidence", "pointing")) and "uniform" in rows.index:
        axes.axvline(rows["mean"]["uniform"], color=ZERO, linewidth=0.8, linestyle=":")
