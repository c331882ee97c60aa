"""Whose frames are squeezed, and whose are cropped; and what that makes of a step's id."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from playfair.steps.fit import fit_of, settings_of
from playfair.steps.step import record
from playfair.video.fitted import Fit
from tests.steps.test_study import data, studies

__all__ = ["data"]  # a fixture

CROPPED = ["dataset.frame_size=null", "+model.trn.preprocess.short_side=36"]
OWN = (*CROPPED, "+model.trn.preprocess.crop=[32,32]")


def test_the_synthetic_dataset_s_steps_say_what_they_said_before(data: Path) -> None:
    study = studies(data)[0]
    for step in (study.frames_step("train"), study.video_step):
        settings = step.settings()
        assert settings["frame_size"] == [32, 32] and "preprocess" not in settings
    assert study.frames_step("train").label == "train-32x32"


def test_a_models_own_preprocessing_decides_where_nothing_is_squeezed(data: Path) -> None:
    study = studies(data, *OWN)[0]
    assert study.video_step.fit == Fit(short_side=36, crop=(32, 32))
    assert study.frames_step("train").fit == study.video_step.fit
    expected = {"short_side": 36, "crop": [32, 32]}
    assert study.video_step.settings()["preprocess"] == expected
    other = studies(data, *OWN[:2], "+model.trn.preprocess.crop=[30,30]")[0]
    for name in ("video_step", "head_step"):
        ids = {record(getattr(one, name))["id"] for one in (study, other, studies(data)[0])}
        assert len(ids) == 3
    squeezed = studies(data, *OWN, "dataset.frame_size=[32,32]")[0]
    assert record(squeezed.video_step)["id"] == record(studies(data)[0].video_step)["id"]


def test_pictures_of_no_certain_size_are_refused_with_what_to_type(data: Path) -> None:
    for typed in ([CROPPED[0]], CROPPED):
        study = studies(data, *typed)[0]
        with pytest.raises(ValueError, match=r"dataset\.frame_size=\[224,224\].*preprocess\.crop"):
            fit_of("trn", study.model, study.dataset)


def test_a_crop_that_is_larger_than_any_frame_is_refused_before_anything_is_decoded() -> None:
    squeezed_by_none = SimpleNamespace(frame_size=None)
    model = {"preprocess": {"short_side": 100, "crop": [224, 112]}}
    with pytest.raises(ValueError, match=r"224×112 .* is 100\. .*tsn\.preprocess\.short_side=112"):
        fit_of("tsn", model, squeezed_by_none)
    model["preprocess"]["short_side"] = 112  # of tall clips it can be cut
    assert fit_of("tsn", model, squeezed_by_none).crop == (224, 112)


def test_what_changes_the_result_is_said() -> None:
    assert settings_of(Fit(size=(64, 48))) == {"frame_size": [64, 48]}
    both = Fit(size=(64, 48), crop=(32, 32))
    assert settings_of(both) == {"preprocess": {"size": [64, 48], "crop": [32, 32]}}
