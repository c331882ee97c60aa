"""What the report says of trainings: curves, and what heads learnt again have changed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from playfair.analysis.relearnt import relearnt
from playfair.experiments.train import (
    chosen,
    has_two_stages,
    sentences_of,
    sentences_on_heads,
)
from playfair.report.figures.training import training_figure
from playfair.steps.histories import histories, keep_histories
from playfair.training.history import COLUMNS, HISTORY, read
from tests.golden.figure_data import BLACK, TRN_COLOUR, TSN_COLOUR, lines
from tests.golden.figure_data import title as panel_title

NAN = float("nan")


def scored(of_true: list[float], videos: str = "abcd") -> xr.Dataset:
    """Two classes, the true one's score given: right above one half."""
    score = np.array([[value, 1 - value] for value in of_true])
    coords = {"video": list(videos), "label": ("video", [0] * len(of_true))}
    names = {"class_name": ("class", ["up", "down"]), "twin": ("class", [1, 0])}
    return xr.Dataset({"score": (("video", "class"), score)}, {**coords, **names})


BEFORE = [0.9, 0.8, 0.4, 0.7]  # right, right, wrong, right
AFTER = [0.45, 0.6, 0.3, 0.9]  # wrong, right, wrong, right


def test_what_heads_learnt_again_have_changed() -> None:
    table = relearnt(scored(BEFORE), scored(AFTER)).set_index("measure")
    top1, loss = table.loc["top1"], table.loc["loss"]
    assert (top1["before"], top1["after"], top1["mean"]) == (3 / 4, 2 / 4, -1 / 4)
    assert (top1["lost"], top1["gained"]) == (1, 0)
    differences = -np.log(AFTER) + np.log(BEFORE)
    assert loss["mean"] == pytest.approx(differences.mean())
    assert loss["before"] == pytest.approx(-np.log(BEFORE).mean())
    assert top1["low"] <= -1 / 4 <= top1["high"] and loss["low"] < loss["mean"] < loss["high"]


def test_other_videos_are_not_paired() -> None:
    with pytest.raises(ValueError, match="the same videos before and after"):
        relearnt(scored(BEFORE), scored(AFTER, videos="abdc"))


@pytest.mark.parametrize(
    ("low", "verdict"), [(-0.05, "not told apart from no change, 8 lost"), (0.01, "8 lost")]
)
def test_a_sentence_says_whether_it_matters(low: float, verdict: str) -> None:
    row = {"model": "trn", "measure": "top1", "before": 0.9667, "after": 0.9458, "mean": -0.0208}
    sign = -1 if low > 0 else 1
    row |= {"low": -0.0489 if sign < 0 else low, "high": -0.006 if sign < 0 else 0.0063}
    (sentence,) = sentences_on_heads(pd.DataFrame([row | {"lost": 8, "gained": 3}]))
    ends = "−5.00, +0.63" if sign > 0 else "−4.89, −0.60"
    assert sentence == (
        "TRN: with the heads learnt again on stored features 94.6 % of the videos are right, with the "
        f"head as learnt from video 96.7 %: −2.08 [{ends}] percentage points, "
        f"{verdict} and 3 gained, on this training (one seed)."
    )


def model(**recipes: object) -> SimpleNamespace:
    return SimpleNamespace(is_pretrained=False, has_videos=True, model=recipes)


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (0.5, "trn: below what was published, 70.0 %: the difference is 20.0 percentage points."),
        (0.8125, "trn: as published, 70.0 %: the difference is −11.2 percentage points."),
    ],
)
def test_what_was_published_is_compared_with_what_is_measured(ours: float, said: str) -> None:
    row = {"model": "trn", "mean": ours, "low": ours, "high": ours, "published": 0.7}
    assert sentences_of([row])[0].startswith(said)


def test_two_stages_are_learnt_from_video_and_then_on_features() -> None:
    assert has_two_stages(model(training={"epochs": 1}, heads={"epochs": 1}))
    assert not has_two_stages(model(training={"epochs": 1}, heads=None))
    assert not has_two_stages(model(training=None, heads={"epochs": 1}))


def test_accuracies_by_which_an_epoch_was_chosen_are_told() -> None:
    assert chosen([model(training={"epochs": 1, "keep": "last"}, heads=None)]) == ""
    told = chosen([model(training={"epochs": 1}, heads={"epochs": 1, "keep": "best"})])
    assert told.startswith(" The epoch that is kept was chosen by its accuracy on videos of this")


def history() -> pd.DataFrame:
    rows = [
        ("tsn", 0, "video", 1, 2.4, 2.2, 0.2),
        ("tsn", 0, "video", 2, 1.4, NAN, NAN),
        ("tsn", 0, "video", 3, 1.0, 1.2, 0.5),
        ("trn", 0, "video", 1, 2.0, 1.8, 0.4),
        ("trn", 0, "video", 2, 1.0, 0.8, 0.9),
        ("trn", 0, "heads", 1, 1.5, 1.1, 0.7),
        ("trn", 1, "heads", 1, 1.6, 1.2, 0.6),
        ("trn", 1, "heads", 2, 0.6, 0.2, 0.8),
    ]
    names = ["model", "seed", "stage", "epoch", "loss", "val_loss", "val_top1"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def figure() -> Figure:
    return training_figure(history())


def test_each_stage_has_its_own_panels_and_epochs(figure: Figure) -> None:
    tsn_loss, tsn_right, *_, heads_loss, heads_right = figure.axes
    assert len(figure.axes) == 8  # two models, two stages, loss and accuracy
    assert [axes.get_visible() for axes in figure.axes] == [True, True, False, False] + 4 * [True]
    assert [title for title in map(panel_title, figure.axes) if title] == [
        *("TSN: from video", "accuracy"),
        *("TRN: from video", "accuracy"),
        *("TRN: heads, on features", "accuracy"),
    ]
    assert lines(tsn_loss) == [
        ([1, 2, 3], [2.4, 1.4, 1.0], BLACK, "--"),
        ([1, 3], [2.2, 1.2], TSN_COLOUR, "-"),
    ]
    assert lines(tsn_right) == [([1, 3], [0.2, 0.5], TSN_COLOUR, "-")]
    assert lines(heads_right)[1:] == [([1, 2], [0.6, 0.8], TRN_COLOUR, "-")]
    assert ([1, 2], [1.6, 0.6], BLACK, "--") in lines(heads_loss)
    assert tsn_loss.get_xlim() != heads_loss.get_xlim()


def test_a_stage_of_one_model_is_not_stretched_to_the_epochs_of_another(figure: Figure) -> None:
    tsn_loss, trn_loss = figure.axes[0], figure.axes[4]
    assert tsn_loss.get_xlim()[1] > 3 and 2 < trn_loss.get_xlim()[1] < 3
    assert trn_loss.get_xlim() == figure.axes[5].get_xlim()


def test_accuracies_share_an_axis_that_ends_above_the_highest(figure: Figure) -> None:
    ends = [axes.get_ylim()[1] for axes in figure.axes[1::2]]
    assert ends == pytest.approx([1.06 * 0.9] * 4)
    never = training_figure(history().assign(val_top1=NAN))
    assert never.axes[1].get_ylim() == (0, 1.06)


def test_the_runs_history_is_that_of_all_studies(tmp_path) -> None:
    studies = []
    for number, name in enumerate(("tsn", "trn")):
        folder = tmp_path / name
        folder.mkdir()
        row = {column: number for column in COLUMNS} | {"stage": "video", "epoch": 1}
        pd.DataFrame([row]).to_csv(folder / HISTORY, index=False)
        layout = SimpleNamespace(folder=lambda step: tmp_path / step)
        study = model(training={"epochs": 1}, heads={"epochs": 1})
        study.name, study.seed, study.layout = name, number, layout
        study.video_step, study.head_step = name, "no such folder"
        studies.append(study)
    table = histories(studies)
    assert table.columns.tolist() == ["model", "seed", *COLUMNS]
    assert table[["model", "seed", "loss"]].values.tolist() == [["tsn", 0, 0], ["trn", 1, 1]]
    keep_histories(studies, tmp_path)
    pd.testing.assert_frame_equal(read(tmp_path), table)
    published = SimpleNamespace(is_pretrained=True)
    keep_histories([published], tmp_path / "tsn")  # nothing was trained, and nothing is written
    assert len(histories([published])) == 0 and "model" not in read(tmp_path / "tsn")
