from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from playfair.explorer import explained
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.errors import NotThereError
from playfair.explorer.scene import scene_of
from playfair.explorer.view import View
from playfair.steps.layout import Layout
from tests.explorer.conftest import CONFIGURATIONS, scene, view_of

SAMPLED = "TRN, 6 frames, sampled (100)"


@pytest.fixture(scope="module")
def esvs(catalogue) -> xr.Dataset:
    return xr.open_zarr(scene(catalogue).entry.folder).load()


def listed(catalogue: Catalogue, **view: Any) -> list[str]:
    shown = scene(catalogue, **view)
    return shown.first.uids[shown.order].tolist()


def test_what_a_link_leaves_open_is_filled_in(catalogue) -> None:
    shown = scene_of(View(), catalogue)
    assert (shown.name, shown.view.uid) == ("TRN, 4 frames", "13")
    assert shown.view.esvs == shown.entry.key


def test_clips_are_sorted_by_confidence(catalogue, esvs) -> None:
    confidence = esvs["score"].max("class").to_series()
    falling = confidence.sort_values(ascending=False).index.tolist()
    assert listed(catalogue, sort="sure") == falling
    assert listed(catalogue, sort="unsure") == confidence.sort_values().index.tolist()


def test_wrong_predictions_come_first_the_most_confident_before_the_others(catalogue, esvs) -> None:
    wrong = (esvs["score"].argmax("class") != esvs["label"]).to_series()
    confidence = esvs["score"].max("class").to_series()
    expected = sorted(wrong.index, key=lambda uid: (not wrong[uid], -confidence[uid]))
    assert 0 < wrong.sum() < len(wrong)
    assert listed(catalogue, sort="wrong") == expected


def test_the_clip_with_the_most_distracting_element_comes_first(catalogue, esvs) -> None:
    true = esvs["esv"].isel({"class": esvs["label"]}).min("element").to_series()
    assert listed(catalogue, sort="distracting") == true.sort_values().index.tolist()


def test_only_clips_of_a_class_or_with_a_uid_are_listed(catalogue, esvs) -> None:
    label = int(esvs["label"][3])
    uids = esvs["video"].values
    assert listed(catalogue, label=label) == uids[esvs["label"].values == label].tolist()
    assert listed(catalogue, find="2") == [uid for uid in uids if "2" in uid]


def test_a_clip_is_read_as_it_is_stored(catalogue, esvs) -> None:
    clip = scene(catalogue).first.clip("20")
    for name in ("esv", "score", "frame_index"):
        np.testing.assert_array_equal(getattr(clip, name), esvs[name].sel(video="20"))
    assert clip.stderr is None and abs(clip.gap(3)) < 1e-6
    assert scene(catalogue, SAMPLED).first.clip("20").stderr is not None


def test_clips_that_are_read_together_are_those_that_are_read_alone(catalogue) -> None:
    for name in ("TRN, 4 frames", SAMPLED):
        store = scene(catalogue, name).first
        together = store.clips(["30", "nothing", "20"])
        assert list(together) == ["30", "20"]
        for uid, clip in together.items():
            alone = store.clip(uid)
            np.testing.assert_array_equal(clip.esv, alone.esv)
            np.testing.assert_array_equal(clip.score, alone.score)
            assert (clip.uid, clip.label, clip.evidence) == (uid, alone.label, alone.evidence)
            assert (clip.stderr is None) == (alone.stderr is None)


def test_what_is_kept_of_the_scores_is_the_same_however_they_are_read(
    make_catalogue, monkeypatch
) -> None:
    monkeypatch.setattr(explained, "AT_ONCE", 7)
    first = scene(make_catalogue()).first
    scores = np.concatenate(list(first.scores()))
    n_passes = []
    monkeypatch.setattr(explained, "require_there", n_passes.append)
    prediction, confidence = first.predicted
    np.testing.assert_array_equal(prediction, scores.argmax(1))
    np.testing.assert_array_equal(confidence, scores.max(1))
    np.testing.assert_array_equal(first.true_scores, scores[np.arange(24), first.labels])
    assert n_passes == []  # the first one has kept them


def test_evidence_and_twins_are_the_stores_own(catalogue) -> None:
    dataset = catalogue.clips.dataset("synthetic")
    first = scene(catalogue).first
    assert first.clip("20").evidence == dataset.evidence()["20"]
    np.testing.assert_array_equal(first.twins, dataset.twins())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"esvs": "synthetic/slowfast"}, "there are synthetic/tsn-4-frames-"),
        ({"esvs": "../../etc"}, "There is no ESV store ../../etc"),
        ({"beside": "slow"}, "There is no ESV store synthetic/slow"),
        ({"uid": "2000"}, "TRN, 4 frames. It has 24 clips, such as 20"),
        ({"label": 12}, "there are 12, 0 to 11"),
        ({"classes": (1, -1)}, "there are 12, 0 to 11"),
        ({"element": 4}, "have 4, 0 to 3"),
        ({"cell": (0, 4)}, "have 4, 0 to 3"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(catalogue, change: dict, message: str) -> None:
    view = replace(view_of(catalogue, "TRN, 4 frames"), **change)
    with pytest.raises(NotThereError, match=message):
        scene_of(view, catalogue)


def test_a_store_that_cannot_be_compared_says_so_beside_the_other(
    make_catalogue, write_more
) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, 4, split="train")
    shown = scene(catalogue, beside=SAMPLED)
    assert shown.stores[SAMPLED] == "It explains 6 frames of each clip, not 4."
    shown = scene(catalogue, beside="TRN, 4 frames, train clips")
    assert "clips of the train split" in shown.stores["TRN, 4 frames, train clips"]


def test_two_seeds_of_a_model_are_shown_beside_one_another(make_catalogue, write_more) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, 4, seed=1)
    shown = scene(catalogue, beside="TRN, seed 1, 4 frames", uid="20")
    zero, one = (store.clip("20").esv for store in shown.stores.values())
    assert list(shown.stores) == ["TRN, 4 frames", "TRN, seed 1, 4 frames"]
    assert not np.array_equal(zero, one)


def test_empty_outputs_are_answered_with_what_to_type(tmp_path) -> None:
    nothing = Catalogue(Layout(tmp_path), Clips(CONFIGURATIONS, tmp_path))
    with pytest.raises(ValueError, match="Type: python run.py experiment=paper"):
        scene_of(View(), nothing)
