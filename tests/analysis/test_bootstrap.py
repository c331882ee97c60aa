import numpy as np
import pandas as pd
import pytest
from scipy import stats

from playfair.analysis.blocks import class_indices, clip_indices, esvs_of_classes
from playfair.analysis.bootstrap import mean_interval
from playfair.analysis.compare import compare
from playfair.analysis.groups import interval_of_groups
from tests.analysis.stores import study


def test_bootstrap_leaves_out_what_does_not_count() -> None:
    mean, low, high = mean_interval(np.array([[1.0, np.nan], [0.0, 3.0], [1.0, 3.0]]))
    assert mean.tolist() == [pytest.approx(2 / 3), 3.0]
    assert low[1] == high[1] == 3.0


def test_intervals_agree_with_scipys() -> None:
    values = np.random.default_rng(1).exponential(size=200)
    ours = mean_interval(values, draws=4000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=0
    ).confidence_interval
    np.testing.assert_allclose(ours[1:], [theirs.low, theirs.high], rtol=0.02)


def test_intervals_of_a_share_of_some_videos_cover_it() -> None:
    rng, hits = np.random.default_rng(0), 0
    for _ in range(200):
        values = np.where(
            rng.random(100) < 0.4, rng.random(100) < 0.3, np.nan
        )  # of about 40 videos, 0.3 are right
        _, low, high = mean_interval(values, shares=True)
        hits += bool(low <= 0.3 <= high)
    assert 0.87 <= hits / 200 <= 0.99


@pytest.mark.parametrize("videos", [0, 1])
def test_too_few_videos_for_an_interval_are_told(videos: int) -> None:
    with pytest.raises(ValueError, match=f"at least 2 videos, got {videos}.*n_frames="):
        mean_interval(np.ones((videos, 2)))


def test_one_video_of_a_kind_has_a_mean_and_no_interval_and_none_has_neither() -> None:
    mean, low, high = mean_interval(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    assert mean[0] == 1 and np.isnan(low).all() and np.isnan(high).all() and np.isnan(mean[1])
    mean, low, _, videos = interval_of_groups(
        np.array([[1.0], [2.0], [4.0]]), np.array([0, 2, 2]), 3
    )
    assert videos[:, 0].tolist() == [1, 0, 2] and mean[[0, 2], 0].tolist() == [1, 3]
    assert np.isnan(low[:2]).all() and low[2, 0] == pytest.approx(3 - 12.7062)


def test_models_are_compared_on_the_same_videos_with_paired_draws() -> None:
    hard = np.random.default_rng(0).normal(size=300)  # some videos are hard for both models
    first = pd.DataFrame({"logit": hard}, index=[str(uid) for uid in range(300)])
    second = (
        (first + 0.1).iloc[::-1].drop("7")
    )  # the other way round, and one video is not explained
    table = compare({"tsn": first, "trn": second}).set_index("model")
    assert table["videos"].to_dict() == {"tsn": 300, "trn": 299, "trn − tsn": 299}
    np.testing.assert_allclose(table.loc["trn − tsn", ["mean", "low", "high"]].astype(float), 0.1)
    assert table.loc["tsn", "high"] - table.loc["tsn", "low"] > 0.2


def test_esvs_of_several_classes_are_read_at_once_and_of_none_are_nan() -> None:
    esvs = study([0, 1, 2], [[0.6, 0.3, 0.1]] * 3, np.random.default_rng(0).normal(size=(3, 4, 3)))
    esvs["esv"].encoding["chunks"] = (2, 4, 3)  # as a store: two blocks
    classes = np.array([[0, -1], [1, 2], [2, 0]])
    found = esvs_of_classes(esvs, classes)
    for video, place in np.ndindex(3, 2):
        wanted = classes[video, place]
        expected = esvs["esv"].values[video, :, wanted] if wanted >= 0 else np.full(4, np.nan)
        np.testing.assert_array_equal(found[video, :, place], expected)


def test_a_class_or_clip_that_is_not_there_is_refused_with_what_is() -> None:
    esvs = study([0, 1, 2], [[0.6, 0.3, 0.1]] * 3)
    assert class_indices(esvs, ["Poking something"]) == [2] and clip_indices(esvs, [1]) == [1]  # type: ignore[list-item]
    with pytest.raises(
        ValueError, match="no class 'Poking sonething'.*'Poking something'.*experiment.classes="
    ):
        class_indices(esvs, ["Poking sonething"])
    with pytest.raises(ValueError, match="no clip '99' among its 3.*experiment.clips="):
        clip_indices(esvs, ["99"])


@pytest.mark.parametrize("chosen", [[], 1, "Poking something"])
def test_a_selection_that_is_empty_or_no_list_is_answered_with_one(chosen) -> None:
    esvs = study([0, 1, 2], [[0.6, 0.3, 0.1]] * 3)
    with pytest.raises(
        ValueError,
        match="some of the 3 classes in a list, such as 'Moving.*Type experiment.classes=",
    ):
        class_indices(esvs, chosen)
    with pytest.raises(
        ValueError, match="some of the 3 clips in a list, such as '0'.*Type experiment.clips="
    ):
        clip_indices(esvs, chosen)
