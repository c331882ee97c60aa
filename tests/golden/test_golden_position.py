"""`experiment=position` on the hand-written stores."""

import numpy as np
import pytest

from playfair.analysis.evidence import Evidence
from playfair.experiments.position import position
from playfair.experiments.without_a_model import sentence, told_decisive
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.figure_data import TRN_COLOUR, TSN_COLOUR
from tests.golden.interval import interval, mean, parts_interval, share_interval, within

NAN = float("nan")
# hundredths, by video: mean ESV of the elements inside the decisive interval, and of the others
INSIDE = {
    "tsn": [(5 + 5) / 2, -5, (10 - 5) / 2, (0 + 10) / 2, -5, NAN],
    "trn": [(40 + 20) / 2, 10, (30 - 10) / 2, (-20 + 15) / 2, 25, NAN],
}
OUTSIDE = {
    "tsn": [(5 + 5) / 2, -5 / 3, (0 + 5) / 2, (0 + 15) / 2, (0 + 10 + 20) / 3, -5 / 4],
    "trn": [(-15 + 0) / 2, 10 / 3, (5 + 10) / 2, (-5 + 0) / 2, (5 + 5 + 10) / 3, -20 / 4],
}
# by video: which share of these elements supports
SUPPORTING_INSIDE = {"tsn": [1, 0, 1 / 2, 1 / 2, 0, NAN], "trn": [1, 1, 1 / 2, 1 / 2, 1, NAN]}
SUPPORTING_OUTSIDE = {
    "tsn": [1, 1 / 3, 1 / 2, 1 / 2, 2 / 3, 2 / 4],
    "trn": [0, 1 / 3, 1, 0, 1, 0],
}
# by video: the most supporting and the most distracting element; of equals the first
MOST_SUPPORTING = {"tsn": [0, 2, 2, 3, 3, 1], "trn": [1, 1, 2, 2, 1, None]}
MOST_DISTRACTING = {"tsn": [None, 0, 3, None, 1, 3], "trn": [0, 2, 3, 1, None, 3]}


@pytest.fixture(scope="module")
def result() -> Result:
    return position(closed_form.tsn_and_trn(), n_frames=4)


def test_the_metrics(result) -> None:
    expected = {
        # the first, between, the last: of six videos and four
        "tsn_supporting_first": 1 / 6,
        "tsn_supporting_middle": 3 / 6,
        "tsn_supporting_last": 2 / 6,
        "tsn_distracting_first": 1 / 4,
        "tsn_distracting_middle": 1 / 4,
        "tsn_distracting_last": 2 / 4,
        # of five videos each: in 606 no element supports, in 605 none distracts
        "trn_supporting_first": 0,
        "trn_supporting_middle": 1,
        "trn_supporting_last": 0,
        "trn_distracting_first": 1 / 5,
        "trn_distracting_middle": 2 / 5,
        "trn_distracting_last": 2 / 5,
        # means over five videos, 606 having no element inside, and over six
        "tsn_esv_inside_evidence": 0.01 * (5 - 5 + 2.5 + 5 - 5) / 5,
        "tsn_esv_outside_evidence": 0.01 * (5 - 5 / 3 + 2.5 + 7.5 + 10 - 1.25) / 6,
        "trn_esv_inside_evidence": 0.01 * (30 + 10 + 10 - 2.5 + 25) / 5,
        "trn_esv_outside_evidence": 0.01 * (-7.5 + 10 / 3 + 7.5 - 2.5 + 20 / 3 - 5) / 6,
    }
    assert result.metrics == pytest.approx(expected)


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_the_table_by_position(result, model: str) -> None:
    table = result.tables["position"]
    table = table[table["model"] == model]
    assert table["position"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    esvs = closed_form.true_class(model) / 100
    for i, row in enumerate(table.itertuples()):
        assert (row.esv, row.esv_low, row.esv_high) == pytest.approx(
            (esvs[:, i].mean(), *interval(esvs[:, i]))
        )
        for kind, of_video in (
            ("most_supporting", MOST_SUPPORTING[model]),
            ("most_distracting", MOST_DISTRACTING[model]),
        ):
            is_it = [NAN if one is None else float(one == i) for one in of_video]
            ends = [getattr(row, kind + end) for end in ("", "_low", "_high")]
            assert ends == pytest.approx([mean(is_it), *share_interval(is_it)])


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_the_table_of_the_evidence(result, model: str) -> None:
    table = result.tables["evidence"].set_index(["model", "measure"]).loc[model]
    inside, outside = np.array(INSIDE[model]) / 100, np.array(OUTSIDE[model]) / 100
    expected = {
        "inside": inside,
        "outside": outside,
        "difference": inside - outside,
        "supporting_inside": SUPPORTING_INSIDE[model],
        "supporting_outside": SUPPORTING_OUTSIDE[model],
    }
    assert set(table.index) == set(expected)
    for measure, values in expected.items():
        row = table.loc[measure]
        ends = parts_interval if measure.startswith("supporting") else interval
        assert row[["mean", "low", "high"]].tolist() == pytest.approx([mean(values), *ends(values)])
        assert row["videos"] == np.isfinite(values).sum()


def test_the_difference_between_models_is_the_second_minus_the_first_on_the_same_videos(
    result,
) -> None:
    table = result.tables["evidence"].set_index(["model", "measure"]).loc["trn − tsn"]
    difference = (np.array(INSIDE["trn"]) - np.array(INSIDE["tsn"])) / 100
    row = table.loc["inside"]
    assert row[["mean", "low", "high"]].tolist() == pytest.approx(
        [0.01 * (25 + 15 + 7.5 - 7.5 + 30) / 5, *interval(difference)]
    )


def test_chance_is_one_in_four_for_either_end_and_the_rest_between(result) -> None:
    table = result.tables["extremes"]
    chance = {"first": 1 / 4, "middle": 2 / 4, "last": 1 / 4}
    for row in table.itertuples():
        assert row.chance == chance[row.measure.split("_")[1]]


def test_the_lines_of_the_figure_are_the_tables_means_in_the_models_colours(result) -> None:
    panels = result.figures["position"].axes
    assert [figure_data.title(axes) for axes in panels] == [
        "ESV of the true class",
        "Most supporting frame",
        "Most distracting frame",
    ]
    for model, colour in (("tsn", TSN_COLOUR), ("trn", TRN_COLOUR)):
        esvs = closed_form.true_class(model) / 100
        x, y = figure_data.line(panels[0], colour)
        assert x == pytest.approx([0, 1 / 3, 2 / 3, 1])
        assert y == pytest.approx(esvs.mean(0).tolist())
        low, high = figure_data.band(panels[0], colour)
        ends = [interval(column) for column in esvs.T]
        assert low == pytest.approx([end[0] for end in ends])
        assert high == pytest.approx([end[1] for end in ends])
    # 601 and 602 and 605 have element 1, 603 and 604 element 2; 601: 0, 604: 1, 602: 2, 603, 606: 3
    assert figure_data.line(panels[1], TRN_COLOUR)[1] == pytest.approx([0, 3 / 5, 2 / 5, 0])
    assert figure_data.line(panels[2], TRN_COLOUR)[1] == pytest.approx([0.2, 0.2, 0.2, 0.4])
    assert figure_data.legend(result.figures["position"]) == ["TSN", "TRN"]


def test_the_bars_of_the_first_the_last_and_those_between(result) -> None:
    supporting, distracting = result.figures["extremes"].axes
    assert figure_data.x_ticks(supporting) == ["first", "between", "last"]
    assert figure_data.heights(supporting, TSN_COLOUR) == pytest.approx([1 / 6, 3 / 6, 2 / 6])
    assert figure_data.heights(supporting, TRN_COLOUR) == pytest.approx([0, 1, 0])
    assert figure_data.heights(distracting, TSN_COLOUR) == pytest.approx([1 / 4, 1 / 4, 2 / 4])
    assert figure_data.heights(distracting, TRN_COLOUR) == pytest.approx([1 / 5, 2 / 5, 2 / 5])
    dotted = [y for _, y, _, style in figure_data.lines(supporting) if style == ":"]
    assert dotted == [[1 / 4, 1 / 4], [2 / 4, 2 / 4], [1 / 4, 1 / 4]]


def test_the_bars_inside_and_outside_the_evidence(result) -> None:
    left, _, right = result.figures["evidence"].axes
    for axes, inside, outside, scale in (
        (left, INSIDE, OUTSIDE, 0.01),
        (right, SUPPORTING_INSIDE, SUPPORTING_OUTSIDE, 1),
    ):
        assert figure_data.x_ticks(axes) == ["inside", "outside"]
        for model, colour in (("tsn", TSN_COLOUR), ("trn", TRN_COLOUR)):
            expected = [scale * mean(inside[model]), scale * mean(outside[model])]
            assert figure_data.heights(axes, colour) == pytest.approx(expected)
    # TSN's bars stand to the left of TRN's: whiskers of inside TSN, TRN, then of outside
    values = [part[model] for part in (INSIDE, OUTSIDE) for model in ("tsn", "trn")]
    ends = [end[1:] for end in figure_data.whiskers(left)]
    assert ends == [pytest.approx(interval(np.array(of) / 100)) for of in values]
    assert figure_data.legend(result.figures["evidence"]) == ["TSN", "TRN"]


def test_the_difference_of_every_video_is_a_dot_beside_their_mean(result) -> None:
    axes = result.figures["evidence"].axes[1]
    assert figure_data.x_ticks(axes) == ["TSN", "TRN"]
    for place, model, colour in ((0, "tsn", TSN_COLOUR), (1, "trn", TRN_COLOUR)):
        pairs = zip(INSIDE[model], OUTSIDE[model], strict=True)
        # 606 has no element inside
        differences = [(inside - outside) / 100 for inside, outside in pairs if inside == inside]
        (dots,) = [line for line in axes.lines if figure_data.to_hex(line.get_color()) == colour]
        assert dots.get_ydata().tolist() == pytest.approx(sorted(differences), abs=1e-6)
        assert abs(dots.get_xdata() - place).max() < 0.31
        means = {line.get_xdata()[0]: line for line in axes.lines if line.get_markersize() == 14}
        assert means[place].get_ydata()[0] == pytest.approx(mean(differences), abs=1e-6)


def test_the_line_that_answers_the_mouse(result) -> None:
    tsn, trn = result.interactive["position"]().data
    assert (tsn.name, trn.name) == ("TSN", "TRN")
    assert [str(trace.line.color).lower() for trace in (tsn, trn)] == [TSN_COLOUR, TRN_COLOUR]
    # TRN's element 0: −15, 10, 5, −5, 5, −5 in hundredths
    low, high = interval([-0.15, 0.10, 0.05, -0.05, 0.05, -0.05])
    assert trn.y[0] == pytest.approx(-0.05 / 6)
    assert trn.error_y.arrayminus[0] == pytest.approx(-0.05 / 6 - low)
    assert trn.error_y.array[0] == pytest.approx(high + 0.05 / 6)


def test_without_evidence_there_is_no_table_of_it() -> None:
    studies = closed_form.tsn_and_trn(evidence={})
    for study in studies:
        study.stores[4]["evidence"][:] = -1
    result = position(studies, n_frames=4)
    assert set(result.tables) == set(result.figures) == {"position", "extremes"}
    assert not [name for name in result.metrics if "evidence" in name]


ELEMENTS_INSIDE = [{1, 2}, {0}, {2, 3}, {1, 2}, {1}]  # of 606 none is
# pairs of one inside and one outside in which the one nearer to the middle is inside: of (1, 2, 2, 1)
CENTRE_AUROC = [4 / 4, (0 + 0 + 1 / 2) / 3, (1 + 1 / 2 + 1 / 2 + 0) / 4, 4 / 4, (1 + 1 / 2 + 1) / 3]


def pairs_won(values: np.ndarray, inside: set[int]) -> float:
    pairs = [(values[i], values[j]) for i in inside for j in set(range(4)) - inside]
    return mean([(a > b) + (a == b) / 2 for a, b in pairs])


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_the_place_alone_is_told_beside_the_esvs(result, model: str) -> None:
    table = result.tables["told_decisive"]
    table = table[(table["model"] == model) & (table["measure"] == "auroc")]
    table = table.set_index("method")
    values = closed_form.true_class(model)
    own = [pairs_won(values[v], inside) for v, inside in enumerate(ELEMENTS_INSIDE)]
    ahead = np.array(CENTRE_AUROC) - np.array(own)
    for method, expected in (("esv", own), ("centre", CENTRE_AUROC), ("centre − esv", ahead)):
        row = table.loc[method]
        ends = interval(expected)
        if "−" not in method:
            ends = within(ends, 0, 1)
        assert row[["mean", "low", "high"]].tolist() == pytest.approx([mean(expected), *ends])
        assert row["videos"] == 5


def test_it_is_said_whether_a_sign_without_a_model_does_better(result) -> None:
    sentences = [text for text in result.findings if "AUROC" in text]
    assert len(sentences) == 2
    assert "the nearness to the clip's middle" in sentences[0]
    assert "is not told apart from it" in sentences[0]  # of five videos
    values = np.tile([3.0, 2.0, 1.0, 0.0], (6, 1))
    inside = np.tile([True, True, False, False], (6, 1))
    store = closed_form.tsn_and_trn()[0].stores[4]
    evidence = Evidence(inside, ~inside)
    better = told_decisive(store, evidence, {"feature_norm": values})
    worse = told_decisive(store, evidence, {"feature_norm": -values})
    assert (
        "the norm of a frame's features, which asks no model for its answer, does better (100 %"
        in (sentence(better, "tsn"))
    )
    assert "does worse (0 %" in sentence(worse, "tsn")
