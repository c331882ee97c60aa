from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from playfair.explorer.catalogue import Catalogue, Unknown
from playfair.explorer.shown import show
from playfair.explorer.view import View

TRN = View(study="synthetic/trn", frames="4")


@pytest.fixture(scope="module")
def esvs(catalogue) -> xr.Dataset:
    return xr.open_zarr(catalogue.store("synthetic/trn", "4")).load()


def listed(view: View, catalogue: Catalogue) -> list[str]:
    shown = show(view, catalogue)
    return shown.first.uids[shown.order].tolist()


def test_every_study_and_length_in_the_outputs_is_found(catalogue) -> None:
    assert catalogue.studies() == {"synthetic/trn": ["4", "6-budget-100"], "synthetic/tsn": ["4"]}


def test_what_a_link_leaves_open_is_filled_in(catalogue) -> None:
    view = show(View(), catalogue).view
    assert (view.study, view.frames, view.uid) == ("synthetic/trn", "4", "13")


def test_clips_are_sorted_by_confidence(catalogue, esvs) -> None:
    confidence = esvs["score"].max("class").to_series()
    assert (
        listed(replace(TRN, sort="sure"), catalogue)
        == confidence.sort_values(ascending=False).index.tolist()
    )
    assert listed(replace(TRN, sort="unsure"), catalogue) == confidence.sort_values().index.tolist()


def test_wrong_predictions_come_first_the_most_confident_before_the_others(catalogue, esvs) -> None:
    wrong = (esvs["score"].argmax("class") != esvs["label"]).to_series()
    confidence = esvs["score"].max("class").to_series()
    expected = sorted(wrong.index, key=lambda uid: (not wrong[uid], -confidence[uid]))
    assert 0 < wrong.sum() < len(wrong)
    assert listed(replace(TRN, sort="wrong"), catalogue) == expected


def test_the_clip_with_the_most_distracting_frame_comes_first(catalogue, esvs) -> None:
    true = esvs["esv"].isel({"class": esvs["label"]}).min("element").to_series()
    assert listed(replace(TRN, sort="distracting"), catalogue) == true.sort_values().index.tolist()


def test_only_clips_of_a_class_or_with_a_uid_are_listed(catalogue, esvs) -> None:
    label = int(esvs["label"][3])
    of_class = esvs["video"].values[esvs["label"].values == label].tolist()
    assert listed(replace(TRN, label=label), catalogue) == of_class
    assert listed(replace(TRN, find="2"), catalogue) == [
        uid for uid in esvs["video"].values if "2" in uid
    ]


def test_a_clip_is_read_as_it_is_stored(catalogue, esvs) -> None:
    clip = show(TRN, catalogue).first.clip("20")
    for name in ("esv", "score", "frame_index"):
        np.testing.assert_array_equal(getattr(clip, name), esvs[name].sel(video="20"))
    assert clip.stderr is None and abs(clip.gap(3)) < 1e-6
    assert show(replace(TRN, frames="6-budget-100"), catalogue).first.clip("20").stderr is not None


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (View(study="synthetic/slowfast"), "there are synthetic/trn, synthetic/tsn"),
        (View(study="../../etc"), "there are synthetic/trn"),
        (replace(TRN, frames="99"), "it has 4, 6-budget-100"),
        (replace(TRN, uid="2000"), "24 clips, such as 20"),
        (replace(TRN, label=12), "has 12, 0 to 11"),
        (replace(TRN, show=(1, -1)), "has 12, 0 to 11"),
        (replace(TRN, frame=4), "0 to 3"),
        (replace(TRN, beside="slow"), "beside synthetic/trn there are synthetic/tsn"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(catalogue, view: View, told: str) -> None:
    with pytest.raises(Unknown, match=told):
        show(view, catalogue)


def test_a_model_without_these_frames_says_so_beside_the_other(catalogue) -> None:
    shown = show(replace(TRN, frames="6-budget-100", beside="tsn"), catalogue)
    assert shown.models["tsn"] == "tsn has no ESVs of these frames; it has 4."


def test_empty_outputs_are_answered_with_what_to_type(tmp_path) -> None:
    with pytest.raises(ValueError, match="Type: python run.py experiment=paper"):
        show(View(), Catalogue(tmp_path, tmp_path))
