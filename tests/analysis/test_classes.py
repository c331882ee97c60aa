from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from playfair.analysis.attribution_confusion import against, confusion
from playfair.analysis.classes import leaning, leaning_by_class, profiles, shown_classes
from playfair.experiments.classes import of_stores
from tests.analysis.stores import NAMES, random_store, study

UP, DOWN, POKE = [0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.1, 0.3, 0.6]  # scores: what is predicted


def test_profiles_average_each_class_over_its_own_videos() -> None:
    esv = np.random.default_rng(0).normal(size=(5, 4, 3))
    table = profiles(study([0, 0, 2, 2, 2], [UP] * 5, esv)).set_index(["class", "frame"])
    for label, videos in ((0, [0, 1]), (2, [2, 3, 4])):
        np.testing.assert_allclose(
            table.loc[NAMES[label], "esv"], esv[videos, :, label].mean(0), rtol=1e-6
        )
    assert (table.loc[NAMES[1], "videos"] == 0).all() and table.loc[NAMES[1], "esv"].isna().all()
    assert (table["low"].dropna() <= table["esv"].dropna()).all()


@pytest.mark.parametrize(
    ("support", "centre", "frames"),
    [
        ([0.2, 0.0, 0.0, 0.0], 0.0, 1),
        ([-0.9, 0.0, 0.0, 0.2], 1.0, 1),  # distracting frames are no support
        ([0.1, 0.1, 0.1, 0.1], 0.5, 4),
        ([0.3, 0.3, -0.1, 0.0], 1 / 6, 2),
        ([-0.1, 0.0, 0.0, 0.0], np.nan, np.nan),
    ],
)
def test_leaning_knows_where_support_lies_and_on_how_many_frames(
    support, centre: float, frames: float
) -> None:
    esv = np.zeros((1, 4, 3))
    esv[0, :, 0] = support
    np.testing.assert_allclose(
        leaning(study([0], [UP], esv)).to_numpy(), [[centre, frames]], rtol=1e-6
    )


def early_and_late(videos: int) -> xr.Dataset:
    """Class 0 is supported by first frames, class 1 by last ones, class 2 by any."""
    rng = np.random.default_rng(0)
    label = np.repeat([0, 1, 2], videos)
    esv = 0.2 * rng.random((3 * videos, 4, 3))
    esv[:videos, 0, 0] += 1
    esv[videos : 2 * videos, 3, 1] += 1
    esv[-(videos // 2) :] = esv[
        2 * videos : 2 * videos + videos // 2, ::-1
    ]  # each with its mirror image: no chance
    return study(label.tolist(), [UP] * len(label), esv)


def test_classes_lean_on_what_supports_them() -> None:
    table = leaning_by_class(early_and_late(20))
    assert table["leans"].tolist() == ["early, few frames", "late, few frames", ""]
    assert (
        table["twin"].tolist() == [NAMES[1], NAMES[0], ""] and table["videos"].tolist() == [20] * 3
    )


def test_of_a_class_with_few_videos_nothing_is_said() -> None:
    assert leaning_by_class(early_and_late(9))["leans"].tolist() == ["", "", ""]


def test_the_predicted_class_counts_only_where_it_is_wrong_and_the_twin_where_there_is_one() -> (
    None
):
    esv = np.zeros((4, 4, 3))
    esv[..., 0], esv[..., 1], esv[..., 2] = (
        [0.1, 0.2, 0.0, 0.0],
        [-0.1, -0.2, 0.0, 0.0],
        [0.0, 0.0, 0.1, 0.0],
    )
    per_video, table = against(study([0, 0, 0, 2], [UP, DOWN, POKE, POKE], esv))
    nan = np.nan
    np.testing.assert_allclose(per_video["predicted_cosine"], [nan, -1, 0, nan], atol=1e-6)
    np.testing.assert_allclose(per_video["twin_cosine"], [-1, -1, -1, nan], atol=1e-6)
    np.testing.assert_allclose(per_video["twin_opposed"], [0.5, 0.5, 0.5, nan])
    profile = table.set_index(["other", "of"])
    np.testing.assert_allclose(
        profile.loc[("predicted", "other"), "esv"], [-0.05, -0.1, 0.05, 0], atol=1e-7
    )
    np.testing.assert_allclose(
        profile.loc[("twin", "true"), "esv"], [0.1, 0.2, 0, 0], atol=1e-7
    )  # without the last
    assert profile.loc["predicted", "videos"].unique() == [2] and profile.loc[
        "twin", "videos"
    ].unique() == [3]


def test_confusion_reads_every_class_on_the_clips_of_every_class() -> None:
    rng = np.random.default_rng(0)
    esvs = study([0, 0, 2, 2, 2], [UP] * 5, rng.normal(size=(5, 4, 3)))
    esvs["esv"].encoding["chunks"] = (2, 4, 3)
    esv, table = esvs["esv"].values, confusion(esvs).set_index(["true", "scored"])
    for label, videos in ((0, [0, 1]), (2, [2, 3, 4])):
        for scored in range(3):
            row = table.loc[(NAMES[label], NAMES[scored])]
            support = [sum(max(phi, 0) for phi in esv[video, :, scored]) for video in videos]
            pairs = [(esv[video, :, label], esv[video, :, scored]) for video in videos]
            cosine = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs]
            assert row["support"] == pytest.approx(np.mean(support), rel=1e-5)
            assert row["cosine"] == pytest.approx(np.mean(cosine), abs=1e-5)
            assert (
                row["videos"] == len(videos)
                and row["cosine_low"] <= row["cosine"] <= row["cosine_high"] + 1e-6
            )
    assert (
        table.loc[NAMES[1], "support"].isna().all() and (table.loc[NAMES[1], "videos"] == 0).all()
    )


def test_esvs_of_rounding_errors_are_like_nothing() -> None:
    esv = np.zeros((2, 4, 3))
    esv[..., 0], esv[..., 1] = [0.1, 0.2, 0.0, 0.0], [1e-8, 2e-8, 0, 0]
    assert np.isnan(against(study([0, 0], [UP] * 2, esv))[0]["twin_cosine"]).all()


def test_figures_show_the_classes_with_most_videos_twins_side_by_side(tmp_path: Path) -> None:
    esvs = random_store(tmp_path / "random.zarr", videos=400, frames=4, classes=50)
    names = esvs["class_name"].values
    esvs = esvs.assign_coords(class_name=("class", np.roll(names, 1)))
    esvs["twin"] = ("class", (np.roll(esvs["twin"], 1) + 1) % 50)  # 2k + 1, 2k + 2: as renamed
    shown = shown_classes(esvs, 12)
    videos = np.bincount(esvs["label"].values, minlength=50)
    assert videos[shown].min() >= np.delete(videos, shown).max() and len(shown) == 12
    result = of_stores({"tsn": esvs, "trn": esvs}, 4)
    assert (
        len(result.tables["confusion"]) == 2 * 50 * 50 and len(result.tables["leaning"]) == 2 * 50
    )
    assert len(result.figures["classes"].axes[0].get_yticks()) == 30


def test_twins_stand_side_by_side() -> None:
    esvs = study([0, 1, 2], [UP] * 3).assign_coords(
        class_name=("class", [NAMES[0], NAMES[2], NAMES[1]])
    )
    esvs["twin"] = ("class", [2, -1, 0])
    assert shown_classes(esvs, 3).tolist() == [0, 2, 1]


def test_classes_are_chosen_by_name_and_all_right_predictions_are_no_crash() -> None:
    esvs = study([0] * 4 + [1] * 4, [UP] * 4 + [DOWN] * 4)
    result = of_stores({"trn": esvs}, 4, ["Moving something down"])
    assert [tick.get_text() for tick in result.figures["classes"].axes[0].get_yticklabels()] == [
        "Moving something down"
    ]
    wrong = result.tables["against"].set_index("measure").loc["predicted_cosine"]
    assert (
        wrong["videos"] == 0
        and np.isnan(wrong["mean"])
        and "trn_predicted_cosine" not in result.metrics
    )
    with pytest.raises(ValueError, match="no class 'Down'.*experiment.classes="):
        of_stores({"trn": esvs}, 4, ["Down"])
