import numpy as np
import pytest

from playfair.analysis.evidence import esvs_inside_and_outside, evidence_of
from playfair.analysis.position import (
    by_position,
    extremes,
    extremes_by_chance,
)
from playfair.analysis.support import by_prediction, distributions, supporting_frames
from playfair.report.figures.support import support_figure
from tests.analysis.stores import study

RIGHT, WRONG = [0.6, 0.3, 0.1], [0.3, 0.6, 0.1]


def esv_of_class_0(*videos: list[float]) -> np.ndarray:
    esv = np.random.default_rng(0).normal(
        size=(len(videos), 4, 3)
    )  # of the other classes: not to be read
    esv[:, :, 0] = videos
    return esv


def test_supporting_frames_are_those_above_zero_for_the_true_class() -> None:
    esvs = study(
        [0, 0], [RIGHT] * 2, esv_of_class_0([0.3, -0.1, 0.0, 0.2], [-0.1, -0.2, 0.0, -0.4])
    )
    table = supporting_frames(esvs)
    assert table.index.tolist() == ["0", "1"]
    np.testing.assert_allclose(table["supporting"], [0.5, 0])
    np.testing.assert_allclose(table["distracting"], [0.25, 0.75])
    np.testing.assert_allclose(table["strongest_supporting"], [0.3, np.nan], rtol=1e-6)
    np.testing.assert_allclose(table["strongest_distracting"], [-0.1, -0.4], rtol=1e-6)


def test_videos_predicted_right_and_wrong_are_told_apart() -> None:
    strong, weak = [0.5, -0.1, 0.1, 0.1], [0.2, -0.3, 0.1, 0.1]
    esvs = study([0] * 6, [RIGHT, WRONG] * 3, esv_of_class_0(*[strong, weak] * 3))
    table = by_prediction(esvs).set_index(["prediction", "measure"])
    found = table.xs("strongest_supporting", level="measure")
    # at equal score − prior nothing can be said: the score alone tells right from wrong
    np.testing.assert_allclose(found["mean"], [0.35, 0.5, 0.2, 0.3, np.nan], rtol=1e-6)
    assert found["videos"].tolist() == [6, 3, 3, 6, 6]
    np.testing.assert_allclose(
        found.loc["correct − incorrect", ["low", "high"]].astype(float), 0.3, rtol=1e-6
    )


def test_no_wrong_prediction_at_all_is_a_row_of_no_videos_and_still_a_figure() -> None:
    esvs = study([0] * 3, [RIGHT] * 3)
    table, spread = by_prediction(esvs), distributions(esvs)
    wrong = table[table["prediction"] == "incorrect"]
    assert (wrong["videos"] == 0).all() and wrong[["mean", "low", "high"]].isna().all(axis=None)
    assert (
        table[table["prediction"] == "correct − incorrect"][["mean", "low"]].isna().all(axis=None)
    )
    figure = support_figure({"trn": table}, {"trn": spread})
    figure.draw_without_rendering()
    assert "incorrect\n(n = 0)" in [tick.get_text() for tick in figure.axes[2].get_xticklabels()]


def test_distributions_share_out_all_videos_of_a_kind() -> None:
    rng = np.random.default_rng(1)
    esvs = study([0] * 40, [RIGHT, WRONG] * 20, rng.uniform(-0.5, 0.5, size=(40, 4, 3)))
    spread = distributions(esvs)
    np.testing.assert_allclose(spread.groupby(["prediction", "measure"])["share"].sum(), 1)
    counts = spread[(spread["prediction"] == "all") & (spread["measure"] == "supporting")]
    expected = np.bincount((esvs["esv"].values[:, :, 0] > 0).sum(1), minlength=5) / 40
    np.testing.assert_allclose(counts["share"], expected)


def test_the_strongest_frame_is_first_between_or_last_and_a_video_without_one_does_not_count() -> (
    None
):
    esvs = study(
        [0] * 4,
        [RIGHT] * 4,
        esv_of_class_0(
            [0.3, -0.1, 0, 0.2], [0, 0.1, 0.2, -0.1], [0, 0, 0.1, 0.2], [-0.3, -0.1, -0.1, 0]
        ),
    )
    table = extremes(esvs)
    nan = np.nan
    np.testing.assert_array_equal(table["supporting_first"], [1, 0, 0, nan])
    np.testing.assert_array_equal(table["supporting_middle"], [0, 1, 0, nan])
    np.testing.assert_array_equal(table["supporting_last"], [0, 0, 1, nan])
    np.testing.assert_array_equal(table["distracting_first"], [0, 0, nan, 1])
    np.testing.assert_array_equal(table["distracting_middle"], [1, 0, nan, 0])
    np.testing.assert_allclose(by_position(esvs)["most_supporting"], [1 / 3, 0, 1 / 3, 1 / 3])


@pytest.mark.parametrize("n_frames", [2, 3, 8])
def test_chance_is_what_random_esvs_give(n_frames: int) -> None:
    assert sum(extremes_by_chance(n_frames).values()) == pytest.approx(1)
    esvs = study([0] * 2000, [RIGHT] * 2000).drop_vars(["esv", "frame_index"])
    values = np.random.default_rng(0).normal(size=(2000, n_frames, 3))
    table = extremes(esvs.assign(esv=(("video", "element", "class"), values)))
    for place, share in extremes_by_chance(n_frames).items():
        assert table[f"supporting_{place}"].mean() == pytest.approx(share, abs=0.05)


def test_evidence_splits_frames_by_their_index_in_the_clip() -> None:
    esvs = study([0, 0], [RIGHT] * 2, esv_of_class_0([0.1, 0.2, 0.4, -0.3], [0.1, 0.2, 0.4, 0.3]))
    assert evidence_of(esvs) is None
    esvs["evidence"].values[:] = [(3, 6), (0, 9)]  # of frames 1, 3, 5, 7
    evidence = evidence_of(esvs)
    assert evidence is not None
    assert evidence.inside.tolist() == [[False, True, True, False], [True] * 4]
    assert evidence.outside.tolist() == [[True, False, False, True], [False] * 4]
    table = esvs_inside_and_outside(esvs, evidence)
    np.testing.assert_allclose(table["inside"], [0.3, 0.25], rtol=1e-6)
    np.testing.assert_allclose(table["outside"], [-0.1, np.nan], rtol=1e-6)
    np.testing.assert_allclose(table["difference"], [0.4, np.nan], rtol=1e-6)
    np.testing.assert_allclose(table["supporting_outside"], [0.5, np.nan])


def test_a_clip_whose_evidence_is_not_known_is_neither_inside_nor_outside() -> None:
    esvs = study([0, 0], [RIGHT] * 2, esv_of_class_0([0.1, 0.2, 0.4, -0.3], [0.1, 0.2, 0.4, 0.3]))
    esvs["evidence"].values[0] = (3, 6)
    evidence = evidence_of(esvs)
    assert evidence is not None
    assert not evidence.inside[1].any() and not evidence.outside[1].any()
    assert esvs_inside_and_outside(esvs, evidence).iloc[1].isna().all()


def test_a_single_wrong_prediction_has_a_mean_but_no_interval() -> None:
    table = by_prediction(study([0] * 4, [RIGHT, RIGHT, RIGHT, WRONG])).set_index(
        ["prediction", "measure"]
    )
    for group in ("incorrect", "correct − incorrect"):
        row = table.loc[(group, "supporting")]
        assert np.isfinite(row["mean"]) and np.isnan(row["low"]) and np.isnan(row["high"])
