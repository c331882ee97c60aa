"""The numbers on the terminal, in W&B's summary, and in the bars that W&B shows while a model learns."""

import numpy as np
import pandas as pd

from playfair.launch.terminal import print_result
from playfair.report.figures.watched import watched_figure
from playfair.report.wandb_media import numbers
from playfair.report.wandb_names import own_result
from playfair.result import Result
from tests.golden import figure_data
from tests.golden.figure_data import BLUE, ORANGE

PARTS = (
    Result("Accuracy", "", metrics={"trn_top1": 0.75, "tsn_top1": 0.5}),
    Result("Element Shapley Values", "", metrics={"max_efficiency_gap": 1.25e-7}),
)
HEADLINE = pd.DataFrame({"": ["top-1"], "TSN": ["0.500 [0.250, 0.750]"], "TRN": ["–"]})
RESULT = Result(
    "Paper", "", metrics={"trn_top1": 0.123456}, tables={"headline": HEADLINE}, parts=PARTS
)


def test_the_terminal_shows_the_headline(capsys) -> None:
    print_result(RESULT)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["top-1", "0.500", "[0.250,", "0.750]", "–"] in lines
    assert not any("trn_top1" in line for line in lines)


def test_wandb_has_each_models_numbers_without_its_name_and_parts_under_their_titles() -> None:
    models = ["trn", "tsn"]
    assert numbers(own_result(RESULT, "trn", models)) == {
        "top1": 0.123456,
        "accuracy/top1": 0.75,
        "element-shapley-values/max_efficiency_gap": 1.25e-7,
    }
    assert numbers(own_result(RESULT, "tsn", models)) == {
        "accuracy/top1": 0.5,
        "element-shapley-values/max_efficiency_gap": 1.25e-7,
    }


def test_bars_of_watched_clips_are_blue_above_0_and_orange_below() -> None:
    esvs = np.array([[0.2, -0.1, 0.3], [-0.3, 0.1, -0.2]])
    figure = watched_figure(esvs, ["Moving something up", "Moving something down"])
    for axes, own in zip(figure.axes, esvs, strict=True):
        expected = [(i, esv, BLUE if esv > 0 else ORANGE) for i, esv in enumerate(own)]
        assert figure_data.bars(axes) == expected
    assert figure.axes[1].get_title(loc="left") == "Moving something down"
