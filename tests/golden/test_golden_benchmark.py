"""What `experiment=benchmark` makes of its tables, on tables that are made up."""

import pandas as pd
import pytest

from playfair.experiments.benchmark import headline
from playfair.report.figures.benchmark import benchmark_figure
from tests.golden import figure_data

HEADS, CALLS = "evaluations of heads", "calls of the model"
SPEED = pd.DataFrame(
    {
        "frames": [8, 12, 16, 20],
        "floor": [1.0, 2.0, 4.0, 8.0],
        "playfair": [1.1, 2.6, 7.6, 20.0],
        "over floor": [1.1, 1.3, 1.9, 2.5],
        "peak MB": [10.0, 40.0, 30.0, 20.0],
        "bfloat16 error": [0.001, 0.004, 0.002, 0.003],
    }
)
EXACT = pd.DataFrame({"library": ["a", "b"], "ms": [1.0, 9.0], "difference": [1e-7, 3e-7]})
ERROR = pd.DataFrame(
    [
        # counted in, estimator, evaluations, mse, coverage; nearest to 904 are 910 and 890
        (HEADS, "playfair surrogate", 198, 16e-6, 0.81),
        (HEADS, "playfair constructive", 190, 80e-6, 0.71),
        (HEADS, "playfair surrogate", 910, 2e-6, 0.94),
        (HEADS, "playfair constructive", 890, 30e-6, 0.73),
        (HEADS, "playfair surrogate", 1990, 1e-6, 0.96),
        (HEADS, "playfair constructive", 1980, 9e-6, 0.74),
        (CALLS, "playfair constructive", 900, 55e-6, 0.55),
        (CALLS, "playfair stratified", 900, 44e-6, 0.56),
    ],
    columns=["counted in", "estimator", "evaluations", "mse", "coverage"],
)
LONG = pd.DataFrame(
    {
        "frames": [32, 32, 64, 64],
        "estimator": ["surrogate", "stratified"] * 2,
        "coverage": [0.91, 0.92, 0.93, 0.94],
    }
)
EVALUATION = pd.DataFrame(
    {
        "run": ["bare explain", "callback, 1 rank", "callback, 2 ranks", "a quarter"],
        "seconds": [10.0, 12.0, 8.0, 3.0],
        "peak_gb": [1.0, 2.0, 4.0, 3.0],
    }
)
EXTRACTION = pd.DataFrame({"share": [0.9, 0.7, 0.8]})
PIXELS = pd.DataFrame({"over bare": [1.02, 1.04, 1.01]})
LENGTH = pd.DataFrame(
    {
        "estimator": ["surrogate"] * 2 + ["stratified"] * 2,
        "frames": [32, 64, 32, 64],
        "ms": [1.0, 2.0, 0.3, 0.6],
    }
)


def test_the_metrics_are_ratios_the_right_way_up() -> None:
    assert headline(SPEED, EXACT, ERROR, LONG, EVALUATION, EXTRACTION, PIXELS) == pytest.approx(
        {
            "over_floor_8": 1.1,  # times the floor: above 1
            "over_floor_12": 1.3,
            "over_floor_16": 1.9,
            "over_floor_20": 2.5,
            "peak_mb": 40,  # the most
            "bfloat16_error": 0.004,  # the largest
            "shapiq_difference": 3e-7,
            "constructive_over_surrogate": 30 / 2,  # how many times the published one errs
            "surrogate_coverage": 0.94,
            "callback_over_explain": 12 / 10,  # one rank over bare
            "two_ranks_speedup": 12 / 8,  # one rank over two
            "extraction_share": 0.7,  # the least
            "explain_over_passes": 1.04,  # the most
            "rank_peak_gb": 4,
            "surrogate_coverage_32": 0.91,
            "stratified_coverage_32": 0.92,
            "surrogate_coverage_64": 0.93,
            "stratified_coverage_64": 0.94,
        }
    )


def test_the_lines_of_the_figure_are_the_tables() -> None:
    exact, over, peak, heads, calls, sampled = benchmark_figure(SPEED, ERROR, LENGTH).axes
    by_name = {line.get_label(): list(line.get_ydata()) for line in exact.lines}
    assert by_name == {"floor": [1, 2, 4, 8], "playfair": [1.1, 2.6, 7.6, 20]}
    line, floor = figure_data.lines(over)
    assert floor[1] == [1, 1]
    assert line[:2] == ([8, 12, 16, 20], [1.1, 1.3, 1.9, 2.5])
    (line,) = figure_data.lines(peak)
    assert line[1] == [10, 40, 30, 20]
    errors = {line.get_label(): list(line.get_ydata()) for line in heads.lines}
    assert errors == {
        "playfair surrogate": [16e-6, 2e-6, 1e-6],
        "playfair constructive": [80e-6, 30e-6, 9e-6],
    }
    assert (heads.get_xlabel(), calls.get_xlabel()) == (HEADS, CALLS)
    errors = {line.get_label(): list(line.get_ydata()) for line in calls.lines}
    assert errors == {"playfair constructive": [55e-6], "playfair stratified": [44e-6]}
    times = {line.get_label(): list(line.get_ydata()) for line in sampled.lines}
    assert times == {"playfair surrogate": [1, 2], "playfair stratified": [0.3, 0.6]}


def test_an_estimator_has_one_colour_in_both_units() -> None:
    _, _, _, heads, calls, _ = benchmark_figure(SPEED, ERROR, LENGTH).axes
    (first,) = [line for line in heads.lines if line.get_label() == "playfair constructive"]
    (second,) = [line for line in calls.lines if line.get_label() == "playfair constructive"]
    assert first.get_color() == second.get_color()
