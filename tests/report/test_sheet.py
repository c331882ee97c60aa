"""Axes of figures: ticks that have room, and powers of ten that are named."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from playfair.report.figures.sheet import (
    TALLEST,
    broken,
    decades,
    legend,
    only_first_of_each_line,
    panels_by_model,
    ticks_at,
)
from playfair.report.figures.strips import fitted
from playfair.report.figures.training import training_figure
from playfair.report.look import drawn_across, style
from playfair.report.rendered import rendered


@pytest.mark.parametrize(
    ("n_panels", "kept"), [(1, ["100", "110", "400", "900"]), (4, ["100", "400", "900"])]
)
def test_of_ticks_too_near_each_other_the_greater_is_left_out(n_panels: int, kept) -> None:
    with style():
        axes = Figure(figsize=(6.9, 2)).subplots(1, n_panels, squeeze=False)[0, 0]
    axes.set(xscale="log", xlim=(90, 1000))
    ticks_at(axes, [900, 110, 100, 400, 5000])
    assert [label.get_text() for label in axes.get_xticklabels()] == kept


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_logarithmic_axis_names_two_powers_of_ten_at_least(axis: str) -> None:
    axes = Figure().subplots()
    axes.set(**{f"{axis}scale": "log", f"{axis}lim": (12, 80)})
    decades([axes], axis)
    assert getattr(axes, f"get_{axis}lim")() == (10, 100)
    axes.set(**{f"{axis}lim": (0.5, 80)})
    decades([axes], axis)
    assert getattr(axes, f"get_{axis}lim")() == (0.5, 80)
    assert getattr(axes, f"{axis}axis").get_major_formatter()(10) == "10¹"


def test_one_legend_names_the_lines_of_all_panels_once() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], label="a")
    right.plot([0, 1], label="a")
    right.plot([1, 0], label="b")
    legend(figure, left, right)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_rows_that_are_alike_are_numbered_and_labelled_on_the_left_alone() -> None:
    panels = Figure().subplots(1, 2)
    for axes in panels:
        axes.set_ylabel("ESV")
    only_first_of_each_line(panels)
    assert [axes.get_ylabel() for axes in panels] == ["ESV", ""]


def test_what_is_too_long_beside_a_strip_loses_its_middle_and_keeps_its_end() -> None:
    words = "says: Moving something and something closer to each other once more and more"
    lines = fitted(["score 0.41", words], room=1.2, most=3).split("\n")
    assert lines[0] == "score 0.41" and len(lines) == 3
    assert lines[1].startswith("says: Moving sth") and lines[2].endswith("and more")
    assert "…" in "".join(lines)


@pytest.mark.parametrize("across", ["one", "two"])
@pytest.mark.parametrize("n_rows", [1, 2, 3])
@pytest.mark.parametrize("n_panels", [2, 3, 4])
def test_panels_are_models_by_panels_however_they_stand(across, n_rows: int, n_panels: int) -> None:
    with drawn_across(across):
        figure, panels = panels_by_model(n_rows, n_panels, tall=1.0)
    assert panels.shape == (n_rows, n_panels)
    assert set(panels.flat) == set(figure.axes)
    places = [axes.get_subplotspec().num1 for axes in panels[0]]
    assert places == sorted(places)  # a model's panels follow each other


@pytest.mark.parametrize("across", ["one", "two"])
@pytest.mark.parametrize("names", [["trn"], ["tsn", "trn", "r3d"]])
def test_one_training_and_three_are_drawn_in_a_column(across: str, names: list[str]) -> None:
    rows = [
        {"model": name, "seed": 0, "stage": stage, "epoch": epoch}
        | {"loss": 1.0, "val_loss": 1.0, "val_top1": 0.5}
        for name in names
        for stage in ("video", "heads")
        for epoch in (1, 2)
    ]
    with drawn_across(across):
        figure = training_figure(pd.DataFrame(rows))
    assert len(figure.axes) == 4 * len(names)
    assert figure.get_figheight() <= TALLEST


def test_no_line_is_of_a_word_or_two() -> None:
    assert broken("(d) Frames leant on", 1.2, 0.0698) == "(d) Frames\nleant on"
    assert broken("ESV of the true class (probability)", 1.6, 0.0564) == (
        "ESV of the true class\n(probability)"
    )
    assert broken("", 1.0, 0.1) == ""


def test_names_of_others_are_written_out_in_figures_and_are_no_formulas() -> None:
    with style():
        figure = Figure(figsize=(3.3, 1.5), layout="constrained")
        axes = figure.subplots()
        axes.set_title("a\x1b[2J\u202eb")
        axes.set_yticks([0, 1], ["c\x07", "$x_1$"])
    svg = rendered(figure, "svg").decode()
    assert "a\\x1b[2J\\u202eb" in svg and "c\\x07" in svg and ">$x_1$<" in svg
    assert not set(svg) & set("\x1b\x07\u202e")
