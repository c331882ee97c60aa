"""`experiment=support` on the hand-written stores: tables, means by prediction, film strips."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.experiments.support import support
from playfair.report.figures.pairs import pairs_figure
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.figure_data import BLUE, ORANGE
from tests.golden.interval import interval, mean, parts_interval

NAN = float("nan")
# by video: share of the four elements above 0 and below; the largest and the smallest ESV
SUPPORTING = {"tsn": [4, 1, 2, 2, 2, 2], "trn": [2, 2, 3, 1, 4, 0]}
DISTRACTING = {"tsn": [0, 3, 1, 0, 1, 2], "trn": [1, 2, 1, 2, 0, 4]}
STRONGEST = {"tsn": [5, 5, 10, 15, 20, 5], "trn": [40, 20, 30, 15, 25, NAN]}
WORST = {"tsn": [NAN, -5, -5, NAN, -5, -10], "trn": [-15, -5, -10, -20, NAN, -8]}
RIGHT = {"tsn": [1, 0, 0, 1, 1, 0], "trn": [1, 1, 1, 0, 1, 0]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return closed_form.write_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def result(clip) -> Result:
    return support(closed_form.tsn_and_trn(has_videos=True, clip=clip), n_frames=4)


PARTS = ("supporting", "distracting")  # of a video
MODELS = ("tsn", "trn")


def by_measure(model: str) -> dict[str, np.ndarray]:
    return {
        "supporting": np.array(SUPPORTING[model]) / 4,
        "distracting": np.array(DISTRACTING[model]) / 4,
        "strongest_supporting": np.array(STRONGEST[model]) / 100,
        "strongest_distracting": np.array(WORST[model]) / 100,
    }


def test_the_metrics(result) -> None:
    expected = {
        "tsn_supporting": (4 + 1 + 2 + 2 + 2 + 2) / 24,
        "tsn_distracting": (0 + 3 + 1 + 0 + 1 + 2) / 24,
        "tsn_strongest_supporting": 0.01 * (5 + 5 + 10 + 15 + 20 + 5) / 6,
        "tsn_strongest_distracting": -0.01 * (5 + 5 + 5 + 10) / 4,
        "trn_supporting": (2 + 2 + 3 + 1 + 4 + 0) / 24,
        "trn_distracting": (1 + 2 + 1 + 2 + 0 + 4) / 24,
        "trn_strongest_supporting": 0.01 * (40 + 20 + 30 + 15 + 25) / 5,
        "trn_strongest_distracting": -0.01 * (15 + 5 + 10 + 20 + 8) / 5,
    }
    assert result.metrics == pytest.approx(expected)


def test_the_table_has_means_intervals_and_counts_of_both_models_and_their_difference(
    result,
) -> None:
    table = result.tables["support"].set_index(["model", "measure"])
    tsn, trn = by_measure("tsn"), by_measure("trn")
    of_models = {"tsn": tsn, "trn": trn, "trn − tsn": {name: trn[name] - tsn[name] for name in tsn}}
    assert len(table) == 12
    for model, measures in of_models.items():
        for measure, values in measures.items():
            row = table.loc[(model, measure)]
            ends = parts_interval if measure in PARTS and model in MODELS else interval
            assert row[["mean", "low", "high"]].tolist() == pytest.approx(
                [mean(values), *ends(values)]
            )
            assert row["videos"] == np.isfinite(values).sum()


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_means_by_prediction(result, model: str) -> None:
    table = result.tables["by_prediction"]
    table = table[table["model"] == model].set_index(["prediction", "measure"])
    right = np.array(RIGHT[model], dtype=bool)
    for measure, values in by_measure(model).items():
        of_right, of_wrong = np.where(right, values, NAN), np.where(right, NAN, values)
        for group, some in (("all", values), ("correct", of_right), ("incorrect", of_wrong)):
            row = table.loc[(group, measure)]
            assert row["mean"] == pytest.approx(mean(some))
            assert row["videos"] == np.isfinite(some).sum()
            if row["videos"] > 1:
                ends = parts_interval if measure in PARTS else interval
                assert row[["low", "high"]].tolist() == pytest.approx(list(ends(some)))
            else:
                assert np.isnan(row["low"]) and np.isnan(row["high"])
        difference = table.loc[("correct − incorrect", measure), "mean"]
        assert difference == pytest.approx(mean(of_right) - mean(of_wrong))


def test_the_difference_of_the_groups_of_trn_in_numbers(result) -> None:
    table = result.tables["by_prediction"]
    table = table[(table["model"] == "trn") & (table["prediction"] == "correct − incorrect")]
    assert table.set_index("measure")["mean"].to_dict() == pytest.approx(
        {
            "supporting": (2 + 2 + 3 + 4) / 16 - (1 + 0) / 8,
            "distracting": (1 + 2 + 1 + 0) / 16 - (2 + 4) / 8,
            "strongest_supporting": 0.01 * ((40 + 20 + 30 + 25) / 4 - 15),
            "strongest_distracting": 0.01 * ((-15 - 5 - 10) / 3 - (-20 - 8) / 2),
        }
    )


def test_how_the_videos_are_spread(result) -> None:
    table = result.tables["distributions"]
    table = table[(table["model"] == "trn") & (table["measure"] == "supporting")]
    shares = {
        "all": [1 / 6, 1 / 6, 2 / 6, 1 / 6, 1 / 6],  # of 0, 1 … 4 supporting elements
        "correct": [0, 0, 2 / 4, 1 / 4, 1 / 4],
        "incorrect": [1 / 2, 1 / 2, 0, 0, 0],
    }
    for group, expected in shares.items():
        of_group = table[table["prediction"] == group]
        assert ((of_group["left"] + of_group["right"]) / 2).tolist() == [0, 1, 2, 3, 4]
        assert of_group["share"].tolist() == pytest.approx(expected)


def test_the_bars_of_the_counts_are_shares_of_videos(result) -> None:
    tsn, trn = (result.figures["support"].axes[start] for start in (0, 3))
    titles = [figure_data.title(axes) for axes in (tsn, trn)]
    assert titles == ["TSN: supporting frames", "TRN: supporting frames"]
    # bars of correct stand 0.2 to the left of the count, those of incorrect to the right
    correct, incorrect = [0, 0, 2 / 4, 1 / 4, 1 / 4], [1 / 2, 1 / 2, 0, 0, 0]
    places = [count - 0.2 for count in range(5)] + [count + 0.2 for count in range(5)]
    assert [x for x, _, _ in figure_data.bars(trn)] == pytest.approx(places)
    assert [height for _, height, _ in figure_data.bars(trn)] == pytest.approx(correct + incorrect)
    opacity = [bar.get_alpha() for bar in trn.patches]
    assert opacity == [1.0] * 5 + [0.45] * 5


def test_the_steps_of_the_strongest_elements() -> None:
    # a little smaller, so that none lies on the edge of a bin of 0.05
    smaller = closed_form.store(
        np.array(closed_form.TRN_ESVS) / 102, closed_form.LABELS, closed_form.UIDS
    )
    result = support([closed_form.Study("trn", {4: smaller})], n_frames=4)
    steps = {
        (patch.get_linestyle(), figure_data.to_hex(patch.get_edgecolor())): patch.get_data()
        for patch in result.figures["support"].axes[1].patches
    }
    expected = {
        # right: just below 20, 25, 30 and 40; just above −15, −10 and −5
        ("-", BLUE): ([1 / 4, 1 / 4, 1 / 4, 0, 1 / 4], [0.15, 0.2, 0.25, 0.3, 0.35, 0.4]),
        ("-", ORANGE): ([1 / 3, 1 / 3, 1 / 3], [-0.15, -0.1, -0.05, 0]),
        # wrong: just below 15; just above −20 and −8
        ("--", BLUE): ([1], [0.1, 0.15]),
        ("--", ORANGE): ([1 / 2, 0, 1 / 2], [-0.2, -0.15, -0.1, -0.05]),
    }
    assert set(steps) == set(expected)
    for look, (shares, edges) in expected.items():
        assert steps[look].values.tolist() == pytest.approx(shares)
        assert steps[look].edges == pytest.approx(edges)


def test_the_bars_of_the_means_are_blue_for_supporting_and_orange_for_distracting(result) -> None:
    axes = result.figures["support"].axes[5]  # TRN's
    assert figure_data.heights(axes, BLUE) == pytest.approx([0.2875, 0.15])  # 115 / 4; 15
    assert figure_data.heights(axes, ORANGE) == pytest.approx([-0.10, -0.14])  # −30 / 3; −28 / 2
    assert figure_data.x_ticks(axes) == ["correct\n(n = 4)", "incorrect\n(n = 2)"]


def shown(result: Result) -> list[str]:
    return [strip.title.split("clip ")[1].rstrip(")") for strip in result.strips]


def strip_figures(result: Result) -> list[Figure]:
    """As many as it takes for each to fit a page of a paper."""
    return [figure for name, figure in result.figures.items() if name.startswith("film_strips")]


def strip_axes(result: Result) -> list[Axes]:
    return [axes for figure in strip_figures(result) for axes in figure.axes]


def test_the_strips_are_of_right_and_wrong_clips_at_quantiles_of_the_score(result) -> None:
    # TRN is right on 603 (0.60), 602 and 605 (0.70 both), 601 (0.95): of these four the places
    # 2.7, 1.5 and 0.3 from 0, rounded; and wrong on 606 (0.05) and 604 (0.15): 0.9, 0.5 and 0.1
    assert shown(result) == ["601", "605", "603", "604", "606"]
    assert "at the 90 %, 50 % and 10 % quantiles" in result.captions["film_strips"]
    assert "of those it gets wrong, the same" in result.captions["film_strips"]


def test_of_one_model_the_strips_are_of_its_own_scores(clip) -> None:
    tsn = closed_form.tsn_and_trn(has_videos=True, clip=clip)[:1]
    # right: 604 (0.50), 605 (0.50), 601 (0.70); wrong: 603, 606, 602
    assert shown(support(tsn, n_frames=4))[0] == "601"
    assert set(shown(support(tsn, n_frames=4))[3:]) == {"602", "603", "606"}


def test_a_strip_shows_its_frames_esvs_notes_and_evidence(result) -> None:
    strip = result.strips[2]  # 603
    assert strip.esvs["trn"] == pytest.approx([0.05, 0.10, 0.30, -0.10])
    assert strip.esvs["tsn"] == pytest.approx([0, 0.05, 0.10, -0.05])
    assert strip.notes == {
        "tsn": "score 0.350\nsays: Poking something",
        "trn": "score 0.600\nright",
    }
    assert strip.evidence == (5, 8)
    assert strip.frame_index.tolist() == [1, 3, 5, 7]
    assert strip.frames.mean((1, 2, 3)) == pytest.approx([46, 106, 166, 226], abs=3)


def test_the_bars_under_the_strips_are_blue_above_0_and_orange_below(result) -> None:
    axes = strip_axes(result)
    # of each of the five strips: the film, TSN's bars, TRN's
    assert len(axes) == 15
    for place, video in enumerate((0, 4, 2, 3, 5)):
        for row, model in enumerate(("tsn", "trn"), start=1):
            esvs = closed_form.true_class(model)[video]
            bars = figure_data.bars(axes[3 * place + row])
            assert [x for x, _, _ in bars] == pytest.approx([0, 1, 2, 3])
            assert [height for _, height, _ in bars] == pytest.approx(list(esvs / 100))
            for esv, (_, _, colour) in zip(esvs, bars, strict=True):
                assert esv == 0 or colour == (BLUE if esv > 0 else ORANGE)
    assert figure_data.x_ticks(axes[2]) == ["1", "3", "5", "7"]
    words = [text.get_text() for figure in strip_figures(result) for text in figure.texts]
    assert words.count("TSN") == words.count("TRN") == 5
    assert words[7:14] == [
        result.strips[1].title,
        *("TSN", "score 0.500", "right"),  # the score stands beside the name
        *("TRN", "score 0.700", "right"),
    ]


def test_the_yellow_line_lies_over_the_frames_of_the_decisive_interval(result) -> None:
    films = strip_axes(result)[::3]
    ends = [line[0] for axes in films for line in figure_data.lines(axes)]
    # 601: elements 1 and 2; 605: 1; 603: 2 and 3; 604: 1 and 2; 606: none
    expected = [(1, 2), (1, 1), (2, 3), (1, 2)]
    assert ends == [pytest.approx([first - 0.47, last + 0.47]) for first, last in expected]


def test_clips_named_are_shown_as_named(clip) -> None:
    studies = closed_form.tsn_and_trn(has_videos=True, clip=clip)
    result = support(studies, n_frames=4, clips=["604"])
    (strip,) = result.strips
    assert strip.title == "Moving something down  (clip 604)"
    assert strip.notes["trn"] == "score 0.150\nsays: Moving something up"


def test_a_dot_for_each_video_by_both_models_and_how_often_the_second_adds_more(result) -> None:
    supporting, distracting = result.figures["pairs"].axes
    strongest = [closed_form.true_class(model).max(1) / 100 for model in ("tsn", "trn")]
    both = (strongest[0] > 0) & (strongest[1] > 0)  # a video without such a frame has no dot
    dots, alike = figure_data.lines(supporting)
    assert dots[:2] == tuple(pytest.approx(values[both].tolist()) for values in strongest)
    assert alike[0] == alike[1] == list(supporting.get_xlim()) == list(supporting.get_ylim())
    weakest = [closed_form.true_class(model).min(1) / 100 for model in ("tsn", "trn")]
    both = (weakest[0] < 0) & (weakest[1] < 0)
    dots, _ = figure_data.lines(distracting)
    assert dots[:2] == tuple(pytest.approx(values[both].tolist()) for values in weakest)
    ahead = int((strongest[1] > strongest[0])[(strongest[0] > 0) & (strongest[1] > 0)].sum())
    of = int(((strongest[0] > 0) & (strongest[1] > 0)).sum())
    assert (
        f"TRN's strongest supporting frame adds more than TSN's in {ahead} of {of} videos."
        in (result.captions["pairs"])
    )


def test_pairs_are_drawn_where_there_are_two_models_and_dots_can_be_told_apart() -> None:
    one = pd.DataFrame({"strength": np.arange(3.0)})
    titles = {"strength": "Strength"}
    assert pairs_figure({"trn": one}, titles) is None
    many = pd.DataFrame({"strength": np.arange(501.0)})
    assert pairs_figure({"tsn": many, "trn": many}, titles) is None
    assert pairs_figure({"tsn": many[:500], "trn": many[:500]}, titles) is not None
    of_seeds = one.set_axis(pd.MultiIndex.from_product([[0], [0, 1, 2]]))
    assert pairs_figure({"tsn": one, "trn": of_seeds}, titles) is None


def test_empty_bins_beyond_all_videos_are_left_out(result) -> None:
    table = result.tables["distributions"]
    for _, bins in table.groupby("measure"):
        filled = bins.groupby("left")["share"].max()
        assert filled.iloc[0] > 0 and filled.iloc[-1] > 0
    assert (table["share"] == 0).any()  # those in between stay
