"""`experiment=length` on stores of 1, 2 and 4 elements, written by hand."""

import numpy as np
import pytest

from playfair.experiments.length import length
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.figure_data import TRN_COLOUR, TSN_COLOUR
from tests.golden.interval import interval, parts_interval, share_interval

# hundredths, of the true class; 603 has but three frames and is left out, 606 could not be decoded
ESVS = {
    "tsn": {
        1: {"601": (10,), "602": (-20,), "603": (20,), "604": (-5,), "605": (-10,)},
        2: {"601": (5, 5), "602": (-10, -10), "603": (0, 20), "604": (-5, -10), "605": (10, 10)},
        4: {"601": (5, 5, 0, 10), "602": (-20, 5, -5, 0), "604": (0, 0, 0, 5), "605": (20, -5, -5, 15)},
    },
    "trn": {
        1: {"601": (-20,), "602": (10,), "603": (20,), "604": (-10,), "605": (-5,)},
        2: {"601": (20, -10), "602": (-30, 5), "603": (10, 10), "604": (-5, 0), "605": (25, 5)},
        4: {"601": (10, 10, 10, 10), "602": (5, -5, 10, 10), "604": (-5, 5, -5, 0), "605": (-10, 5, 5, 0)},
    },
}  # fmt: skip
# by length, of 601, 602, 604 and 605: the prior, 50, 50, 25, 25, and the sum of the ESVs. The other
# classes lose half of it each: right is where 50 + sum > 25 − sum / 2, and 25 + sum > 50 − sum / 2
SCORE = {
    "tsn": {1: [60, 30, 20, 15], 2: [60, 30, 10, 45], 4: [70, 30, 30, 50]},
    "trn": {1: [30, 60, 15, 20], 2: [60, 25, 20, 55], 4: [90, 70, 20, 25]},
}
RIGHT = {
    "tsn": {1: [1, 0, 0, 0], 2: [1, 0, 0, 1], 4: [1, 0, 0, 1]},
    "trn": {1: [0, 1, 0, 0], 2: [1, 0, 0, 1], 4: [1, 1, 0, 0]},
}
LENGTHS = [1, 2, 4]


@pytest.fixture(scope="module")
def result() -> Result:
    lengths = (8, 8, 3, 8, 4, 0)
    studies = [
        closed_form.Study(name, closed_form.of_lengths(esvs), lengths=lengths)
        for name, esvs in ESVS.items()
    ]
    return length(studies, lengths=[4, 1, 2, 2])


def test_the_metrics(result) -> None:
    expected = {
        "tsn_correct_1": 1 / 4,
        "tsn_correct_4": 2 / 4,
        "tsn_score_1": 0.01 * (60 + 30 + 20 + 15) / 4,
        "tsn_score_4": 0.01 * (70 + 30 + 30 + 50) / 4,
        "trn_correct_1": 1 / 4,
        "trn_correct_4": 2 / 4,
        "trn_score_1": 0.01 * (30 + 60 + 15 + 20) / 4,
        "trn_score_4": 0.01 * (90 + 70 + 20 + 25) / 4,
        "tsn_never_right": 2 / 4,  # 602 and 604
        "trn_never_right": 1 / 4,  # 604
        "clips": 4,
        "left_out": 2,
    }
    assert result.metrics == pytest.approx(expected)
    assert result.summary.startswith(
        "The same 4 validation clips, fed 1, 2, 4 frames each; 2 of 6 have fewer than 4 frames"
    )


def probability_interval(values: np.ndarray) -> np.ndarray:
    """That of the mean, which ends at 0 and 1."""
    return np.clip(interval(values), 0, 1)


def test_the_measures_at_every_length(result) -> None:
    table = result.tables["length"].set_index(["model", "frames", "measure"])
    for model, by_length in ESVS.items():
        for n, videos in by_length.items():
            esvs = [np.array(videos[uid]) for uid in ("601", "602", "604", "605")]
            expected = {
                "score": np.array(SCORE[model][n]) / 100,
                "correct": RIGHT[model][n],
                "supporting": [(of > 0).sum() / n for of in esvs],
                "abs_esv": [abs(of).sum() / n / 100 for of in esvs],
                "strongest": [of.max() / 100 for of in esvs],
            }
            for measure, values in expected.items():
                ends = {
                    "correct": share_interval,
                    "supporting": parts_interval,
                    "strongest": interval,
                }.get(measure, probability_interval)
                row = table.loc[(model, n, measure)]
                assert row[["mean", "low", "high"]].tolist() == pytest.approx(
                    [np.mean(values), *ends(values)]
                )
                assert row["videos"] == 4


def test_trn_exceeds_tsn_by_the_difference_on_the_same_videos(result) -> None:
    table = result.tables["length"].set_index(["model", "frames", "measure"])
    row = table.loc[("trn − tsn", 4, "score")]
    assert row["mean"] == pytest.approx(0.01 * (20 + 40 - 10 - 25) / 4)
    assert (row["low"], row["high"]) == pytest.approx(interval([0.2, 0.4, -0.1, -0.25]))


def test_when_the_prediction_becomes_right_and_stays_so(result) -> None:
    table = result.tables["first_right"]
    expected = {
        # 601 is right from 1 on, 605 from 2
        "tsn": {"first": [1, 1, 0], "first_by": [1, 2, 2], "settled": [1, 1, 0], "settled_by": [1, 2, 2]},
        # 602 is right at 1 and 4, 601 from 2 on, 605 at 2 alone
        "trn": {"first": [1, 2, 0], "first_by": [1, 3, 3], "settled": [0, 1, 1], "settled_by": [0, 1, 2]},
    }  # fmt: skip
    for model, columns in expected.items():
        of_model = table[table["model"] == model]
        assert of_model["frames"].tolist() == LENGTHS
        for name, counts in columns.items():
            assert of_model[name].tolist() == pytest.approx([count / 4 for count in counts])


def test_the_lines_of_the_figure(result) -> None:
    panels = result.figures["length"].axes
    titles = [figure_data.title(axes) for axes in panels]
    assert titles[:2] == ["Accuracy", "Score of the true class"]
    assert titles[5] == "Right by then"
    for model, colour in (("tsn", TSN_COLOUR), ("trn", TRN_COLOUR)):
        right, score = [RIGHT[model][n] for n in LENGTHS], [SCORE[model][n] for n in LENGTHS]
        assert figure_data.line(panels[0], colour) == (
            LENGTHS,
            pytest.approx([sum(of) / 4 for of in right]),
        )
        assert figure_data.line(panels[1], colour)[1] == pytest.approx(
            [sum(of) / 400 for of in score]
        )
        low, high = figure_data.band(panels[1], colour)
        ends = [probability_interval(np.array(of) / 100) for of in score]
        assert low == pytest.approx([end[0] for end in ends])
        assert high == pytest.approx([end[1] for end in ends])
    by_then = panels[5]
    assert figure_data.line(by_then, TRN_COLOUR)[1] == pytest.approx([1 / 4, 3 / 4, 3 / 4])
    assert figure_data.line(by_then, TRN_COLOUR, ":")[1] == pytest.approx([0, 1 / 4, 2 / 4])
    assert figure_data.line(by_then, TSN_COLOUR)[1] == pytest.approx([1 / 4, 2 / 4, 2 / 4])
    # the mean |ESV| of four elements: TRN's 40, 30, 15, 20 hundredths in all
    assert figure_data.line(panels[3], TRN_COLOUR)[1][2] == pytest.approx(0.01 * 105 / 16)
    # the share of supporting elements of four: TRN's 4, 3, 1 and 2
    assert figure_data.line(panels[2], TRN_COLOUR)[1][2] == pytest.approx(10 / 16)
    # the strongest of four: TSN's 10, 5, 5 and 20
    assert figure_data.line(panels[4], TSN_COLOUR)[1][2] == pytest.approx(0.01 * 40 / 4)


def test_the_line_that_answers_the_mouse_is_of_the_score(result) -> None:
    tsn, trn = result.interactive["length"]().data
    assert (tsn.name, trn.name) == ("TSN", "TRN")
    assert list(trn.y) == pytest.approx([0.3125, 0.40, 0.5125])  # 125, 160 and 205 over 400
