"""ESVs whose clips have changed: blocks, where every clip keeps its place and its length."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from playfair.steps import clips_of, evaluation
from playfair.steps.esv_store import ESVStore
from playfair.steps.interactions import OWN, Interactions
from playfair.steps.layout import Layout
from playfair.steps.obtain import obtain
from playfair.steps.study import Study
from tests.conftest import TINY, studies

VIDEOS = Path("data", "synthetic", "20bn-something-something-v2")
TRN = [option for option in TINY if ".tsn." not in option]
FIRST = 25  # of 12 clips of the validation split
PER_BLOCK = 5


@pytest.fixture(scope="module")
def in_blocks(explained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny TRN's ESVs in three blocks."""
    root = tmp_path_factory.mktemp("blocks")
    for name in ("data", "outputs"):
        ignored = shutil.ignore_patterns("runs", "esvs", "interactions")
        shutil.copytree(explained.folder / name, root / name, ignore=ignored)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "MOST_IN_A_BLOCK", PER_BLOCK)
        esvs(root)
    return root


@pytest.fixture
def root(in_blocks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(evaluation, "MOST_IN_A_BLOCK", PER_BLOCK)
    return Path(shutil.copytree(in_blocks, tmp_path / "root"))


def study_in(root: Path) -> Study:
    places = [f"paths.data={root / 'data'}", f"paths.outputs={root / 'outputs'}"]
    (study,) = studies("model=trn", *TRN, *places, "dataset.workers=0")
    return study


def folder_in(root: Path) -> Path:
    study = study_in(root)
    return Path(study.layout.folder(study.esvs_step(4)))


def esvs(root: Path) -> xr.Dataset:
    """As a run of its own asks for them."""
    study = study_in(root)
    layout: Layout = study.layout
    store: xr.Dataset = obtain(study.esvs_step(4), layout).load()
    return store


def times(root: Path) -> list[int]:
    """When each block was written."""
    folder = folder_in(root)
    return [
        os.stat(folder / "esv" / "c" / str(block) / "0" / "0").st_mtime_ns for block in range(3)
    ]


def clip(root: Path, uid: int) -> Path:
    return root / VIDEOS / f"{uid}.webm"


def change(root: Path, *, longer: bool = False) -> int:
    """Puts another clip in the place of one, of the same length or of a greater; says of which."""
    study = study_in(root)
    lengths = obtain(study.frames_step("validation"), study.layout).lengths
    before = esvs(root)
    for place, length in enumerate(lengths):
        others = np.flatnonzero(lengths > length if longer else lengths == length)
        for other in others[others != place].tolist():
            if before["label"].values[place] != before["label"].values[other]:
                shutil.copyfile(clip(root, FIRST + other), clip(root, FIRST + place))
                return int(place)
    raise AssertionError("no clips are of such lengths")


def test_only_blocks_of_changed_clips_are_explained_again(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before, written = esvs(root), times(root)
    place = change(root)
    caplog.clear()
    after = esvs(root)
    changed = place // PER_BLOCK
    assert f"({FIRST + place}): the blocks of these clips are made again." in caplog.text
    same = [block for block in range(3) if times(root)[block] == written[block]]
    assert same == [block for block in range(3) if block != changed]
    others = np.arange(12) != place
    assert np.array_equal(after["esv"].values[others], before["esv"].values[others])
    assert not np.allclose(after["esv"].values[place], before["esv"].values[place])
    caplog.clear()
    written = times(root)
    esvs(root)
    assert times(root) == written and "changed or fetched" not in caplog.text


ALL_OF_IT = "all of it is made again, not only what is of these clips."


def test_all_is_explained_again_where_a_clip_has_another_length(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before, written = esvs(root), times(root)
    place = change(root, longer=True)
    caplog.clear()
    after = esvs(root)
    words = [word for word in caplog.messages if f"since {folder_in(root)} was made" in word]
    assert len(words) == 1 and words[0].endswith(f"({FIRST + place}): {ALL_OF_IT}")
    assert all(time != other for time, other in zip(times(root), written, strict=True))
    assert after["clip_frames"].values[place] > before["clip_frames"].values[place]


def test_of_interactions_all_is_made_again_which_is_said(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    study = study_in(root)
    step = Interactions(study.esvs_step(4))
    before = obtain(step, study.layout).load()
    place = change(root)
    caplog.clear()
    study = study_in(root)
    step = Interactions(study.esvs_step(4))
    after = obtain(step, study.layout).load()
    folder = study.layout.folder(step)
    words = [word for word in caplog.messages if f"since {folder} was made" in word]
    assert len(words) == 1 and words[0].endswith(f"({FIRST + place}): {ALL_OF_IT}")
    others = np.arange(12) != place
    np.testing.assert_allclose(after[OWN].values[others], before[OWN].values[others], atol=1e-6)
    assert not np.allclose(after[OWN].values[place], before[OWN].values[place])


@pytest.mark.parametrize(
    "where",
    # the first change and the last: what lies between is gone through by both
    [
        "remove_durably",
        "write_stamps",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("discard", "write_json", "write")
        ),
    ],
)
def test_a_run_that_is_killed_while_it_explains_blocks_again_is_continued(
    root: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = esvs(root)
    place = change(root)
    study = study_in(root)
    obtain(study.features_step("validation"), study.layout)  # these are not what is killed here

    def kill(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    places: dict[str, Callable[[], object]] = {
        "remove_durably": lambda: patch.setattr(clips_of, "remove_durably", kill),
        "discard": lambda: patch.setattr(ESVStore, "discard", kill),
        "write_json": lambda: patch.setattr(clips_of, "write_json", kill),
        "write_stamps": lambda: patch.setattr(clips_of, "write_stamps", kill),
        "write": lambda: patch.setattr(ESVStore, "write", kill),
    }
    with monkeypatch.context() as patch, pytest.raises((KeyboardInterrupt, SystemExit)):
        places[where]()
        esvs(root)
    after = esvs(root)
    others = np.arange(12) != place
    assert np.array_equal(after["esv"].values[others], before["esv"].values[others])
    assert not np.allclose(after["esv"].values[place], before["esv"].values[place])
    assert clips_of._changed(study.esvs_step(4), folder_in(root)) == []
