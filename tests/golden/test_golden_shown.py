"""The numbers on the terminal, in W&B's summary, and in the bars that W&B shows while a model learns."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from playfair.launch.terminal import print_result
from playfair.report.figures.watched import watched_figure
from playfair.report.wandb import log_result
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


def test_the_terminal_shows_the_headline_and_the_metrics_to_three_digits(capsys, tmp_path) -> None:
    print_result(RESULT)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["top-1", "0.500", "[0.250,", "0.750]", "–"] in lines
    assert ["trn_top1", "0.123"] in lines


def test_wandb_keeps_every_parts_numbers_under_its_title() -> None:
    summary: dict[str, float] = {}
    run = SimpleNamespace(summary=summary, log=lambda media: None)
    alone = Result(RESULT.title, "", metrics=RESULT.metrics, parts=PARTS)
    log_result(SimpleNamespace(experiment=run), alone)
    assert summary == {
        "trn_top1": 0.123456,
        "accuracy/trn_top1": 0.75,
        "accuracy/tsn_top1": 0.5,
        "element-shapley-values/max_efficiency_gap": 1.25e-7,
    }


def test_bars_of_watched_clips_are_blue_above_0_and_orange_below() -> None:
    esvs = np.array([[0.2, -0.1, 0.3], [-0.3, 0.1, -0.2]])
    figure = watched_figure(esvs, ["Moving something up", "Moving something down"])
    for axes, own in zip(figure.axes, esvs, strict=True):
        expected = [(i, esv, BLUE if esv > 0 else ORANGE) for i, esv in enumerate(own)]
        assert figure_data.bars(axes) == expected
    assert figure.axes[1].get_title(loc="left") == "Moving something down"
