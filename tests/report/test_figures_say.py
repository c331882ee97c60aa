"""Figures say what they show: chance, units, which names are of naive methods."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest

from playfair.experiments.approximation_words import captions, left_out_of
from playfair.report.figures.classes_on_clips import confusion_figure
from playfair.report.figures.comparison import measures_figure
from playfair.report.figures.interactions import pairs_figure
from playfair.report.figures.known_values import known_values_figure
from playfair.report.figures.removal import removal_figure
from playfair.report.look import NAIVE, TRUE_CLASS, drawn_across, style


def test_what_chance_finds_of_distractors_is_dotted_and_naive_methods_are_grey() -> None:
    rows = [
        {"model": "trn", "method": name, "measure": measure, "mean": mean, "low": 0.1, "high": 0.9}
        for name, mean in (("esv", 0.6), ("uniform", 0.25))
        for measure in ("pearson", "spearman", "distractors_found")
    ]
    titles = {"esv": "ESV", "uniform": "uniform"}
    panels = known_values_figure(pd.DataFrame(rows), titles).axes
    dotted = [
        [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
        for axes in panels
    ]
    assert dotted == [[], [], [0.25]]
    assert [label.get_color() for label in panels[0].get_yticklabels()] == [TRUE_CLASS, NAIVE]


def test_what_is_left_is_named_as_the_models_have_it() -> None:
    row = {"model": "trn", "removal": "drop", "elements": 1, "mean": 0.5, "low": 0.4, "high": 0.6}
    table = pd.DataFrame([row | {"measure": measure} for measure in ("correct", "score")])
    labels = [axes.get_xlabel() for axes in removal_figure(table, "frame").axes]
    assert labels == ["frames left", "frames left"]


def test_classes_are_numbered_where_their_label_stands_and_apart() -> None:
    names = [f"class {i}" for i in range(300)]
    cells = {"true": np.repeat(names, 300), "scored": np.tile(names, 300)}
    table = pd.DataFrame({**cells, "support": 0.5, "cosine": 0.1})
    figure = confusion_figure({"tsn": table, "trn": table}, names)
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [bool(axes.get_xlabel()) for axes in panels] == [False, False, True, True]
    assert len(panels[2].get_xticks()) <= 7


def test_a_run_that_asks_of_exact_lengths_alone_says_where_estimates_are_for() -> None:
    said = left_out_of([], pd.DataFrame(), 4)
    assert said == (
        " Estimates are for more than 20 frames, which have no exact values: "
        "experiment=approximation asks of 32."
    )
    assert left_out_of([32], pd.DataFrame({"frames": [32]}), 4) == ""
    said = [captions("videos", n_frames)["approximation"] for n_frames in (20, 21)]
    assert ["Above 20 frames" in caption for caption in said] == [False, True]


def test_a_logarithmic_axis_within_one_power_of_ten_shows_no_formula() -> None:
    rows = [
        {"model": "trn", "measure": "efficiency_error", "method": method, "mean": mean}
        for method, mean in (
            ("esv", 0.002),
            ("integrated_gradients", 0.003),
            ("leave_one_out", 0.006),
        )
    ]
    table = pd.DataFrame(rows).assign(videos=9, seeds=1)
    table["low"], table["high"] = 0.9 * table["mean"], 1.1 * table["mean"]
    drawn = StringIO()
    figure = measures_figure(table, None)
    with style():
        figure.savefig(drawn, format="svg")
    assert any(axes.get_xscale() == "log" for axes in figure.axes)
    assert "mathdefault" not in drawn.getvalue()


@pytest.mark.parametrize("columns", ["one", "two"])
def test_interactions_by_distance_have_numbers_in_one_column_too(columns: str) -> None:
    ends = {"mean": 0.1, "low": 0.05, "high": 0.15}
    measures = ("true class", "true class − twin", "order")
    kinds = pd.DataFrame([{"measure": of, "pairs": "same side", **ends} for of in measures])
    apart = pd.DataFrame(
        [{"measure": of, "distance": at, **ends} for of in measures for at in (1, 2)]
    )
    with drawn_across(columns):
        figure = pairs_figure({"trn": kinds}, {"trn": apart})
    lines = [axes for axes in figure.axes if axes.get_xlabel() == "frames apart"]
    first = min(lines, key=lambda axes: axes.get_subplotspec().colspan.start)
    labels = [axes.yaxis.get_tick_params()["labelleft"] for axes in lines]
    assert labels == ([True, False, False] if columns == "two" else [True] * 3)
    assert "interaction" in first.get_ylabel()
