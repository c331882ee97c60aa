"""`experiment=doctor` on a folder of five clips, two of them ill."""

import pytest

from playfair.experiments.doctor import doctor
from playfair.result import Result
from tests.golden import closed_form

ASKED = {"n_frames": 5, "full": False, "n_opened": 9, "n_shown": 2, "workers": 1, "seed": 0}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> closed_form.Study:
    return closed_form.ill_folder(tmp_path_factory.mktemp("ill") / "dataset")


@pytest.fixture(scope="module")
def result(study) -> Result:
    return doctor([study], **ASKED)


def test_the_metrics(result) -> None:
    assert result.metrics == {
        "problems": 3,  # 5.webm is empty, cannot be read, and 6.webm is not there
        "notes": 2,  # no test file; clip 1 has fewer than 5 frames
        "frames_least": 4,  # of 4, 6, 8 and 10
        "frames_median": 7,
        "frames_most": 10,
        "examined": 5,
        "outputs": 0,
    }


def test_the_checks_are_as_many_as_the_metrics_say(result, study) -> None:
    checks = result.tables["checks"]
    assert set(checks["check"][checks["state"] == "problem"]) == {
        "validation ids without video",
        "empty videos",
        "clips that cannot be read",
    }
    assert set(checks["check"][checks["state"] == "note"]) == {
        "test file",
        "clips of fewer than n_frames=5",
    }
    assert len(study.workplace.faults) == 3


def test_the_clips_are_those_that_the_checks_are_about(result) -> None:
    clips = result.tables["clips"].set_index("check")
    assert clips.loc["clips of fewer than n_frames=5", ["clip", "reason"]].tolist() == [
        "1",
        "4 frames",
    ]
    assert clips.loc["validation ids without video", "clip"] == "6"
    assert (
        clips.loc["empty videos", "clip"] == clips.loc["clips that cannot be read", "clip"] == "5"
    )


def test_the_contact_sheet_shows_as_many_clips_as_asked(result) -> None:
    panels = [axes for axes in result.figures["contact_sheet"].axes if axes.images]
    assert len(panels) == 2
    titles = {axes.get_title(loc="left").split(":")[0] for axes in panels}
    assert titles < {"1", "2", "3", "4"}
